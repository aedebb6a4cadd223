import type { Message } from '../../message.ts'
import { headerOf } from '../../properties.ts'

/** The header of a message with the value that consumers filter by. */
const header = Buffer.from('x-stream-filter-value')
/** Bit of a chunk's filter that stands for messages without a value. */
const UNFILTERED_BIT = 0

/** What a message can be filtered by; undefined when it says nothing. */
export function filterValueOf({ content, offset }: Message): Buffer | undefined {
  const value = headerOf(content, offset, header)
  return value?.tag === 'S' ? value.value : undefined
}

/**
 * Gathers the filter of a chunk: a Bloom filter of two bits for each value, and one bit of its own for messages
 * without a value. A chunk with nothing but those has no filter at all.
 */
export class FilterBuilder {
  #bytes: Buffer | undefined
  #hasUnfiltered = false

  /** `size` is that of a filter in bytes. */
  add(value: Buffer | undefined, size: number): void {
    if (value === undefined) {
      this.#hasUnfiltered = true
      return
    }
    this.#bytes ??= Buffer.alloc(size)
    for (const bit of bitsOf(value, this.#bytes.length)) setBit(this.#bytes, bit)
  }

  /** The filter of what was added since the last call. */
  take(): Buffer {
    const bytes = this.#bytes ?? Buffer.alloc(0)
    if (this.#bytes !== undefined && this.#hasUnfiltered) setBit(bytes, UNFILTERED_BIT)
    this.#bytes = undefined
    this.#hasUnfiltered = false
    return bytes
  }
}

/** What a consumer wants to see. */
export class StreamFilter {
  readonly #values: readonly Buffer[]
  readonly #matchUnfiltered: boolean

  constructor(values: readonly Buffer[], matchUnfiltered: boolean) {
    this.#values = values
    this.#matchUnfiltered = matchUnfiltered
  }

  /** Whether a chunk with this filter may have a message that matches. */
  mayMatch(filter: Buffer): boolean {
    if (filter.length === 0) return this.#matchUnfiltered
    if (this.#matchUnfiltered && hasBit(filter, UNFILTERED_BIT)) return true
    return this.#values.some((value) => bitsOf(value, filter.length).every((bit) => hasBit(filter, bit)))
  }

  matches(message: Message): boolean {
    const value = filterValueOf(message)
    if (value === undefined) return this.#matchUnfiltered
    return this.#values.some((wanted) => wanted.equals(value))
  }
}

/** The bits of a value in a filter of so many bytes; the first bit is no value's. */
function bitsOf(value: Buffer, size: number): readonly [number, number] {
  const bits = size * 8 - 1
  return [1 + (hash(value, 0x811c9dc5) % bits), 1 + (hash(value, 0x9747b28c) % bits)]
}

/** FNV-1a from a basis, mixed at the end as its low bits depend on few of the input's. */
function hash(value: Buffer, basis: number): number {
  let hash = basis
  for (const byte of value) hash = Math.imul(hash ^ byte, 0x01000193)
  hash ^= hash >>> 16
  hash = Math.imul(hash, 0x85ebca6b)
  return (hash ^ (hash >>> 13)) >>> 0
}

function setBit(bytes: Buffer, bit: number): void {
  bytes[bit >> 3] = bytes[bit >> 3]! | (1 << (bit & 7))
}

function hasBit(bytes: Buffer, bit: number): boolean {
  return (bytes[bit >> 3]! & (1 << (bit & 7))) !== 0
}
