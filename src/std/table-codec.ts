import { DecodeError } from './decode-error.ts'
import { emptyTable, type Table, type TableValue } from './table.ts'
import { isUtf8 } from './utf8.ts'

/**
 * The AMQP 0-9-1 field table (§4.2.5.5 with RabbitMQ's tags).
 *
 *     table = u32 length, entry*            here always without the length: [start, end) are the entries
 *     entry = u8 length, key, value
 *     value = tag, …                        t 1 · b B 1 · s u 2 · I i f 4 · l L d T 8 · D 1+4 · V 0
 *                                           S x  u32 length, bytes · F  u32 length, entry* · A  u32 length, value*
 *
 * Keys are strings: one that is not UTF-8 is refused, since it could not go out again as it came in.
 */
const depthMax = 64

const voidValue: TableValue = { tag: 'V' }
const trueValue: TableValue = { tag: 't', value: true }
const falseValue: TableValue = { tag: 't', value: false }
const emptyTableValue: TableValue = { tag: 'F', value: emptyTable }
const emptyArrayValue: TableValue = { tag: 'A', value: [] }

/** The entries between `start` and `end`, with strings in one copy of their own. */
export function decodeTable(buffer: Buffer, start: number, end: number): Table {
  if (start === end) return emptyTable
  validateTable(buffer, start, end)
  const own = Buffer.allocUnsafeSlow(end - start)
  buffer.copy(own, 0, start, end)
  return readEntries(own, 0, own.length)
}

/** Like `decodeTable`, but strings are views into `buffer`: only for bytes that outlive the table. */
export function decodeTableInPlace(buffer: Buffer, start: number, end: number): Table {
  if (start === end) return emptyTable
  validateTable(buffer, start, end)
  return readEntries(buffer, start, end)
}

/** The first value under `key` in entries that were validated before; strings are views into `buffer`. */
export function findInTable(buffer: Buffer, start: number, end: number, key: Buffer): TableValue | undefined {
  let at = start
  while (at < end) {
    const valueAt = at + 1 + buffer[at]!
    const next = valueEnd(buffer, valueAt)
    if (buffer[at] === key.length && key.compare(buffer, at + 1, valueAt) === 0) return readValue(buffer, valueAt, next)
    at = next
  }
  return undefined
}

/** Throws a `DecodeError` unless the bytes are exactly the entries of a table. Allocates nothing. */
export function validateTable(buffer: Buffer, start: number, end: number): void {
  checkEntries(buffer, start, end, 1)
}

/** Where the table ends whose u32 length is at `start`; checked to be at most `end`. */
export function tableEnd(buffer: Buffer, start: number, end: number): number {
  return checkedEnd(buffer, start, end)
}

function checkEntries(buffer: Buffer, start: number, end: number, depth: number): void {
  if (depth > depthMax) throw new DecodeError('nested-too-deep', `a table nested deeper than ${depthMax}`)
  let at = start
  while (at < end) {
    const keyEnd = at + 1 + buffer[at]!
    if (keyEnd >= end) throw new DecodeError('malformed', 'a table key runs over its table')
    if (!isUtf8(buffer, at + 1, keyEnd)) throw new DecodeError('malformed-utf8', 'Malformed UTF-8 in table key')
    at = checkValue(buffer, keyEnd, end, depth)
  }
}

function checkArray(buffer: Buffer, start: number, end: number, depth: number): void {
  if (depth > depthMax) throw new DecodeError('nested-too-deep', `an array nested deeper than ${depthMax}`)
  let at = start
  while (at < end) at = checkValue(buffer, at, end, depth)
}

