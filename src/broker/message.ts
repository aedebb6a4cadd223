import type { Address } from './address.ts'
import {
  decodeProperties,
  isPersistent,
  type Properties,
  PropertyFlag,
  rewriteProperties,
  stringPropertyOf,
} from './properties.ts'

/**
 * One published message: immutable, and shared by every queue that holds it. `content` holds, from
 * `offset` on, the properties in their compact form (AMQP 0-9-1 §4.2.6.1: flags, then the fields
 * present) and right behind them the body; it may be a part of a larger slab that the message
 * co-owns, never a slice of a socket's buffer.
 */
export class Message {
  readonly address: Address
  readonly content: Buffer
  readonly offset: number
  readonly propertiesSize: number
  readonly bodySize: number
  readonly persistent: boolean
  /** Queues that keep it in memory. The message store counts contents by it. */
  residents = 0
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

  /** The properties, decoded on first use. */
  get properties(): Properties {
    this.#properties ??= decodeProperties(this.content, this.offset, this.offset + this.propertiesSize)
    return this.#properties
  }

  /** Its own time to live in milliseconds (`expiration`, checked at publish); Infinity for none. */
  get timeToLive(): number {
    return timeToLiveOf(this.content, this.offset)
  }

  /** The compact form of the properties. */
  get propertiesBytes(): Buffer {
    return this.content.subarray(this.offset, this.offset + this.propertiesSize)
  }

  /** The body. */
  get body(): Buffer {
    const start = this.offset + this.propertiesSize
    return this.content.subarray(start, start + this.bodySize)
  }
}

/** The time to live in milliseconds that a compact form says; Infinity for none. */
export function timeToLiveOf(buffer: Buffer, start: number): number {
  const expiration = stringPropertyOf(buffer, start, PropertyFlag.expiration)
  return expiration === undefined ? Number.POSITIVE_INFINITY : Number(expiration)
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
