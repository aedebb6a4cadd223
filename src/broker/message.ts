import type { Position } from '../store/log.ts'
import type { Address } from './address.ts'
import type { Delivery } from './delivery.ts'
import {
  decodeProperties,
  isPersistent,
  type Properties,
  PropertyFlag,
  propertyFlags,
  rewriteProperties,
} from './properties.ts'

/**
 * One published message: immutable but for where its bytes are, and shared by every queue that
 * holds it. `content` holds, from `offset` on, the properties in their compact form (AMQP 0-9-1
 * §4.2.6.1: flags, then the fields present) and right behind them the body; it may be a part of a
 * larger slab that the message co-owns, never a slice of a socket's buffer. It is undefined while
 * the bytes are on disk only.
 */
export class Message {
  readonly address: Address
  content: Buffer | undefined
  offset: number
  readonly propertiesSize: number
  readonly bodySize: number
  readonly persistent: boolean
  /** Its record in the message log, 0 while there is none. This and what follows is the message store's. */
  position: Position = 0
  /** Wall time of the publish, kept with the record so that its time to live survives a restart. */
  storedAt = 0
  /** Bytes of its record. */
  recordSize = 0
  /** What durable queues hold of it: one delivery, or several. */
  holders: Delivery | Delivery[] | undefined = undefined
  /** How many of `holders` are not settled. */
  references = 0
  /** Neighbours in the list of its extent of the log. */
  older: Message | undefined = undefined
  newer: Message | undefined = undefined
  #properties: Properties | undefined

  constructor(address: Address, content: Buffer, offset: number, propertiesSize: number, bodySize: number) {
    this.address = address
    this.content = content
    this.offset = offset
    this.propertiesSize = propertiesSize
    this.bodySize = bodySize
    this.persistent = isPersistent(content, offset)
  }

  /** Bytes that count against memory. */
  get size(): number {
    return this.propertiesSize + this.bodySize
  }

  /** The properties, decoded on first use. The content must be in memory then. */
  get properties(): Properties {
    this.#properties ??= decodeProperties(this.#held(), this.offset, this.offset + this.propertiesSize)
    return this.#properties
  }

  /** Its own time to live in milliseconds (`expiration`, checked at publish); Infinity for none. */
  get timeToLive(): number {
    if ((propertyFlags(this.#held(), this.offset) & PropertyFlag.expiration) === 0) return Number.POSITIVE_INFINITY
    return Number(this.properties.expiration)
  }

  /** The compact form of the properties; the content must be in memory. */
  get propertiesBytes(): Buffer {
    return this.#held().subarray(this.offset, this.offset + this.propertiesSize)
  }

  /** The body; the content must be in memory. */
  get body(): Buffer {
    const start = this.offset + this.propertiesSize
    return this.#held().subarray(start, start + this.bodySize)
  }

  #held(): Buffer {
    if (this.content === undefined) throw new Error('the content of a message was used while it was on disk only')
    return this.content
  }
}

/** The same message with some properties changed or (null) removed; other bytes stay as they are. */
export function withProperties(
  message: Message,
  changes: Parameters<typeof rewriteProperties>[1],
  address: Address = message.address,
): Message {
  const properties = rewriteProperties(message.propertiesBytes, changes)
  const content = Buffer.concat([properties, message.body])
  return new Message(address, content, 0, properties.length, message.bodySize)
}

/** The same message asking for its replies at `replyTo`. */
export function withReplyTo(message: Message, replyTo: string): Message {
  return withProperties(message, { replyTo })
}