/** Checks the value whose tag is at `at` and says where it ends. */
function checkValue(buffer: Buffer, at: number, end: number, depth: number): number {
  const tag = buffer[at]!
  const start = at + 1
  let next: number
  switch (tag) {
    case 0x53: // S
    case 0x78: // x
      return checkedEnd(buffer, start, end)
    case 0x46: // F
      next = checkedEnd(buffer, start, end)
      checkEntries(buffer, start + 4, next, depth + 1)
      return next
    case 0x41: // A
      next = checkedEnd(buffer, start, end)
      checkArray(buffer, start + 4, next, depth + 1)
      return next
    default:
      next = start + fixedSize(tag)
      if (next > end) throw new DecodeError('malformed', 'a table value runs over its table')
      return next
  }
}

function checkedEnd(buffer: Buffer, start: number, end: number): number {
  if (end - start < 4) throw new DecodeError('malformed', 'a length runs over its table')
  const size = buffer.readUInt32BE(start)
  if (size > end - start - 4) throw new DecodeError('malformed', `a length of ${size} runs over its table`)
  return start + 4 + size
}

function fixedSize(tag: number): number {
  switch (tag) {
    case 0x56: // V
      return 0
    case 0x74: // t
    case 0x62: // b
    case 0x42: // B
      return 1
    case 0x73: // s
    case 0x75: // u
      return 2
    case 0x49: // I
    case 0x69: // i
    case 0x66: // f
      return 4
    case 0x44: // D
      return 5
    case 0x6c: // l
    case 0x4c: // L
    case 0x64: // d
    case 0x54: // T
      return 8
    default:
      throw new DecodeError('malformed', `unknown table value tag ${tag}`)
  }
}

// Reading runs over validated bytes only, so it checks nothing.

function readEntries(buffer: Buffer, start: number, end: number): Table {
  const entries: (readonly [string, TableValue])[] = []
  let at = start
  while (at < end) {
    const keyEnd = at + 1 + buffer[at]!
    const key = buffer.toString('utf8', at + 1, keyEnd)
    at = valueEnd(buffer, keyEnd)
    entries.push([key, readValue(buffer, keyEnd, at)])
  }
  return entries
}

function readArray(buffer: Buffer, start: number, end: number): TableValue[] {
  const values: TableValue[] = []
  let at = start
  while (at < end) {
    const next = valueEnd(buffer, at)
    values.push(readValue(buffer, at, next))
    at = next
  }
  return values
}

function valueEnd(buffer: Buffer, at: number): number {
  const tag = buffer[at]!
  if (tag === 0x53 || tag === 0x78 || tag === 0x46 || tag === 0x41) return at + 5 + buffer.readUInt32BE(at + 1)
  return at + 1 + fixedSize(tag)
}

function readValue(buffer: Buffer, at: number, end: number): TableValue {
  const start = at + 1
  const tag = String.fromCharCode(buffer[at]!) as TableValue['tag']
  switch (tag) {
    case 't':
      return buffer[start] === 0 ? falseValue : trueValue
    case 'b':
      return { tag, value: buffer.readInt8(start) }
    case 'B':
      return { tag, value: buffer.readUInt8(start) }
    case 's':
      return { tag, value: buffer.readInt16BE(start) }
    case 'u':
      return { tag, value: buffer.readUInt16BE(start) }
    case 'I':
      return { tag, value: buffer.readInt32BE(start) }
    case 'i':
      return { tag, value: buffer.readUInt32BE(start) }
    case 'l':
    case 'L':
      return { tag, value: buffer.readBigInt64BE(start) }
    case 'T':
      return { tag, value: buffer.readBigUInt64BE(start) }
    case 'f':
      return float(tag, buffer.readFloatBE(start), buffer, start, end)
    case 'd':
      return float(tag, buffer.readDoubleBE(start), buffer, start, end)
    case 'D':
      return { tag, scale: buffer[start]!, value: buffer.readUInt32BE(start + 1) }
    case 'S':
    case 'x':
      return { tag, value: buffer.subarray(start + 4, end) }
    case 'F':
      return end === start + 4 ? emptyTableValue : { tag, value: readEntries(buffer, start + 4, end) }
    case 'A':
      return end === start + 4 ? emptyArrayValue : { tag, value: readArray(buffer, start + 4, end) }
    case 'V':
      return voidValue
  }
}

