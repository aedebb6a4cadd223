import { isUtf8 } from '../../std/utf8.ts'
import { malformed } from './packet-error.ts'

/** Walks over the bytes of one packet; everything is checked against its end. Throws a PacketError. */
export class PacketReader {
  buffer: Buffer
  at: number
  end: number

  constructor(buffer: Buffer, start: number, end: number) {
    this.buffer = buffer
    this.at = start
    this.end = end
  }

  get left(): number {
    return this.end - this.at
  }

  byte(): number {
    return this.buffer[this.#take(1)]!
  }

  short(): number {
    const at = this.#take(2)
    return (this.buffer[at]! << 8) | this.buffer[at + 1]!
  }

  long(): number {
    return this.buffer.readUInt32BE(this.#take(4))
  }

  /** A variable byte integer (MQTT 5 §1.5.5), in no more bytes than it needs. */
  variable(): number {
    let value = 0
    for (let shift = 0; shift <= 21; shift += 7) {
      const byte = this.byte()
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) {
        if (byte === 0 && shift > 0) throw malformed('a variable byte integer is longer than it needs to be')
        return value
      }
    }
    throw malformed('a variable byte integer has more than four bytes')
  }

  /** A UTF-8 string (§1.5.4): well-formed and without U+0000. */
  text(what: string): string {
    const size = this.short()
    const start = this.#take(size)
    checkText(this.buffer, start, start + size, what)
    return this.buffer.toString('utf8', start, start + size)
  }

  /** Binary data behind its length; a copy, since the packet's bytes do not last. */
  binary(): Buffer {
    const size = this.short()
    const start = this.#take(size)
    return Buffer.from(this.buffer.subarray(start, start + size))
  }

  /** Nothing may be left. */
  finish(): void {
    if (this.at !== this.end) throw malformed(`the packet is followed by ${this.left} bytes`)
  }

  /** The reader for the next `size` bytes, which this one skips. */
  part(size: number): PacketReader {
    const start = this.#take(size)
    return new PacketReader(this.buffer, start, start + size)
  }

  #take(size: number): number {
    const at = this.at
    if (size > this.end - at) throw malformed('the packet ends inside a field')
    this.at = at + size
    return at
  }
}

/** Throws a PacketError unless the bytes may stand in a string of MQTT. */
export function checkText(buffer: Buffer, start: number, end: number, what: string): void {
  if (!isUtf8(buffer, start, end)) throw malformed(`the ${what} is not UTF-8`)
  for (let at = start; at < end; at++) if (buffer[at] === 0) throw malformed(`the ${what} contains U+0000`)
}
