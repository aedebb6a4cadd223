import type { Chunk } from './chunk.ts'

/** Bytes of a stream's newest chunks kept in memory for consumers that follow it. */
const BYTES_MAX = 8 * 1024 * 1024

/** The newest chunks of a stream, in memory while somebody follows it; shared by all who do. */
export class Tail {
  readonly #onBytes: (change: number) => void
  #chunks: Chunk[] = []
  #bytes = 0

  /** `onBytes` is told how many bytes more (or fewer) are held. */
  constructor(onBytes: (change: number) => void) {
    this.#onBytes = onBytes
  }

  /** A chunk was written behind those held. */
  add(chunk: Chunk): void {
    this.#chunks.push(chunk)
    this.#count(chunk.size)
    let count = 0
    for (let bytes = this.#bytes; bytes > BYTES_MAX && count < this.#chunks.length - 1; count++) {
      bytes -= this.#chunks[count]!.size
    }
    this.#drop(count)
  }

  /** The chunk with the message of an offset. */
  find(offset: number): Chunk | undefined {
    const first = this.#chunks[0]
    if (first === undefined || offset < first.firstOffset) return undefined
    let low = 0
    let high = this.#chunks.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#chunks[middle]!.end <= offset) low = middle + 1
      else high = middle
    }
    return this.#chunks[low]
  }

  /** Nobody is interested in what lies before an offset. */
  dropBefore(offset: number): void {
    let count = 0
    while (count < this.#chunks.length && this.#chunks[count]!.end <= offset) count += 1
    this.#drop(count)
  }

  clear(): void {
    this.#drop(this.#chunks.length)
  }

  #drop(count: number): void {
    if (count === 0) return
    let bytes = 0
    for (const chunk of this.#chunks.splice(0, count)) bytes += chunk.size
    this.#count(-bytes)
  }

  #count(change: number): void {
    this.#bytes += change
    this.#onBytes(change)
  }
}
