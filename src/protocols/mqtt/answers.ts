import type { PacketWriter } from '../../wire/mqtt/packet-writer.ts'
import type { Acknowledgement } from '../../wire/mqtt/packets.ts'

/** An acknowledgement and what it waits for. */
export interface Answer {
  readonly type: Acknowledgement['type']
  readonly packetIdentifier: number
  readonly code: number
  /** What has to be on disk before; 0 for nothing. */
  mark: number
}

/** Nothing waits; never pushed to. */
const none: Answer[] = []

/** Acknowledgements that wait for the disk, in the order they have to go out in (MQTT 5 §4.6). */
export class Answers {
  #waiting: Answer[] = none
  #first = 0

  /** Acknowledgements not written yet. */
  get length(): number {
    return this.#waiting.length - this.#first
  }

  add(answer: Answer): void {
    this.#push(answer)
  }

  /** The same for one whose mark nobody knows yet; answers how to let it go. */
  hold(answer: Answer): () => void {
    const held = { ...answer }
    this.#push(held)
    return () => {
      held.mark = 0
    }
  }

  #push(answer: Answer): void {
    if (this.#waiting === none) this.#waiting = [answer]
    else this.#waiting.push(answer)
  }

  /** Writes those whose marks are reached, up to the first that has to wait. True when one does. */
  flush(packets: PacketWriter, durable: number): boolean {
    for (; this.#first < this.#waiting.length; this.#first++) {
      const { type, packetIdentifier, code, mark } = this.#waiting[this.#first]!
      if (mark > durable) break
      packets.acknowledgement(type, packetIdentifier, code)
    }
    if (this.#first === this.#waiting.length) {
      this.#waiting = none
      this.#first = 0
    } else if (this.#first > 1024) {
      this.#waiting = this.#waiting.slice(this.#first)
      this.#first = 0
    }
    return this.#waiting.length > this.#first
  }
}
