import { expectEnd, need, readLonglong, readOctet, validShortstrEnd } from './fields.ts'

// The methods that come once per message, decoded into reused objects: a publish with its header takes 0.13 µs
// instead of 0.29 µs through `decodeMethod`, and leaves no garbage.

/** The first four octets of basic.publish's payload, as u32. */
export const publishKey = (60 << 16) | 40

/** The first four octets of basic.ack's payload, as u32. */
export const ackKey = (60 << 16) | 80

/** A decoded basic.publish. [addressStart, addressEnd) are exchange and routing key as two short strings. */
export class PublishFields {
  addressStart = 0
  addressEnd = 0
  mandatory = false
  immediate = false
}

/** Decodes the payload of a frame that starts with `publishKey`; throws a `DecodeError`. */
export function decodePublish(buffer: Buffer, start: number, end: number, into: PublishFields): void {
  const addressStart = start + 6 // Behind the ids and the ticket.
  need(addressStart, end)
  const addressEnd = validShortstrEnd(buffer, validShortstrEnd(buffer, addressStart, end), end)
  const bits = readOctet(buffer, addressEnd, end)
  expectEnd(addressEnd + 1, end)
  into.addressStart = addressStart
  into.addressEnd = addressEnd
  into.mandatory = (bits & 1) !== 0
  into.immediate = (bits & 2) !== 0
}

/**
 * Decodes the same when it is for `address` (exchange and routing key as two short strings), of which every byte was found
 * valid before: a comparison is all that takes. False for any other.
 */
export function decodePublishTo(
  address: Buffer,
  buffer: Buffer,
  start: number,
  end: number,
  into: PublishFields,
): boolean {
  const addressStart = start + 6
  const size = address.length
  if (addressStart + size + 1 !== end) return false
  for (let i = 0; i < size; i++) if (address[i] !== buffer[addressStart + i]) return false
  const bits = buffer[end - 1]!
  into.addressStart = addressStart
  into.addressEnd = end - 1
  into.mandatory = (bits & 1) !== 0
  into.immediate = (bits & 2) !== 0
  return true
}

/** A decoded basic.ack. */
export class AckFields {
  deliveryTag = 0
  multiple = false
}

/** Decodes the payload of a frame that starts with `ackKey`; throws a `DecodeError`. */
export function decodeAck(buffer: Buffer, start: number, end: number, into: AckFields): void {
  into.deliveryTag = readLonglong(buffer, start + 4, end)
  into.multiple = (readOctet(buffer, start + 12, end) & 1) !== 0
  expectEnd(start + 13, end)
}
