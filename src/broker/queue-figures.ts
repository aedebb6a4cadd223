import type { Consumer } from './consumer.ts'

/** What the messages of a queue take and who reads them, read when somebody shows it. */
export interface QueueFigures {
  /** Bytes of bodies that wait, and of those handed out. */
  readonly bytesReady: number
  readonly bytesUnsettled: number
  /** Of those that wait, how many are in memory, and their bytes. */
  readonly readyInMemory: number
  readonly bytesReadyInMemory: number
  /** Messages that survive a restart, and their bytes. */
  readonly persistent: number
  readonly bytesPersistent: number
  /** Who alone is served, where one is; and who has the queue for itself. */
  readonly activeConsumer: Consumer | undefined
  readonly exclusiveConsumer: Consumer | undefined
  /** The timestamp property of the next message, in seconds, where it has one and is in memory. */
  readonly headTimestamp: number | undefined
  /** Only of a queue that keeps its messages whoever reads them. */
  readonly stream?: {
    readonly segments: number
    readonly firstOffset: number
    readonly committedOffset: number
    /** Wall time in milliseconds of the first messages that are on disk; undefined where there are none. */
    readonly firstTimestamp: number | undefined
    /** Offsets between the newest on disk and the consumer that is furthest behind; undefined where nobody reads. */
    readonly lagMax: number | undefined
  }
}

/** Of a queue that keeps nothing. */
export const noFigures: QueueFigures = {
  bytesReady: 0,
  bytesUnsettled: 0,
  readyInMemory: 0,
  bytesReadyInMemory: 0,
  persistent: 0,
  bytesPersistent: 0,
  activeConsumer: undefined,
  exclusiveConsumer: undefined,
  headTimestamp: undefined,
}
