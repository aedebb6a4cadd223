import type { Address } from '../../broker/address.ts'
import { Message } from '../../broker/message.ts'
import { encodeProperties, type Properties as MessageProperties } from '../../broker/properties.ts'
import { SHARED_CONTENT_BYTES_MAX, type Slab } from '../../std/slab.ts'
import { longString, type TableValue } from '../../std/table.ts'
import { isUtf8 } from '../../std/utf8.ts'
import { PacketError } from '../../wire/mqtt/packet-error.ts'
import type { Qos } from '../../wire/mqtt/packets.ts'
import type { Properties } from '../../wire/mqtt/properties.ts'
import { ReasonCode } from '../../wire/mqtt/reason-codes.ts'
import { Header } from './headers.ts'
import type { TopicMap } from './topic-map.ts'

/** What a short string can hold. */
const SHORT_STRING_BYTES_MAX = 255

/** Most a message may live: the broker takes no longer times. */
const EXPIRATION_MILLISECONDS_MAX = 315_360_000_000

/** The compact forms of a message without any property, by whether it is persistent. */
const transient = encodeProperties({ deliveryMode: 1 })
const persistent = encodeProperties({ deliveryMode: 2 })

/** What a client publishes, as far as it becomes part of the message. */
export interface Published {
  readonly qos: Qos
  readonly retain: boolean
  readonly properties: Properties
  readonly payload: Buffer
  readonly payloadStart: number
  readonly payloadEnd: number
}

/** Notes the broker keeps with the message. */
export interface Notes {
  /** The client, where it has to be known again. */
  readonly publisher?: string | undefined
  /** The identifier under which QoS 2 notes it. */
  readonly packetIdentifier?: number | undefined
}

/** Makes a message of what was published. Throws a PacketError for a property that no message can carry. */
export function incomingMessage(
  published: Published,
  address: Address,
  notes: Notes,
  { slab, topics }: { readonly slab: Slab; readonly topics: TopicMap },
): Message {
  const { payload, payloadStart, payloadEnd } = published
  const properties = messageProperties(published, notes, topics)
  const bodySize = payloadEnd - payloadStart
  const size = properties.length + bodySize
  const isSmall = size <= SHARED_CONTENT_BYTES_MAX
  const offset = isSmall ? slab.reserve(size) : 0
  const content = isSmall ? slab.buffer : Buffer.allocUnsafeSlow(size)
  properties.copy(content, offset)
  payload.copy(content, offset + properties.length, payloadStart, payloadEnd)
  return new Message(address, content, offset, properties.length, bodySize)
}

/** Most messages have none but their persistence. */
function messageProperties({ qos, retain, properties }: Published, notes: Notes, topics: TopicMap): Buffer {
  const headers = ownHeaders(qos, retain, notes)
  const plain = qos > 0 ? persistent : transient
  let isPlain = headers.length === 0
  if (isPlain) for (const _ in properties) isPlain = false
  if (isPlain) return plain
  return encodeProperties({
    deliveryMode: qos > 0 ? 2 : 1,
    ...withHeaders(carried(properties, headers, topics), headers),
  })
}

function withHeaders(found: MessageProperties, headers: Headers): MessageProperties {
  return headers.length === 0 ? found : { ...found, headers }
}

type Headers = [string, TableValue][]

function ownHeaders(qos: Qos, retain: boolean, { publisher, packetIdentifier }: Notes): Headers {
  const headers: Headers = []
  if (qos === 2) headers.push([Header.publishQos, { tag: 'B', value: 2 }])
  if (retain) headers.push([Header.retain, { tag: 't', value: true }])
  if (publisher !== undefined) headers.push([Header.publisher, longString(publisher)])
  if (packetIdentifier !== undefined) headers.push([Header.packetIdentifier, { tag: 'I', value: packetIdentifier }])
  return headers
}

/** The properties that AMQP has too; for the others headers are added. */
function carried(properties: Properties, headers: Headers, topics: TopicMap): MessageProperties {
  const found: { -readonly [N in keyof MessageProperties]?: MessageProperties[N] } = {}
  const { contentType, responseTopic, correlationData, messageExpiryInterval, payloadFormatIndicator } = properties
  if (contentType !== undefined) {
    if (!fitsShortString(contentType)) throw unsupported('content type')
    found.contentType = contentType
  }
  if (responseTopic !== undefined) {
    const key = topics.key(responseTopic)
    headers.push([Header.replyToTopic, longString(key)])
    if (fitsShortString(key)) found.replyTo = key
  }
  if (correlationData !== undefined) {
    if (correlationData.length <= SHORT_STRING_BYTES_MAX && isUtf8(correlationData, 0, correlationData.length)) {
      found.correlationId = correlationData.toString()
    } else headers.push([Header.correlation, { tag: 'S', value: correlationData }])
  }
  if (messageExpiryInterval !== undefined) {
    found.expiration = String(Math.min(messageExpiryInterval * 1000, EXPIRATION_MILLISECONDS_MAX))
  }
  if (payloadFormatIndicator !== undefined) {
    headers.push([Header.payloadFormat, { tag: 'B', value: payloadFormatIndicator }])
  }
  for (const [name, value] of properties.userProperty ?? []) {
    if (!fitsShortString(name)) throw unsupported('name of a user property')
    // Headers of these names choose recipients, which is nothing a message of MQTT can ask for.
    if (name === 'CC' || name === 'BCC') throw unsupported(`user property ${name}`)
    headers.push([name, longString(value)])
  }
  return found
}

function fitsShortString(text: string): boolean {
  return text.length <= SHORT_STRING_BYTES_MAX && Buffer.byteLength(text) <= SHORT_STRING_BYTES_MAX
}

function unsupported(what: string): PacketError {
  return new PacketError(ReasonCode.implementationSpecificError, `the ${what} cannot be carried by a message`)
}
