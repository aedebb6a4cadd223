import { encodeFrame, type StompVersion } from '../../wire/stomp/frame.ts'

interface Receipt {
  readonly id: string
  /** What has to be on disk before; 0 for nothing. */
  readonly mark: number
}

/** Receipts that wait for the disk, in the order of the frames that asked for them. */
export class Receipts {
  #waiting: Receipt[] = []
  #first = 0

  /** Receipts not written yet. */
  get length(): number {
    return this.#waiting.length - this.#first
  }

  add(id: string, mark: number): void {
    this.#waiting.push({ id, mark })
  }

  /** Takes out those whose marks are reached, up to the first that has to wait; answers their frames. */
  due(durable: number, version: StompVersion): Buffer[] {
    const frames: Buffer[] = []
    for (; this.#first < this.#waiting.length; this.#first++) {
      const { id, mark } = this.#waiting[this.#first]!
      if (mark > durable) break
      frames.push(encodeFrame({ command: 'RECEIPT', headers: [['receipt-id', id]] }, version))
    }
    if (this.#first === this.#waiting.length || this.#first > 1024) {
      this.#waiting = this.#waiting.slice(this.#first)
      this.#first = 0
    }
    return frames
  }
}
