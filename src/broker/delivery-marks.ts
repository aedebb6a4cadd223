import type { Position } from '../store/log.ts'
import type { DeadLetterReason } from './queues/context.ts'

/** What a queue remembers of a message that was handed out and did not go. */
export interface DeliveryMark {
  /** How often somebody had it. */
  readonly acquired: number
  /** How often that failed; this is what a delivery limit limits. */
  readonly failed: number
  /** Why it was thrown out, if it is only kept until its dead letter has arrived. */
  readonly death: DeadLetterReason | undefined
}

interface Kept extends DeliveryMark {
  /** Its record in the message log; 0 while there is none. */
  position: Position
  dirty: boolean
}

/** Nothing to write; never pushed to. */
const none: number[] = []

/** The marks of one queue's messages, by sequence; only messages that came back have one. */
export class DeliveryMarks {
  #marks: Map<number, Kept> | undefined
  #dirty: number[] = none

  get size(): number {
    return this.#marks?.size ?? 0
  }

  get(sequence: number): DeliveryMark | undefined {
    return this.#marks?.get(sequence)
  }

  set(sequence: number, mark: DeliveryMark): void {
    const position = this.#marks?.get(sequence)?.position ?? 0
    this.restore(sequence, mark, position)
    this.#touch(sequence)
  }

  /** Takes over a mark that is in the log already. */
  restore(sequence: number, mark: DeliveryMark, position: Position): void {
    this.#marks ??= new Map()
    this.#marks.set(sequence, { ...mark, position, dirty: false })
  }

  /** The message is gone. */
  delete(sequence: number): void {
    this.#marks?.delete(sequence)
  }

  /** Marks whose records lie before a position are to be written again; true when there are any. */
  renote(before: Position): boolean {
    for (const [sequence, { position }] of this.#marks ?? []) if (position < before) this.#touch(sequence)
    return this.#dirty.length > 0
  }

  /** Takes what is to be written, in one record whose position `onWritten` is told. */
  take(): readonly (readonly [sequence: number, mark: DeliveryMark])[] {
    const taken: [number, DeliveryMark][] = []
    for (const sequence of this.#dirty) {
      const mark = this.#marks?.get(sequence)
      if (mark?.dirty !== true) continue
      mark.dirty = false
      taken.push([sequence, mark])
    }
    this.#dirty = none
    return taken
  }

  onWritten(written: readonly (readonly [sequence: number, mark: DeliveryMark])[], position: Position): void {
    for (const [sequence] of written) {
      const mark = this.#marks?.get(sequence)
      if (mark !== undefined) mark.position = position
    }
  }

  #touch(sequence: number): void {
    const mark = this.#marks!.get(sequence)!
    if (mark.dirty) return
    mark.dirty = true
    if (this.#dirty === none) this.#dirty = [sequence]
    else this.#dirty.push(sequence)
  }
}
