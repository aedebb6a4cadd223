import type { Address } from '../../broker/address.ts'
import type { Delivery } from '../../broker/delivery.ts'
import type { Message } from '../../broker/message.ts'
import { headerOf, PropertyFlag, propertyFlags } from '../../broker/properties.ts'
import type { Clock } from '../../std/clock.ts'
import { type Table, tableGet, tableInteger, tableString } from '../../std/table.ts'
import type { Qos } from '../../wire/mqtt/packets.ts'
import type { Properties } from '../../wire/mqtt/properties.ts'
import { encodeProperties } from '../../wire/mqtt/property-writer.ts'
import { Header, isOwnHeader } from './headers.ts'
import type { TopicMap } from './topic-map.ts'
import { isWillQueue } from './will-queue.ts'

const noProperties: Properties = Object.freeze({})
const encodedNone = encodeProperties(undefined)
const publishQosName = Buffer.from(Header.publishQos)
const retainName = Buffer.from(Header.retain)
const retainedName = Buffer.from(Header.retained)
const publisherName = Buffer.from(Header.publisher)

/** What a message of the broker is to a client of MQTT. One for all clients: what is made for one serves the others. */
export class OutgoingForms {
  readonly #topics: TopicMap
  readonly #clock: Clock
  readonly #names = new WeakMap<Address, { readonly topic: string; readonly bytes: Buffer }>()
  readonly #properties = new WeakMap<Message, { readonly values: Properties; readonly bytes: Buffer }>()

  constructor(topics: TopicMap, clock: Clock) {
    this.#topics = topics
    this.#clock = clock
  }

  /** The topic name of the message, and its bytes. */
  topic({ address }: Message): { readonly topic: string; readonly bytes: Buffer } {
    const known = this.#names.get(address)
    if (known !== undefined) return known
    const topic = this.#topics.topic(address.routingKey)
    const made = { topic, bytes: Buffer.from(topic) }
    this.#names.set(address, made)
    return made
  }

  /** The properties as they go out, with those of one client's own; encoded. */
  properties(delivery: Pick<Delivery, 'message' | 'expiresAt'>, own: Properties | undefined): Buffer {
    const { message, expiresAt } = delivery
    const base = this.#base(message)
    const expires = expiresAt !== Number.POSITIVE_INFINITY && base.values.messageExpiryInterval !== undefined
    if (own === undefined && !expires) return base.bytes
    const left = Math.max(1, Math.ceil((expiresAt - this.#clock.monotonic()) / 1000))
    return encodeProperties({ ...base.values, ...(expires ? { messageExpiryInterval: left } : {}), ...own })
  }

  #base(message: Message): { readonly values: Properties; readonly bytes: Buffer } {
    if ((propertyFlags(message.content, message.offset) & ~PropertyFlag.deliveryMode) === 0) return plain
    const known = this.#properties.get(message)
    if (known !== undefined) return known
    const values = this.#read(message)
    const made = { values, bytes: encodeProperties(values) }
    this.#properties.set(message, made)
    return made
  }

  #read({ properties }: Message): Properties {
    const found: Properties = {}
    const { headers = [], contentType, correlationId, replyTo, expiration } = properties
    if (contentType !== undefined && isText(contentType)) found.contentType = contentType
    const correlation = tableGet(headers, Header.correlation)
    if (correlationId !== undefined) found.correlationData = Buffer.from(correlationId)
    else if (correlation?.tag === 'S') found.correlationData = correlation.value
    const responseKey = tableString(tableGet(headers, Header.replyToTopic)) ?? replyTo
    if (responseKey !== undefined && isText(responseKey) && !/[#*]/.test(responseKey)) {
      found.responseTopic = this.#topics.topic(responseKey)
    }
    if (expiration !== undefined) found.messageExpiryInterval = Math.ceil(Number(expiration) / 1000)
    const format = tableInteger(tableGet(headers, Header.payloadFormat))
    if (format === 0 || format === 1) found.payloadFormatIndicator = format
    const user = userProperties(headers)
    if (user.length > 0) found.userProperty = user
    return found
  }
}

const plain = { values: noProperties, bytes: encodedNone }

/** The quality of service it was published with, as far as that is known. */
export function publishQosOf({ content, offset, persistent }: Message): Qos {
  if ((propertyFlags(content, offset) & PropertyFlag.headers) !== 0) {
    const value = headerOf(content, offset, publishQosName)
    if (value?.tag === 'B' && (value.value === 0 || value.value === 2)) return value.value
  }
  return persistent ? 1 : 0
}

/** It was published to be retained. */
export function isPublishedRetained({ content, offset }: Message): boolean {
  return headerOf(content, offset, retainName)?.tag === 't'
}

/** The filter of the subscription that a retained message is sent for; undefined for any other message. */
export function retainedFor({ content, offset }: Message): string | undefined {
  return tableString(headerOf(content, offset, retainedName))
}

/** The client that published it, where that was noted. */
export function publisherOf({ content, offset }: Message): string | undefined {
  return tableString(headerOf(content, offset, publisherName))
}

/** Headers that are text, or can be written as one; what MQTT cannot say is left out. */
function userProperties(headers: Table): (readonly [string, string])[] {
  const found: (readonly [string, string])[] = []
  // A will that has waited was dead-lettered, which is nobody's business.
  const isWill = isWillQueue(tableString(tableGet(headers, 'x-first-death-queue')))
  for (const [name, value] of headers) {
    if (isOwnHeader(name) || !isText(name) || (isWill && isDeathHeader(name))) continue
    const text = textOf(value)
    if (text !== undefined && isText(text)) found.push([name, text])
  }
  return found
}

function isDeathHeader(name: string): boolean {
  return /^x-(first|last)-death-/.test(name)
}

function textOf(value: Table[number][1]): string | undefined {
  switch (value.tag) {
    case 'S':
      return value.value.toString()
    case 't':
    case 'b':
    case 'B':
    case 's':
    case 'u':
    case 'I':
    case 'i':
    case 'l':
    case 'L':
    case 'f':
    case 'd':
      return String(value.value)
    case 'T':
      return String(value.value)
    default:
      return undefined
  }
}

/** MQTT strings have no U+0000, and no bytes that are no UTF-8. */
function isText(text: string): boolean {
  return !text.includes('\0') && !text.includes('\ufffd') && Buffer.byteLength(text) <= 0xffff
}
