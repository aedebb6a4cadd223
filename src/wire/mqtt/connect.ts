import { malformed, PacketError, protocolError } from './packet-error.ts'
import type { PacketReader } from './packet-reader.ts'
import type { ProtocolLevel } from './packet-type.ts'
import type { Connect, Qos, Will } from './packets.ts'
import { type Properties, readProperties } from './properties.ts'
import { ReasonCode } from './reason-codes.ts'
import { checkTopicName } from './topic.ts'

const none: Properties = Object.freeze({})

const Flag = { reserved: 1, cleanStart: 2, will: 4, willRetain: 32, password: 64, userName: 128 } as const

/** Names of the protocol by its levels. */
const names: Readonly<Record<ProtocolLevel, string>> = { 3: 'MQIsdp', 4: 'MQTT', 5: 'MQTT' }

/** Reads a CONNECT (§3.1) of any version. Throws a PacketError; for a level nobody knows with `unsupportedProtocolVersion`. */
export function readConnect(reader: PacketReader): Connect {
  const name = reader.text('protocol name')
  const levelByte = reader.byte()
  const level = readLevel(name, levelByte & 0x7f)
  const flags = reader.byte()
  checkFlags(flags, level)
  const keepAliveSeconds = reader.short()
  const properties = level === 5 ? readProperties(reader, 'connect') : none
  if (properties.authenticationData !== undefined && properties.authenticationMethod === undefined) {
    throw protocolError('there is authentication data without a method')
  }
  const clientIdentifier = reader.text('client identifier')
  const will = (flags & Flag.will) === 0 ? undefined : readWill(reader, flags, level)
  const userName = (flags & Flag.userName) === 0 ? undefined : reader.text('user name')
  const password = (flags & Flag.password) === 0 ? undefined : reader.binary()
  reader.finish()
  return {
    type: 'connect',
    level,
    bridge: (levelByte & 0x80) !== 0,
    cleanStart: (flags & Flag.cleanStart) !== 0,
    keepAliveSeconds,
    clientIdentifier,
    will,
    userName,
    password,
    properties,
  }
}

function readLevel(name: string, level: number): ProtocolLevel {
  if (name !== 'MQTT' && name !== 'MQIsdp') throw malformed('the protocol name is neither MQTT nor MQIsdp')
  if ((level !== 3 && level !== 4 && level !== 5) || names[level] !== name) {
    throw new PacketError(ReasonCode.unsupportedProtocolVersion, `${name} has no version ${level} here`)
  }
  return level
}

function checkFlags(flags: number, level: ProtocolLevel): void {
  if ((flags & Flag.reserved) !== 0) throw malformed('the reserved flag of CONNECT is set')
  const willQos = (flags >> 3) & 3
  if (willQos === 3) throw malformed('the quality of service of the will is 3')
  if ((flags & Flag.will) === 0 && (willQos !== 0 || (flags & Flag.willRetain) !== 0)) {
    throw malformed('there is no will, but flags of one')
  }
  // From MQTT 5 on a password may stand alone.
  if (level !== 5 && (flags & Flag.password) !== 0 && (flags & Flag.userName) === 0) {
    throw malformed('there is a password without a user name')
  }
}

function readWill(reader: PacketReader, flags: number, level: ProtocolLevel): Will {
  const properties = level === 5 ? readProperties(reader, 'will') : none
  const topic = reader.text('topic of the will')
  checkTopicName(topic)
  return {
    topic,
    payload: reader.binary(),
    qos: ((flags >> 3) & 3) as Qos,
    retain: (flags & Flag.willRetain) !== 0,
    properties,
  }
}
