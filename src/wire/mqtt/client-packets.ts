import { readConnect } from './connect.ts'
import { malformed, PacketError, protocolError } from './packet-error.ts'
import { PacketReader } from './packet-reader.ts'
import { type PacketType, type ProtocolLevel, packetTypes } from './packet-type.ts'
import type { Acknowledgement, Auth, ClientPacket, Disconnect, Qos, SubscriptionRequest } from './packets.ts'
import { type Properties, readProperties } from './properties.ts'
import { readPacketIdentifier } from './publish.ts'
import { ReasonCode } from './reason-codes.ts'
import { isTopicFilter } from './topic.ts'

const none: Properties = Object.freeze({})

/** Filters in one packet; more of them take several packets. */
const FILTERS_MAX = 8192

/**
 * Reads whatever a client sends but PUBLISH, from the bytes behind the fixed header. `level` is that of the CONNECT
 * before; undefined as long as there was none, when only CONNECT may come. Throws a PacketError.
 */
export function readClientPacket(
  packet: {
    readonly buffer: Buffer
    readonly type: number
    readonly flags: number
    readonly start: number
    readonly end: number
  },
  level: ProtocolLevel | undefined,
): ClientPacket {
  const type = packetTypes[packet.type]!
  const reader = new PacketReader(packet.buffer, packet.start, packet.end)
  checkFixedFlags(type, packet.flags)
  if (level === undefined) {
    if (type !== 'connect') throw protocolError(`${type} comes before connect`)
    return readConnect(reader)
  }
  switch (type) {
    case 'connect':
      throw protocolError('connect comes twice')
    case 'puback':
    case 'pubrec':
    case 'pubrel':
    case 'pubcomp':
      return readAcknowledgement(reader, type, level)
    case 'subscribe':
      return readSubscribe(reader, level)
    case 'unsubscribe':
      return readUnsubscribe(reader, level)
    case 'pingreq':
      reader.finish()
      return { type }
    case 'disconnect':
    case 'auth':
      return readFarewell(reader, type, level)
    default:
      throw protocolError(`a client may not send ${type}`)
  }
}

/** Bits that have no meaning are fixed, all at zero but in three packets (§2.1.3). */
function checkFixedFlags(type: PacketType, flags: number): void {
  const fixed = type === 'pubrel' || type === 'subscribe' || type === 'unsubscribe' ? 2 : 0
  if (flags !== fixed) throw malformed(`the flags of ${type} are ${flags}`)
}

/** Without a reason code it is a success; without a property length there are none. */
function readAcknowledgement(
  reader: PacketReader,
  type: Acknowledgement['type'],
  level: ProtocolLevel,
): Acknowledgement {
  const packetIdentifier = readPacketIdentifier(reader)
  let reasonCode: number = ReasonCode.success
  let properties = none
  if (level === 5 && reader.left > 0) {
    reasonCode = reader.byte()
    if (!acknowledgementCodes[type].has(reasonCode))
      throw protocolError(`${type} cannot say 0x${reasonCode.toString(16)}`)
    if (reader.left > 0) properties = readProperties(reader, type)
  }
  reader.finish()
  return { type, packetIdentifier, reasonCode, properties }
}

const deliveryCodes: ReadonlySet<number> = new Set([0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99])
const releaseCodes: ReadonlySet<number> = new Set([0x00, 0x92])
const acknowledgementCodes: Readonly<Record<Acknowledgement['type'], ReadonlySet<number>>> = {
  puback: deliveryCodes,
  pubrec: deliveryCodes,
  pubrel: releaseCodes,
  pubcomp: releaseCodes,
}

function readSubscribe(reader: PacketReader, level: ProtocolLevel): ClientPacket {
  const packetIdentifier = readPacketIdentifier(reader)
  const properties = level === 5 ? readProperties(reader, 'subscribe') : none
  const subscriptions: SubscriptionRequest[] = []
  while (reader.left > 0) {
    const filter = readFilter(reader)
    subscriptions.push({ filter, ...readOptions(reader.byte(), level) })
    if (subscriptions.length > FILTERS_MAX) throw protocolError('there are too many topic filters')
  }
  if (subscriptions.length === 0) throw protocolError('there is no topic filter')
  for (const { filter, noLocal } of subscriptions) {
    if (noLocal && filter.startsWith('$share/')) throw protocolError('a shared subscription cannot be no-local')
  }
  return { type: 'subscribe', packetIdentifier, subscriptions, properties }
}

function readOptions(options: number, level: ProtocolLevel): Omit<SubscriptionRequest, 'filter'> {
  const qos = options & 3
  const retainHandling = (options >> 4) & 3
  const reserved = level === 5 ? 0xc0 : 0xfc
  if (qos === 3 || retainHandling === 3 || (options & reserved) !== 0) {
    throw (level === 5 ? protocolError : malformed)(`the subscription options are 0x${options.toString(16)}`)
  }
  return {
    qos: qos as Qos,
    noLocal: (options & 4) !== 0,
    retainAsPublished: (options & 8) !== 0,
    retainHandling: retainHandling as 0 | 1 | 2,
  }
}

function readUnsubscribe(reader: PacketReader, level: ProtocolLevel): ClientPacket {
  const packetIdentifier = readPacketIdentifier(reader)
  const properties = level === 5 ? readProperties(reader, 'unsubscribe') : none
  const filters: string[] = []
  while (reader.left > 0) {
    filters.push(readFilter(reader))
    if (filters.length > FILTERS_MAX) throw protocolError('there are too many topic filters')
  }
  if (filters.length === 0) throw protocolError('there is no topic filter')
  return { type: 'unsubscribe', packetIdentifier, filters, properties }
}

function readFilter(reader: PacketReader): string {
  const filter = reader.text('topic filter')
  if (!isTopicFilter(filter))
    throw new PacketError(ReasonCode.topicFilterInvalid, `the topic filter '${filter}' is none`)
  return filter
}

/** DISCONNECT and AUTH: both end with their last field that says something. */
function readFarewell(reader: PacketReader, type: 'disconnect' | 'auth', level: ProtocolLevel): Disconnect | Auth {
  if (level !== 5) {
    if (type === 'auth') throw protocolError('auth is a packet of MQTT 5')
    reader.finish()
    return { type, reasonCode: ReasonCode.success, properties: none }
  }
  const reasonCode = reader.left > 0 ? reader.byte() : ReasonCode.success
  const properties = reader.left > 0 ? readProperties(reader, type) : none
  reader.finish()
  return { type, reasonCode, properties }
}
