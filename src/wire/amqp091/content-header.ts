import { DecodeError } from '../../std/decode-error.ts'
import { tableEnd, validateTable } from '../../std/table-codec.ts'
import { need, readLonglong, readShort, shortstrEnd } from './fields.ts'

/**
 * The payload of a content header frame:
 *
 *     u16 class, u16 weight (ignored), u64 body size, u16 property flags, properties present     (§4.2.6.1)
 *
 * A reused object: `decodeContentHeader` fills it. Flags and properties together are the compact form,
 * which is stored and forwarded as it came.
 */
export class ContentHeader {
  classId = 0
  bodySize = 0
  propertiesStart = 0
  propertiesEnd = 0
}

const propertiesOffset = 12

/** Fills `into`; throws a `DecodeError` unless every property is well-formed and nothing follows. Allocates nothing. */
export function decodeContentHeader(buffer: Buffer, start: number, end: number, into: ContentHeader): void {
  need(start + propertiesOffset, end)
  into.classId = readShort(buffer, start, end)
  into.bodySize = readLonglong(buffer, start + 4, end)
  if (into.bodySize > Number.MAX_SAFE_INTEGER) throw new DecodeError('malformed', 'the body size is above 2^53')
  into.propertiesStart = start + propertiesOffset
  into.propertiesEnd = end
  validateProperties(buffer, start + propertiesOffset, end)
}

// Bits of the flags word, from the first property down.
const headersFlag = 0x2000
const deliveryModeFlag = 0x1000
const priorityFlag = 0x0800
const timestampFlag = 0x0040
/** Says that another flags word follows. Basic has 14 properties, so there is none. */
const unusedFlags = 0x0003

/**
 * Throws a `DecodeError` unless the bytes are exactly the compact form of basic's properties. Strings
 * may hold any bytes, as with RabbitMQ: they are forwarded as they are.
 */
export function validateProperties(buffer: Buffer, start: number, end: number): void {
  need(start + 2, end)
  const flags = readShort(buffer, start, end)
  if (flags & unusedFlags) throw new DecodeError('malformed', 'flags of properties that do not exist')
  let at = start + 2
  // From the highest flag set to the lowest: most messages have two or three.
  for (let rest = flags; rest !== 0; ) {
    const flag = 0x8000_0000 >>> Math.clz32(rest)
    rest ^= flag
    at = propertyEnd(buffer, at, end, flag)
  }
  if (at !== end) throw new DecodeError('malformed', `the properties are followed by ${end - at} bytes`)
}

function propertyEnd(buffer: Buffer, at: number, end: number, flag: number): number {
  let next: number
  switch (flag) {
    case headersFlag:
      next = tableEnd(buffer, at, end)
      validateTable(buffer, at + 4, next)
      return next
    case deliveryModeFlag:
    case priorityFlag:
      next = at + 1
      break
    case timestampFlag:
      next = at + 8
      break
    default:
      return shortstrEnd(buffer, at, end)
  }
  need(next, end)
  return next
}
