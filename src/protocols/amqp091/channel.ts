import type { Access } from '../../broker/access.ts'
import { Undecided } from '../../broker/authenticator.ts'
import { Fault } from '../../broker/fault.ts'
import type { Message } from '../../broker/message.ts'
import { DecodeError } from '../../std/decode-error.ts'
import { frameTypes } from '../../wire/amqp091/codes.ts'
import { word } from '../../wire/amqp091/fields.ts'
import { ackKey, decodeAck, publishKey } from '../../wire/amqp091/hot-methods.ts'
import { decodeMethod, type Method, methodIds } from '../../wire/amqp091/methods.gen.ts'
import { type MethodPort, onMethod } from './channel-methods.ts'
import { type MethodIds, noMethod, type Reply, undecodable } from './codes.ts'
import { ConsumerSide } from './consumer-side.ts'
import { Operations, type OperationsPort } from './operations.ts'
import type { ConnectionPort, SidePort } from './ports.ts'
import { PublisherSide } from './publisher-side.ts'

const closeKey = (20 << 16) | 40
const closeOkKey = (20 << 16) | 41

/**
 * One channel, from its open-ok on. It is `closing` after an error until the client has confirmed
 * that; then, or when its connection ends, it is `closed`.
 */
export class Channel implements MethodPort, OperationsPort, SidePort {
  readonly number: number
  readonly serial: number
  readonly access: Access
  lastQueue = ''
  readonly connection: ConnectionPort
  #state: 'open' | 'closing' | 'closed' = 'open'
  /** While closing: the client has sent a channel.close of its own. */
  #closedByClient = false
  /** Class and method of what is being handled, for errors. */
  #ids: MethodIds = noMethod
  /** Made when first needed, as most channels do one or the other. */
  publishing: PublisherSide | undefined
  consuming: ConsumerSide | undefined
  #operations: Operations | undefined
  #notices: Method[] | undefined

  constructor(number: number, connection: ConnectionPort) {
    this.number = number
    this.serial = connection.head.nextChannelSerial()
    this.access = connection.access
    this.connection = connection
  }

  get state(): 'open' | 'closing' | 'closed' {
    return this.#state
  }

  /** Something of it is being carried out. */
  get busy(): boolean {
    return this.#operations?.busy === true
  }

  /** Name of the queue that answers to this channel's requests come to. */
  get replyQueue(): string | undefined {
    return this.consuming?.replyQueue
  }

  /** Both sides have closed it, only our error was not confirmed: the number may be used again. */
  get reusable(): boolean {
    return this.#state === 'closing' && this.#closedByClient
  }

  /** A frame of this channel, payload at [start, end). */
  onFrame(type: number, buffer: Buffer, start: number, end: number): void {
    if (this.#operations?.busy) return this.#operations.hold(type, buffer, start, end)
    try {
      if (this.#state === 'open') this.#handle(type, buffer, start, end)
      else this.#onFrameWhileClosing(type, buffer, start, end)
    } catch (error) {
      if (error instanceof Undecided) return this.#comeAgain(error, type, Buffer.from(buffer.subarray(start, end)))
      if (error instanceof DecodeError && error.kind === 'malformed-utf8') this.#ids = noMethod
      this.#fail(undecodable(error, buffer, start, end))
    }
  }

  /** Handles a frame once more when a backend has been asked what it needs to know. */
  #comeAgain(undecided: Undecided, type: number, payload: Buffer): void {
    this.carryOut(undecided.decision, () => this.onFrame(type, payload, 0, payload.length))
  }

  #handle(type: number, buffer: Buffer, start: number, end: number): void {
    if (this.publishing?.expectsContent) {
      this.#ids = methodIds['basic.publish']
      return this.publishing.onContent(type, buffer, start, end)
    }
    if (type !== frameTypes.method) {
      this.#ids = noMethod
      throw new Fault('unexpected-frame', 'expected method frame, got non method frame instead')
    }
    const key = word(buffer, start)
    if (key === publishKey) {
      this.#ids = methodIds['basic.publish']
      return this.publisherSide().onPublish(buffer, start, end)
    }
    if (key === ackKey) {
      this.#ids = methodIds['basic.ack']
      const ack = this.connection.head.ackFields
      decodeAck(buffer, start, end, ack)
      return this.consumerSide().settle(ack.deliveryTag, ack.multiple, 'accepted')
    }
    this.#ids = { classId: key >>> 16, methodId: key & 0xffff }
    onMethod(this, decodeMethod(buffer, start, end))
  }