/** The payload of a NaN does not survive as a number on every path, so its bits ride along. */
function float(tag: 'f' | 'd', value: number, buffer: Buffer, start: number, end: number): TableValue {
  return Number.isNaN(value) ? { tag, value, bits: Buffer.from(buffer.subarray(start, end)) } : { tag, value }
}

/** The entries as bytes, without a length before them. */
export function encodeTable(table: Table): Buffer {
  const bytes = Buffer.allocUnsafeSlow(tableSize(table))
  writeTable(bytes, 0, table)
  return bytes
}

/** Bytes the entries take, without a length before them. */
export function tableSize(table: Table): number {
  let size = 0
  for (const [key, value] of table) size += 1 + keySize(key) + valueSize(value)
  return size
}

function keySize(key: string): number {
  const size = Buffer.byteLength(key)
  if (size > 255) throw new RangeError(`a table key of ${size} bytes is longer than 255`)
  return size
}

function valueSize(value: TableValue): number {
  switch (value.tag) {
    case 'S':
    case 'x':
      return 5 + value.value.length
    case 'F':
      return 5 + tableSize(value.value)
    case 'A':
      return 5 + arraySize(value.value)
    default:
      return 1 + fixedSize(value.tag.charCodeAt(0))
  }
}

function arraySize(values: readonly TableValue[]): number {
  let size = 0
  for (const value of values) size += valueSize(value)
  return size
}

/** Writes the entries, without a length before them, and says where they end. There must be room for `tableSize`. */
export function writeTable(buffer: Buffer, start: number, table: Table): number {
  let at = start
  for (const [key, value] of table) {
    const size = buffer.write(key, at + 1, 'utf8')
    buffer[at] = size
    at = writeValue(buffer, at + 1 + size, value)
  }
  return at
}

function writeValue(buffer: Buffer, start: number, value: TableValue): number {
  buffer[start] = value.tag.charCodeAt(0)
  const at = start + 1
  switch (value.tag) {
    case 't':
      return buffer.writeUInt8(value.value ? 1 : 0, at)
    case 'b':
      return buffer.writeInt8(value.value, at)
    case 'B':
      return buffer.writeUInt8(value.value, at)
    case 's':
      return buffer.writeInt16BE(value.value, at)
    case 'u':
      return buffer.writeUInt16BE(value.value, at)
    case 'I':
      return buffer.writeInt32BE(value.value, at)
    case 'i':
      return buffer.writeUInt32BE(value.value, at)
    case 'l':
    case 'L':
      return buffer.writeBigInt64BE(value.value, at)
    case 'T':
      return buffer.writeBigUInt64BE(value.value, at)
    case 'f':
      return value.bits ? at + value.bits.copy(buffer, at, 0, 4) : buffer.writeFloatBE(value.value, at)
    case 'd':
      return value.bits ? at + value.bits.copy(buffer, at, 0, 8) : buffer.writeDoubleBE(value.value, at)
    case 'D':
      return buffer.writeUInt32BE(value.value, buffer.writeUInt8(value.scale, at))
    case 'S':
    case 'x':
      buffer.writeUInt32BE(value.value.length, at)
      return at + 4 + value.value.copy(buffer, at + 4)
    case 'F':
      return writeLength(buffer, at, writeTable(buffer, at + 4, value.value))
    case 'A':
      return writeLength(buffer, at, writeArray(buffer, at + 4, value.value))
    case 'V':
      return at
  }
}

function writeArray(buffer: Buffer, start: number, values: readonly TableValue[]): number {
  let at = start
  for (const value of values) at = writeValue(buffer, at, value)
  return at
}

function writeLength(buffer: Buffer, at: number, end: number): number {
  buffer.writeUInt32BE(end - at - 4, at)
  return end
}
