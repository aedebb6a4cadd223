import { DecodeError } from '../std/decode-error.ts'
import type { Table, TableValue } from '../std/table.ts'
import { decodeTable, findInTable, tableSize, validateTable, writeTable } from '../std/table-codec.ts'

/**
 * Neutral message metadata. Its compact form is the property list of an AMQP 0-9-1 content header
 * (§4.2.6.1), which is stored and forwarded byte for byte:
 *
 *     u16 flags (bit 15 content-type … bit 2 cluster-id) | the fields whose flag is set, in that order
 */
export interface Properties {
  readonly contentType?: string
  readonly contentEncoding?: string
  readonly headers?: Table
  readonly deliveryMode?: number
  readonly priority?: number
  readonly correlationId?: string
  readonly replyTo?: string
  readonly expiration?: string
  readonly messageId?: string
  readonly timestamp?: bigint
  readonly type?: string
  readonly userId?: string
  readonly appId?: string
  readonly clusterId?: string
}

/** Flag of each property in the compact form; combine them to ask for several at once. */
export const PropertyFlag = {
  contentType: 0x8000,
  contentEncoding: 0x4000,
  headers: 0x2000,
  deliveryMode: 0x1000,
  priority: 0x0800,
  correlationId: 0x0400,
  replyTo: 0x0200,
  expiration: 0x0100,
  messageId: 0x0080,
  timestamp: 0x0040,
  type: 0x0020,
  userId: 0x0010,
  appId: 0x0008,
  clusterId: 0x0004,
} as const satisfies Record<keyof Properties, number>
export type PropertyFlag = (typeof PropertyFlag)[keyof typeof PropertyFlag]

/** How a property lies in the compact form. */
type PropertyKind = 'string' | 'table' | 'octet' | 'timestamp'

/** The properties in wire order; the place in this list is the number of the flag's bit, counted from the highest. */
const propertyFields: readonly { readonly name: keyof Properties; readonly kind: PropertyKind }[] = [
  { name: 'contentType', kind: 'string' },
  { name: 'contentEncoding', kind: 'string' },
  { name: 'headers', kind: 'table' },
  { name: 'deliveryMode', kind: 'octet' },
  { name: 'priority', kind: 'octet' },
  { name: 'correlationId', kind: 'string' },
  { name: 'replyTo', kind: 'string' },
  { name: 'expiration', kind: 'string' },
  { name: 'messageId', kind: 'string' },
  { name: 'timestamp', kind: 'timestamp' },
  { name: 'type', kind: 'string' },
  { name: 'userId', kind: 'string' },
  { name: 'appId', kind: 'string' },
  { name: 'clusterId', kind: 'string' },
]

/** Bit 0 announces a second word of flags, bit 1 a field nobody defined: what follows cannot be known. */
const undefinedFlags = 0x0003

/** The flags of a compact form that was validated before. */
export function propertyFlags(buffer: Buffer, start: number): number {
  return (buffer[start]! << 8) | buffer[start + 1]!
}

/** Where the field of `flag` begins in a validated compact form; only meaningful when its flag is set. */
function propertyOffset(buffer: Buffer, start: number, flag: PropertyFlag): number {
  let before = propertyFlags(buffer, start) & ~(flag | (flag - 1))
  let at = start + 2
  while (before !== 0) {
    const index = Math.clz32(before) - 16
    before &= ~(0x8000 >> index)
    at += propertySize(buffer, at, propertyFields[index]!.kind)
  }
  return at
}

/** Whether the message asks to survive a restart (delivery mode 2). */
export function isPersistent(buffer: Buffer, start: number): boolean {
  if ((buffer[start]! & (PropertyFlag.deliveryMode >> 8)) === 0) return false
  return buffer[propertyOffset(buffer, start, PropertyFlag.deliveryMode)] === 2
}

/** The priority, if the message names one. */
export function priorityOf(buffer: Buffer, start: number): number | undefined {
  if ((buffer[start]! & (PropertyFlag.priority >> 8)) === 0) return undefined
  return buffer[propertyOffset(buffer, start, PropertyFlag.priority)]
}

/** One property of kind string, without decoding the others. */
export function stringPropertyOf(buffer: Buffer, start: number, flag: PropertyFlag): string | undefined {
  if ((propertyFlags(buffer, start) & flag) === 0) return undefined
  const at = propertyOffset(buffer, start, flag)
  return buffer.toString('utf8', at + 1, at + 1 + buffer[at]!)
}

/** Where the headers are in a validated compact form, or would be if it has none. */
export function headersAt(buffer: Buffer, start: number): number {
  return propertyOffset(buffer, start, PropertyFlag.headers)
}

/** One header, without decoding the others; a string is a view into `buffer`. */
export function headerOf(buffer: Buffer, start: number, name: Buffer): TableValue | undefined {
  if ((buffer[start]! & (PropertyFlag.headers >> 8)) === 0) return undefined
  const at = propertyOffset(buffer, start, PropertyFlag.headers)
  return findInTable(buffer, at + 4, at + 4 + size32(buffer, at), name)
}

