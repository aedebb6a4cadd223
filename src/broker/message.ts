import type { Position } from '../store/log.ts'
import type { Address } from './address.ts'
import { decodeProperties, isPersistent, type Properties } from './properties.ts'

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
  /** Record in the message log, 0 while there is none. */
  position: Position = 0
  /** Queues that still hold it, counted by the message store. */
  references = 0
  #properties: Properties | undefined

  constructor(address: Address, content: Buffer, offset: number, propertiesSize: number, bodySize: number) {
    this.address = address
    this.content = content
    this.offset = offset
    this.propertiesSize = propertiesSize
    this.bodySize = bodySize
    this.persistent = isPersistent(content, offset)
  }

  /** Bytes that count against memory and length limits. */
  get size(): number {
    return this.propertiesSize + this.bodySize
  }

  /** The properties, decoded on first use. The content must be in memory then, or have been once. */
  get properties(): Properties {
    this.#properties ??= decodeProperties(this.#held(), this.offset, this.offset + this.propertiesSize)
    return this.#properties
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
    if (this.content === undefined) throw new Error(`the content of the message at ${this.position} is not in memory`)
    return this.content
  }
}
