import { DecodeError } from '../../std/decode-error.ts'
import type { Table } from '../../std/table.ts'
import { decodeTable, tableEnd, tableSize, writeTable } from '../../std/table-codec.ts'
import { isUtf8 } from '../../std/utf8.ts'

// The field types of AMQP 0-9-1 §4.2.5, for the generated methods. Every read checks that it stays below `end`;
// every write trusts that room for the size was made before.

/** Makes sure that the field that ends at `at` is inside. */
export function need(at: number, end: number): void {
  if (at > end) throw new DecodeError('malformed', 'the method ends inside a field')
}

/** Makes sure that nothing follows the last field. */
export function expectEnd(at: number, end: number): void {
  if (at !== end) throw new DecodeError('malformed', `the method is followed by ${end - at} bytes`)
}

export function readOctet(buffer: Buffer, at: number, end: number): number {
  need(at + 1, end)
  return buffer[at]!
}

export function readShort(buffer: Buffer, at: number, end: number): number {
  need(at + 2, end)
  return (buffer[at]! << 8) | buffer[at + 1]!
}

export function readLong(buffer: Buffer, at: number, end: number): number {
  need(at + 4, end)
  return word(buffer, at)
}

/** A u32; the caller made sure that it is inside. Half the time of `readUInt32BE`, which checks it again. */
export function word(buffer: Buffer, at: number): number {
  return ((buffer[at]! << 24) | (buffer[at + 1]! << 16) | (buffer[at + 2]! << 8) | buffer[at + 3]!) >>> 0
}

/** A u64 as number: exact up to 2^53, and beyond that only known to be larger than any tag given out. */
export function readLonglong(buffer: Buffer, at: number, end: number): number {
  need(at + 8, end)
  return word(buffer, at) * 0x1_0000_0000 + word(buffer, at + 4)
}

export function readShortstr(buffer: Buffer, at: number, end: number): string {
  return buffer.toString('utf8', at + 1, validShortstrEnd(buffer, at, end))
}

/** Where the short string at `at` ends, whose text is checked to be UTF-8. */
export function validShortstrEnd(buffer: Buffer, at: number, end: number): number {
  const stop = shortstrEnd(buffer, at, end)
  if (!isUtf8(buffer, at + 1, stop)) throw new DecodeError('malformed-utf8', 'Malformed UTF-8 in shortstr')
  return stop
}

/** Where the short string at `at` ends. */
export function shortstrEnd(buffer: Buffer, at: number, end: number): number {
  need(at + 1, end)
  const stop = at + 1 + buffer[at]!
  need(stop, end)
  return stop
}

/** A copy of the bytes of a long string. */
export function readLongstr(buffer: Buffer, at: number, end: number): Buffer {
  return Buffer.from(buffer.subarray(at + 4, longstrEnd(buffer, at, end)))
}

/** Where the long string at `at` ends. */
export function longstrEnd(buffer: Buffer, at: number, end: number): number {
  need(at + 4, end)
  const stop = at + 4 + buffer.readUInt32BE(at)
  need(stop, end)
  return stop
}

export function readTable(buffer: Buffer, at: number, end: number): Table {
  return decodeTable(buffer, at + 4, tableEnd(buffer, at, end))
}

export function shortstrSize(text: string): number {
  const size = Buffer.byteLength(text)
  if (size > 255) throw new RangeError(`a short string of ${size} bytes is longer than 255`)
  return size + 1
}

export function longstrSize(bytes: Buffer): number {
  return 4 + bytes.length
}

export function prefixedTableSize(table: Table): number {
  return 4 + tableSize(table)
}

/** For reserved fields. */
export const noBytes = Buffer.alloc(0)

/** What decoding a method with unheard-of ids throws. */
export function unknownMethod(classId: number, methodId: number): DecodeError {
  return new DecodeError('unknown-method', `no method ${methodId} in class ${classId}`)
}

export function writeOctet(buffer: Buffer, at: number, value: number): number {
  buffer[at] = value
  return at + 1
}

export function writeShort(buffer: Buffer, at: number, value: number): number {
  buffer[at] = value >>> 8
  buffer[at + 1] = value
  return at + 2
}

export function writeLong(buffer: Buffer, at: number, value: number): number {
  buffer[at] = value >>> 24
  buffer[at + 1] = value >>> 16
  buffer[at + 2] = value >>> 8
  buffer[at + 3] = value
  return at + 4
}

/** A number up to 2^53 as u64. */
export function writeLonglong(buffer: Buffer, at: number, value: number): number {
  const high = Math.floor(value / 0x1_0000_0000)
  return writeLong(buffer, writeLong(buffer, at, high), value >>> 0)
}

export function writeShortstr(buffer: Buffer, at: number, text: string): number {
  const size = buffer.write(text, at + 1, 'utf8')
  buffer[at] = size
  return at + 1 + size
}

export function writeLongstr(buffer: Buffer, at: number, bytes: Buffer): number {
  return writeLong(buffer, at, bytes.length) + bytes.copy(buffer, at + 4)
}

export function writePrefixedTable(buffer: Buffer, at: number, table: Table): number {
  const end = writeTable(buffer, at + 4, table)
  writeLong(buffer, at, end - at - 4)
  return end
}

/** A short string as it is on the wire: its length octet, then UTF-8. */
export function shortstr(text: string): Buffer {
  const bytes = Buffer.allocUnsafeSlow(shortstrSize(text))
  writeShortstr(bytes, 0, text)
  return bytes
}

/** The text, cut between characters where it is too long for a short string. */
export function fitShortstr(text: string): string {
  if (Buffer.byteLength(text) <= 255) return text
  const bytes = Buffer.from(text)
  let end = 255
  while ((bytes[end]! & 0xc0) === 0x80) end--
  return bytes.toString('utf8', 0, end)
}
