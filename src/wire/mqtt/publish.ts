import { malformed, PacketError, protocolError } from './packet-error.ts'
import { checkText, PacketReader } from './packet-reader.ts'
import type { ProtocolLevel } from './packet-type.ts'
import type { Qos } from './packets.ts'
import { type Properties, readProperties } from './properties.ts'
import { ReasonCode } from './reason-codes.ts'

const none: Properties = Object.freeze({})
const WILDCARD_ONE = 0x2b
const WILDCARD_ALL = 0x23

/**
 * A PUBLISH read in place (§3.3): a reused object that says where the topic and the payload lie. The bytes are valid
 * as long as the packet's are.
 */
export class PublishView {
  buffer: Buffer = Buffer.alloc(0)
  topicStart = 0
  topicEnd = 0
  payloadStart = 0
  payloadEnd = 0
  qos: Qos = 0
  retain = false
  duplicate = false
  /** 0 where there is none (QoS 0). */
  packetIdentifier = 0
  properties: Properties = none

  get topic(): string {
    return this.buffer.toString('utf8', this.topicStart, this.topicEnd)
  }
}

/** Fills `into` from the bytes behind the fixed header. Throws a PacketError. */
export function readPublish(
  packet: { readonly buffer: Buffer; readonly flags: number; readonly start: number; readonly end: number },
  level: ProtocolLevel,
  into: PublishView,
): void {
  const { buffer, flags, start, end } = packet
  const reader = new PacketReader(buffer, start, end)
  const qos = (flags >> 1) & 3
  if (qos === 3) throw malformed('the quality of service is 3')
  into.qos = qos as Qos
  into.duplicate = (flags & 8) !== 0
  into.retain = (flags & 1) !== 0
  if (into.duplicate && qos === 0) throw protocolError('a message of quality of service 0 is marked as a duplicate')
  into.buffer = buffer
  const topicSize = reader.short()
  into.topicStart = reader.at
  into.topicEnd = reader.part(topicSize).end
  checkText(buffer, into.topicStart, into.topicEnd, 'topic name')
  checkNoWildcard(buffer, into.topicStart, into.topicEnd)
  into.packetIdentifier = qos === 0 ? 0 : readPacketIdentifier(reader)
  into.properties = level === 5 ? readProperties(reader, 'publish') : none
  if (into.properties.subscriptionIdentifier !== undefined) {
    throw protocolError('a client may not send a subscription identifier with a message')
  }
  if (topicSize === 0 && into.properties.topicAlias === undefined) {
    throw new PacketError(
      level === 5 ? ReasonCode.protocolError : ReasonCode.topicNameInvalid,
      'there is neither a topic name nor an alias',
    )
  }
  into.payloadStart = reader.at
  into.payloadEnd = end
}

/** A packet identifier, which is never 0 (§2.2.1). */
export function readPacketIdentifier(reader: PacketReader): number {
  const identifier = reader.short()
  if (identifier === 0) throw protocolError('the packet identifier is 0')
  return identifier
}

function checkNoWildcard(buffer: Buffer, start: number, end: number): void {
  for (let at = start; at < end; at++) {
    if (buffer[at] === WILDCARD_ONE || buffer[at] === WILDCARD_ALL) {
      throw new PacketError(ReasonCode.topicNameInvalid, 'the topic name contains a wildcard')
    }
  }
}
