import type { Queue } from '../../data/queue.ts'

/** A consumer as the HTTP API shows it. */
export interface Consumer {
  readonly consumer_tag: string
  readonly ack_required: boolean
  readonly active: boolean
  readonly prefetch_count: number
  readonly exclusive: boolean
  readonly arguments: Readonly<Record<string, unknown>>
  readonly channel_details: {
    readonly name: string
    readonly number: number
    readonly user: string
    readonly connection_name: string
  }
}

/** A queue on its own. */
export interface QueueDetails extends Queue {
  readonly consumer_details?: readonly Consumer[]
}
