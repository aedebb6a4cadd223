import { malformed, protocolError } from './packet-error.ts'
import type { PacketReader } from './packet-reader.ts'
import type { PacketType } from './packet-type.ts'

/** The properties of an MQTT 5 packet (§2.2.2); a packet has those its type allows. */
export interface Properties {
  payloadFormatIndicator?: number
  /** Seconds. */
  messageExpiryInterval?: number
  contentType?: string
  responseTopic?: string
  correlationData?: Buffer
  subscriptionIdentifier?: readonly number[]
  /** Seconds; 0xffff_ffff for a session that does not expire. */
  sessionExpiryInterval?: number
  assignedClientIdentifier?: string
  serverKeepAlive?: number
  authenticationMethod?: string
  authenticationData?: Buffer
  requestProblemInformation?: number
  willDelayInterval?: number
  requestResponseInformation?: number
  responseInformation?: string
  serverReference?: string
  reasonString?: string
  receiveMaximum?: number
  topicAliasMaximum?: number
  topicAlias?: number
  maximumQos?: number
  retainAvailable?: number
  userProperty?: readonly (readonly [name: string, value: string])[]
  maximumPacketSize?: number
  wildcardSubscriptionAvailable?: number
  subscriptionIdentifierAvailable?: number
  sharedSubscriptionAvailable?: number
}

/** `will` stands for the will of a CONNECT, which has properties of its own. */
type Carrier = PacketType | 'will'

type PropertyKind = 'flag' | 'short' | 'long' | 'variable' | 'text' | 'binary' | 'pair'

interface PropertyRow {
  readonly id: number
  readonly name: keyof Properties
  readonly kind: PropertyKind
  readonly in: readonly Carrier[]
  /** Its value may not be zero. */
  readonly positive?: true
}

const acknowledgements = ['puback', 'pubrec', 'pubrel', 'pubcomp', 'suback', 'unsuback'] as const

/** Every property there is: number, form, and the packets that may carry it. */
export const propertyRows: readonly PropertyRow[] = [
  { id: 0x01, name: 'payloadFormatIndicator', kind: 'flag', in: ['publish', 'will'] },
  { id: 0x02, name: 'messageExpiryInterval', kind: 'long', in: ['publish', 'will'] },
  { id: 0x03, name: 'contentType', kind: 'text', in: ['publish', 'will'] },
  { id: 0x08, name: 'responseTopic', kind: 'text', in: ['publish', 'will'] },
  { id: 0x09, name: 'correlationData', kind: 'binary', in: ['publish', 'will'] },
  { id: 0x0b, name: 'subscriptionIdentifier', kind: 'variable', in: ['publish', 'subscribe'], positive: true },
  { id: 0x11, name: 'sessionExpiryInterval', kind: 'long', in: ['connect', 'connack', 'disconnect'] },
  { id: 0x12, name: 'assignedClientIdentifier', kind: 'text', in: ['connack'] },
  { id: 0x13, name: 'serverKeepAlive', kind: 'short', in: ['connack'] },
  { id: 0x15, name: 'authenticationMethod', kind: 'text', in: ['connect', 'connack', 'auth'] },
  { id: 0x16, name: 'authenticationData', kind: 'binary', in: ['connect', 'connack', 'auth'] },
  { id: 0x17, name: 'requestProblemInformation', kind: 'flag', in: ['connect'] },
  { id: 0x18, name: 'willDelayInterval', kind: 'long', in: ['will'] },
  { id: 0x19, name: 'requestResponseInformation', kind: 'flag', in: ['connect'] },
  { id: 0x1a, name: 'responseInformation', kind: 'text', in: ['connack'] },
  { id: 0x1c, name: 'serverReference', kind: 'text', in: ['connack', 'disconnect'] },
  { id: 0x1f, name: 'reasonString', kind: 'text', in: ['connack', ...acknowledgements, 'disconnect', 'auth'] },
  { id: 0x21, name: 'receiveMaximum', kind: 'short', in: ['connect', 'connack'], positive: true },
  { id: 0x22, name: 'topicAliasMaximum', kind: 'short', in: ['connect', 'connack'] },
  { id: 0x23, name: 'topicAlias', kind: 'short', in: ['publish'] },
  { id: 0x24, name: 'maximumQos', kind: 'flag', in: ['connack'] },
  { id: 0x25, name: 'retainAvailable', kind: 'flag', in: ['connack'] },
  {
    id: 0x26,
    name: 'userProperty',
    kind: 'pair',
    in: [
      'connect',
      'will',
      'connack',
      'publish',
      ...acknowledgements,
      'subscribe',
      'unsubscribe',
      'disconnect',
      'auth',
    ],
  },
  { id: 0x27, name: 'maximumPacketSize', kind: 'long', in: ['connect', 'connack'], positive: true },
  { id: 0x28, name: 'wildcardSubscriptionAvailable', kind: 'flag', in: ['connack'] },
  { id: 0x29, name: 'subscriptionIdentifierAvailable', kind: 'flag', in: ['connack'] },
  { id: 0x2a, name: 'sharedSubscriptionAvailable', kind: 'flag', in: ['connack'] },
]

const rowsById = new Map(propertyRows.map((row) => [row.id, row]))

/** Nothing: most packets carry no property. */
const none: Properties = Object.freeze({})

/** User properties of one packet; each costs memory until the packet is done with. */
const USER_PROPERTIES_MAX = 1000

/** Reads a property length and what it covers. Throws a PacketError for what `carrier` may not carry, or twice. */
export function readProperties(reader: PacketReader, carrier: Carrier): Properties {
  const size = reader.variable()
  if (size === 0) return none
  const part = reader.part(size)
  const properties: Record<string, unknown> = {}
  while (part.left > 0) {
    const id = part.variable()
    const row = rowsById.get(id)
    if (row === undefined) throw malformed(`there is no property 0x${id.toString(16)}`)
    if (!row.in.includes(carrier)) throw protocolError(`${row.name} does not belong into ${carrier}`)
    addProperty(properties, row, readValue(part, row), carrier)
  }
  return properties as Properties
}

function addProperty(properties: Record<string, unknown>, row: PropertyRow, value: unknown, carrier: Carrier): void {
  const known = properties[row.name]
  // A subscriber may have several subscriptions that match; whoever subscribes names one.
  const repeats = row.kind === 'pair' || (row.name === 'subscriptionIdentifier' && carrier === 'publish')
  if (row.kind === 'pair' || row.name === 'subscriptionIdentifier') {
    if (known === undefined) properties[row.name] = [value]
    else if (!repeats) throw protocolError(`${row.name} comes twice`)
    else if ((known as unknown[]).push(value) > USER_PROPERTIES_MAX) throw protocolError(`too many of ${row.name}`)
    return
  }
  if (known !== undefined) throw protocolError(`${row.name} comes twice`)
  properties[row.name] = value
}

function readValue(part: PacketReader, row: PropertyRow): unknown {
  switch (row.kind) {
    case 'flag': {
      const value = part.byte()
      if (value > 1) throw protocolError(`${row.name} is neither 0 nor 1`)
      return value
    }
    case 'short':
      return positive(row, part.short())
    case 'long':
      return positive(row, part.long())
    case 'variable':
      return positive(row, part.variable())
    case 'text':
      return part.text(row.name)
    case 'binary':
      return part.binary()
    case 'pair':
      return [part.text('name of a user property'), part.text('value of a user property')]
  }
}

function positive(row: PropertyRow, value: number): number {
  if (value === 0 && row.positive === true) throw protocolError(`${row.name} is zero`)
  return value
}
