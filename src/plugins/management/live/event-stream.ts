import { Readable } from 'node:stream'

/** Bytes that may wait for a reader that does not keep up, beside what the system's own buffers hold. */
const WAITING_BYTES_MAX = 1024 * 1024

/**
 * An answer that goes on: Server-Sent Events, one after the other, until one side ends it. What is sent waits in a
 * bounded buffer; a reader for whom it is full is sent away.
 */
export class EventStream {
  readonly readable: Readable
  readonly #waitingBytesMax: number
  #open = true
  #closed: (() => void)[] = []

  constructor(waitingBytesMax = WAITING_BYTES_MAX) {
    this.#waitingBytesMax = waitingBytesMax
    this.readable = new Readable({ read() {}, highWaterMark: waitingBytesMax })
    this.readable.once('close', () => this.#onClose())
    // The head of the answer goes out with the first bytes, so that the reader knows that it is let in.
    this.readable.push('retry: 2000\n\n')
  }

  get isOpen(): boolean {
    return this.#open
  }

  /** Bytes nobody has read yet. */
  get waitingBytes(): number {
    return this.readable.readableLength
  }

  /** `data` is text without line breaks, as JSON is; who reconnects says the last `id` it has seen. */
  send(event: string, data: string, id?: string): void {
    this.#push(`${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${data}\n\n`)
  }

  /** Something to be read where there is nothing to say, so that nobody on the way takes it for dead. */
  beat(): void {
    this.#push(':\n\n')
  }

  /** Ends it after what was sent. */
  end(): void {
    if (!this.#open) return
    this.readable.push(null)
    this.#onClose()
  }

  /** Ends it at once. */
  destroy(): void {
    this.readable.destroy()
    this.#onClose()
  }

  /** Calls `listener` when it has ended, whoever ended it; at once when it has already. */
  onClose(listener: () => void): void {
    if (this.#open) this.#closed.push(listener)
    else listener()
  }

  #push(text: string): void {
    if (!this.#open) return
    if (this.readable.readableLength + text.length > this.#waitingBytesMax) return this.destroy()
    this.readable.push(text)
  }

  #onClose(): void {
    if (!this.#open) return
    this.#open = false
    const listeners = this.#closed
    this.#closed = []
    for (const listener of listeners) listener()
  }
}