/** Throws a DecodeError unless the range is exactly one well-formed property list. */
export function validateProperties(buffer: Buffer, start: number, end: number): void {
  let rest = checkedFlags(buffer, start, end)
  let at = start + 2
  while (rest !== 0) {
    const index = Math.clz32(rest) - 16
    rest &= ~(0x8000 >> index)
    const kind = propertyFields[index]!.kind
    const next = checkedEnd(buffer, at, end, kind)
    if (kind === 'table') validateTable(buffer, at + 4, next)
    at = next
  }
  if (at !== end) throw new DecodeError('malformed', `${end - at} bytes behind the last property`)
}

/** Decodes a compact form that fills the range; throws a DecodeError when it is malformed. */
export function decodeProperties(buffer: Buffer, start: number, end: number): Properties {
  let rest = checkedFlags(buffer, start, end)
  let at = start + 2
  const found: Partial<Record<keyof Properties, unknown>> = {}
  while (rest !== 0) {
    const index = Math.clz32(rest) - 16
    rest &= ~(0x8000 >> index)
    const { name, kind } = propertyFields[index]!
    const next = checkedEnd(buffer, at, end, kind)
    found[name] = decodeField(buffer, at, next, kind)
    at = next
  }
  if (at !== end) throw new DecodeError('malformed', `${end - at} bytes behind the last property`)
  // The list of fields gives every name the kind its type in Properties needs.
  return found as Properties
}

function checkedFlags(buffer: Buffer, start: number, end: number): number {
  if (end - start < 2) throw new DecodeError('malformed', 'property list without flags')
  const flags = propertyFlags(buffer, start)
  if ((flags & undefinedFlags) !== 0)
    throw new DecodeError('malformed', `undefined property flags 0x${flags.toString(16)}`)
  return flags
}

function checkedEnd(buffer: Buffer, at: number, end: number, kind: PropertyKind): number {
  // Where the bytes that tell the size are missing, the size comes out as NaN, which is not <= end either.
  const next = at < end ? at + propertySize(buffer, at, kind) : Number.NaN
  if (!(next <= end)) throw new DecodeError('malformed', `property ${kind} reaches over the end of the list`)
  return next
}

/** Bytes of the field that begins at `at`, NaN where the bytes that tell are missing. */
function propertySize(buffer: Buffer, at: number, kind: PropertyKind): number {
  switch (kind) {
    case 'string':
      return 1 + buffer[at]!
    case 'octet':
      return 1
    case 'timestamp':
      return 8
    case 'table':
      return 4 + size32(buffer, at)
  }
}

function size32(buffer: Buffer, at: number): number {
  return buffer[at]! * 0x1000000 + ((buffer[at + 1]! << 16) | (buffer[at + 2]! << 8) | buffer[at + 3]!)
}

function decodeField(buffer: Buffer, at: number, end: number, kind: PropertyKind): unknown {
  switch (kind) {
    case 'string':
      return buffer.toString('utf8', at + 1, end)
    case 'octet':
      return buffer[at]
    case 'timestamp':
      return buffer.readBigUInt64BE(at)
    case 'table':
      return decodeTable(buffer, at + 4, end)
  }
}

/** New values for some properties: null takes one away, those not named stay as they are. */
export type PropertyChanges = { readonly [Name in keyof Properties]?: NonNullable<Properties[Name]> | null }

/** The compact form of no properties at all. */
const noProperties: Buffer = Buffer.alloc(2)

/** The compact form of `properties`; throws a RangeError for a value that has no place in it. */
export function encodeProperties(properties: Properties): Buffer {
  return rewriteProperties(noProperties, properties)
}

/** A validated compact form with some properties changed; the bytes of all others are copied as they are. */
export function rewriteProperties(bytes: Buffer, changes: PropertyChanges): Buffer {
  const oldFlags = propertyFlags(bytes, 0)
  let flags = oldFlags
  let at = 2
  const head = Buffer.allocUnsafe(2)
  const parts: Buffer[] = [head]
  for (const { name, kind } of propertyFields) {
    const flag = PropertyFlag[name]
    const size = (oldFlags & flag) === 0 ? 0 : propertySize(bytes, at, kind)
    const change = changes[name]
    if (change === undefined) {
      parts.push(bytes.subarray(at, at + size))
    } else if (change === null) {
      flags &= ~flag
    } else {
      flags |= flag
      parts.push(encodeField(name, change))
    }
    at += size
  }
  head.writeUInt16BE(flags)
  return Buffer.concat(parts)
}

function encodeField(name: keyof Properties, value: string | number | bigint | Table): Buffer {
  if (typeof value === 'string') return encodeString(name, value)
  if (typeof value === 'number') return encodeOctet(name, value)
  if (typeof value === 'bigint') {
    const bytes = Buffer.allocUnsafe(8)
    bytes.writeBigUInt64BE(value)
    return bytes
  }
  const size = tableSize(value)
  const bytes = Buffer.allocUnsafe(4 + size)
  bytes.writeUInt32BE(size)
  writeTable(bytes, 4, value)
  return bytes
}

function encodeString(name: string, value: string): Buffer {
  const size = Buffer.byteLength(value)
  if (size > 255) throw new RangeError(`property ${name} has ${size} bytes, at most 255 fit`)
  const bytes = Buffer.allocUnsafe(1 + size)
  bytes[0] = size
  bytes.write(value, 1, 'utf8')
  return bytes
}

function encodeOctet(name: string, value: number): Buffer {
  if (!Number.isInteger(value) || value < 0 || value > 255)
    throw new RangeError(`property ${name} is ${value}, not 0 to 255`)
  return Buffer.of(value)
}
