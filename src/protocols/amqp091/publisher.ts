import type { Access } from '../../broker/access.ts'
import { type Address, REPLY_TO } from '../../broker/address.ts'
import { Fault } from '../../broker/fault.ts'
import { Message, withReplyTo } from '../../broker/message.ts'
import { PropertyFlag, propertyFlags, stringPropertyOf } from '../../broker/properties.ts'
import { copyBytes } from '../../std/copy-bytes.ts'
import { DecodeError } from '../../std/decode-error.ts'
import { SHARED_CONTENT_BYTES_MAX } from '../../std/slab.ts'
import { basicClassId, frameTypes } from '../../wire/amqp091/codes.ts'
import { decodeContentHeader } from '../../wire/amqp091/content-header.ts'
import { erlangBytes } from '../../wire/amqp091/erlang-text.ts'
import { decodePublish, decodePublishTo } from '../../wire/amqp091/hot-methods.ts'
import type { Head } from './head.ts'
import type { PublishPort } from './ports.ts'

/** Bodies the protocol head takes at all; `max_message_size` is checked when a body is complete. */
const BODY_BYTES_MAX = 512 * 1024 * 1024

/** A buffer for a large body starts with this and grows as the body arrives. */
const FIRST_BUFFER_BYTES = 128 * 1024

/** Puts the publishes of one channel together: basic.publish, content header, body frames. */
export class Publisher {
  readonly #head: Head
  readonly #access: Access
  readonly #port: PublishPort
  #expected: 'method' | 'header' | 'body' = 'method'
  #mandatory = false
  /** Exchange and key of the last publish, which most often are those of the next. */
  #address: Address | undefined
  #content: Buffer | undefined
  #offset = 0
  #propertiesSize = 0
  #bodySize = 0
  /** Body bytes that came. */
  #received = 0

  constructor(head: Head, access: Access, port: PublishPort) {
    this.#head = head
    this.#access = access
    this.#port = port
  }

  /** A publish has begun, so only its content may follow. */
  get expectsContent(): boolean {
    return this.#expected !== 'method'
  }

  /** basic.publish, payload at [start, end). */
  onPublish(buffer: Buffer, start: number, end: number): void {
    const fields = this.#head.publishFields
    const address = this.#address
    if (address === undefined || !decodePublishTo(address.bytes, buffer, start, end, fields)) {
      decodePublish(buffer, start, end, fields)
      if (fields.immediate) throw immediate()
      this.#address = this.#newAddress(buffer, fields.addressStart)
    } else if (fields.immediate) throw immediate()
    this.#mandatory = fields.mandatory
    this.#expected = 'header'
  }