  // The two sides.

  publisherSide(): PublisherSide {
    this.publishing ??= new PublisherSide(this)
    return this.publishing
  }

  consumerSide(): ConsumerSide {
    this.consuming ??= new ConsumerSide(this)
    return this.consuming
  }

  /** Deliveries may be written again. */
  wakeStarved(): void {
    this.consuming?.wakeStarved()
  }

  /** Closes the channel if a delivery has been out for too long. */
  checkAcknowledgements(now: number, timeout: number | undefined): void {
    if (this.#state !== 'open') return
    try {
      this.consuming?.checkAcknowledgements(now, timeout)
    } catch (error) {
      this.#ids = noMethod
      this.#fail(error)
    }
  }

  // Replies, operations under way, the end.

  /** What is noticed from here on is told behind the reply to the operation that starts next. */
  holdNotices(): void {
    this.#notices ??= []
  }

  /** Tells the client something it did not ask for. */
  notice(method: Method): void {
    if (this.#notices === undefined) this.reply(method)
    else this.#notices.push(method)
  }

  reply(method: Method): void {
    const { output } = this.connection
    output.frames.method(this.number, method)
    output.schedule()
  }

  writeContent(message: Message): void {
    const { output, frameMax } = this.connection
    const { content, offset, propertiesSize, bodySize } = message
    if (content === undefined) throw new Error('a message without its content in memory was to be delivered')
    output.frames.content(this.number, content, offset, propertiesSize, bodySize, frameMax)
    output.schedule()
  }

  carryOut<T>(operation: Promise<T>, rest: (value: T) => void): void {
    const ids = this.#ids
    const failed = (error: unknown): void => {
      this.#ids = ids
      if (this.#state === 'open') this.#fail(error)
      this.#tellNotices()
    }
    const done = (value: T): void => {
      this.#ids = ids
      try {
        if (this.#state === 'open') rest(value)
      } catch (error) {
        this.#fail(error)
      }
      this.#tellNotices()
    }
    this.#operations ??= new Operations(this)
    this.#operations.start(operation, done, failed)
  }

  #tellNotices(): void {
    const notices = this.#notices
    this.#notices = undefined
    if (this.#state === 'open') for (const notice of notices ?? []) this.reply(notice)
  }

  onCloseByClient(): void {
    this.close()
    this.reply({ name: 'channel.close-ok' })
    this.connection.onChannelClosed(this.number)
  }

  onHeld(bytes: number): void {
    this.connection.flow.onHeld(bytes)
  }

  onIdle(): void {
    this.connection.life.onIdle()
  }

  #fail(error: unknown): void {
    this.connection.life.onError(error, this.#ids, this.number)
  }

  /** Tells the client of an error that ends this channel, and waits for it to say that it knows. */
  fail(reply: Reply, ids: MethodIds): void {
    this.close()
    this.#state = 'closing'
    this.reply({ name: 'channel.close', replyCode: reply.code, replyText: reply.text, ...ids })
  }

  /** Cancels the consumers whose queues the client may not read any more. */
  async revokeConsumers(): Promise<void> {
    await this.consuming?.revoke()
  }

  stopConsuming(): void {
    this.consuming?.stopConsuming()
  }

  /** Ends consuming, puts back what is unsettled, forgets confirms that are not due. */
  close(): void {
    if (this.#state !== 'open') {
      this.#state = 'closed'
      return
    }
    this.#state = 'closed'
    this.publishing?.close()
    this.publishing = undefined
    this.consuming?.close()
  }

  #onFrameWhileClosing(type: number, buffer: Buffer, start: number, _end: number): void {
    if (this.#state === 'closed' || type !== frameTypes.method) return
    const key = buffer.readUInt32BE(start)
    if (key === closeOkKey) {
      this.#state = 'closed'
      this.connection.onChannelClosed(this.number)
    } else if (key === closeKey) {
      this.#closedByClient = true
      this.reply({ name: 'channel.close-ok' })
    }
  }
}