  /** A frame of content. */
  onContent(type: number, buffer: Buffer, start: number, end: number): void {
    if (this.#expected === 'header') this.#onHeader(type, buffer, start, end)
    else this.#onBody(type, buffer, start, end)
  }

  #onHeader(type: number, buffer: Buffer, start: number, end: number): void {
    if (type !== frameTypes.header) throw notTheHeader('non content header frame')
    const header = this.#head.contentHeader
    decodeHeader(buffer, start, end, header)
    if (header.classId !== basicClassId) {
      throw notTheHeader(`one for class ${header.classId}`)
    }
    const { bodySize } = header
    if (bodySize > BODY_BYTES_MAX) {
      throw new Fault('frame-error', `content body size ${bodySize} exceeds maximum allowed size ${BODY_BYTES_MAX}`)
    }
    this.#propertiesSize = end - header.propertiesStart
    this.#bodySize = bodySize
    this.#received = 0
    if (bodySize <= this.#head.broker.settings.messageSizeMax) this.#makeRoom(buffer, header.propertiesStart, end)
    if (bodySize === 0) this.#complete()
    else this.#expected = 'body'
  }

  #onBody(type: number, buffer: Buffer, start: number, end: number): void {
    if (type !== frameTypes.body) {
      throw new Fault('unexpected-frame', 'expected content body, got non content body frame instead')
    }
    const received = this.#received + end - start
    if (received > this.#bodySize) {
      throw new Fault('frame-error', 'content body frame exceeds remaining content size')
    }
    if (this.#content !== undefined) {
      const at = this.#offset + this.#propertiesSize + this.#received
      if (at + end - start > this.#content.length) this.#grow(end - start)
      copyBytes(buffer, start, end, this.#content, at)
    }
    if (received === this.#bodySize) this.#complete()
    else this.#received = received
  }

  /** Takes the properties, and room for the body or its beginning. */
  #makeRoom(buffer: Buffer, start: number, end: number): void {
    const size = end - start + this.#bodySize
    if (size <= SHARED_CONTENT_BYTES_MAX) {
      this.#offset = this.#head.slab.reserve(size)
      this.#content = this.#head.slab.buffer
    } else {
      this.#offset = 0
      this.#content = Buffer.allocUnsafeSlow(Math.min(size, end - start + FIRST_BUFFER_BYTES))
    }
    copyBytes(buffer, start, end, this.#content, this.#offset)
  }

  #grow(needed: number): void {
    const old = this.#content!
    const used = this.#propertiesSize + this.#received
    const whole = this.#propertiesSize + this.#bodySize
    this.#content = Buffer.allocUnsafeSlow(Math.min(whole, Math.max(old.length * 2, used + needed)))
    old.copy(this.#content, 0, 0, used)
  }

  /** Nothing is changed before the address is known: the last frame may have to come again (`Undecided`). */
  #complete(): void {
    const content = this.#content
    if (content === undefined) throw tooLarge(this.#bodySize, this.#head.broker.settings.messageSizeMax)
    const address = this.#currentAddress()
    this.#expected = 'method'
    this.#content = undefined
    let message = new Message(address, content, this.#offset, this.#propertiesSize, this.#bodySize)
    if ((propertyFlags(content, this.#offset) & PropertyFlag.replyTo) !== 0) message = this.#withReplies(message)
    this.#port.onMessage(message, this.#mandatory)
  }

  /** A request that asks for direct replies gets this channel's reply queue as where to reply to. */
  #withReplies(message: Message): Message {
    if (stringPropertyOf(message.content, message.offset, PropertyFlag.replyTo) !== REPLY_TO) return message
    const queue = this.#port.replyQueue
    if (queue === undefined) throw new Fault('precondition-failed', 'fast reply consumer does not exist')
    return withReplyTo(message, queue)
  }

  #currentAddress(): Address {
    const address = this.#address!
    if (this.#access.isCurrent(address)) return address
    this.#address = this.#access.address(address.exchange, address.routingKey)
    return this.#address
  }

  #newAddress(buffer: Buffer, start: number): Address {
    this.#address = undefined
    const keyStart = start + 1 + buffer[start]!
    const exchange = buffer.toString('utf8', start + 1, keyStart)
    const routingKey = buffer.toString('utf8', keyStart + 1, keyStart + 1 + buffer[keyStart]!)
    return this.#access.address(exchange, routingKey)
  }
}

function tooLarge(size: number, sizeMax: number): Fault {
  const limit = sizeMax >= BODY_BYTES_MAX ? 'max size' : 'configured max size'
  return new Fault('precondition-failed', `message size ${size} is larger than ${limit} ${sizeMax}`)
}

function decodeHeader(buffer: Buffer, start: number, end: number, into: Head['contentHeader']): void {
  try {
    decodeContentHeader(buffer, start, end, into)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    const shown = erlangBytes(buffer.subarray(start, Math.min(end, start + 100)))
    throw new Fault('frame-error', `cannot decode ${shown}`)
  }
}

function immediate(): Fault {
  return new Fault('not-implemented', 'immediate=true')
}

function notTheHeader(got: string): Fault {
  return new Fault('unexpected-frame', `expected content header for class ${basicClassId}, got ${got} instead`)
}
