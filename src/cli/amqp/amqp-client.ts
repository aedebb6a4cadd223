import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { type Argument, encodeFrame, encodeMethod, type FieldTable, FrameType, Method } from './encoding.ts'
import { FrameScanner } from './frame-scanner.ts'

/** A message as it came to a consumer. */
export interface Delivered {
  readonly deliveryTag: number
  readonly redelivered: boolean
  readonly exchange: string
  readonly routingKey: string
  /** Flags and properties as on the wire. */
  readonly properties: Buffer
  readonly body: Buffer
}

/** What happens on a channel without being asked for. */
export interface ChannelListener {
  onDelivery?(message: Delivered): void
  /** Of `basic.ack` and `basic.nack` from the broker. */
  onConfirm?(deliveryTag: number, multiple: boolean, accepted: boolean): void
  onReturned?(): void
}

const FRAME_MAX = 131_072
const CONNECT_MILLISECONDS = 10_000

/** A connection to a broker that speaks AMQP 0-9-1, for what the command line moves and measures. */
export class AmqpClient {
  readonly frameMax: number
  /** As the broker introduced itself: `RabbitMQ 4.1.0`. */
  readonly product: string
  /** Called once when the connection is over without having been closed here. */
  onFailure: ((error: Error) => void) | undefined
  /** The broker reads no publishes for now. */
  isBlocked = false
  readonly #socket: Socket
  readonly #desk: ReplyDesk
  readonly #beat: NodeJS.Timeout | undefined

  private constructor(socket: Socket, desk: ReplyDesk, tuned: Tuned) {
    this.#socket = socket
    this.#desk = desk
    this.frameMax = tuned.frameMax
    this.product = tuned.product
    desk.onEnd = (error) => this.#end(error)
    desk.onBlocked = (isBlocked) => {
      this.isBlocked = isBlocked
    }
    if (tuned.heartbeatSeconds > 0) {
      const beat = encodeFrame(FrameType.heartbeat, 0, Buffer.alloc(0))
      this.#beat = setInterval(() => this.#socket.write(beat), (tuned.heartbeatSeconds * 1000) / 2)
    }
  }

  /** Connects and logs in: `amqp://user:password@host:port/vhost`, `amqps://`. Rejects with an Error that names the cause. */
  static async connect(url: URL, name: string): Promise<AmqpClient> {
    const isTls = url.protocol === 'amqps:'
    const host = url.hostname.replace(/^\[|\]$/g, '')
    const port = Number(url.port || (isTls ? 5671 : 5672))
    const socket = isTls
      ? connectTls({
          host,
          port,
          servername: host,
          rejectUnauthorized: url.searchParams.get('verify') !== 'verify_none',
        })
      : connectTcp({ host, port, noDelay: true })
    socket.setTimeout(CONNECT_MILLISECONDS, () => socket.destroy(new Error('no answer in time')))
    const desk = new ReplyDesk()
    const scanner = new FrameScanner(FRAME_MAX, (type, channel, payload) => desk.onFrame(type, channel, payload))
    socket.on('data', (bytes) => {
      try {
        scanner.feed(bytes)
      } catch (error) {
        socket.destroy(error as Error)
      }
    })
    socket.on('error', (error) => desk.fail(error))
    socket.on('close', () => desk.fail(new Error('the broker closed the connection')))
    try {
      await once(socket, isTls ? 'secureConnect' : 'connect')
      const tuned = await handshake(socket, desk, { url, name })
      socket.setTimeout(0)
      return new AmqpClient(socket, desk, tuned)
    } catch (error) {
      socket.destroy()
      throw new Error(`cannot connect to ${url.host}: ${(error as Error).message}`)
    }
  }

  /** Bytes that the kernel has not taken yet. */
  get pendingBytes(): number {
    return this.#socket.writableLength
  }

  /** Resolves when what was written has been taken by the kernel. */
  async drained(): Promise<void> {
    if (this.#socket.writableNeedDrain) await once(this.#socket, 'drain')
  }

  async openChannel(channel: number, listener: ChannelListener = {}): Promise<void> {
    this.#desk.listen(channel, listener)
    await this.call(channel, [Method.channelOpen, Method.channelOpenOk], [{ short: '' }])
  }

  /** Sends a method and answers the payload of its reply. Rejects when the broker closes the channel instead. */
  call(channel: number, [method, reply]: readonly [Method, Method], args: readonly Argument[]): Promise<Buffer> {
    const answer = this.#desk.wait(channel, reply)
    this.#socket.write(encodeMethod(channel, method, args))
    return answer
  }

  /** Writes bytes; false when there is enough in the way for now. */
  write(bytes: Buffer): boolean {
    return this.#socket.write(bytes)
  }

  settle(channel: number, deliveryTag: number, { multiple = false, accepted = true } = {}): void {
    const bits = accepted ? (multiple ? 1 : 0) : (multiple ? 1 : 0) + 2
    const method = accepted ? Method.basicAck : Method.basicNack
    this.#socket.write(encodeMethod(channel, method, [{ u64: deliveryTag }, { u8: bits }]))
  }

  /** Says good-bye and closes. */
  async close(): Promise<void> {
    if (this.#beat !== undefined) clearInterval(this.#beat)
    this.onFailure = undefined
    const bye = [{ u16: 200 }, { short: 'bye' }, { u16: 0 }, { u16: 0 }]
    await this.call(0, [Method.connectionClose, Method.connectionCloseOk], bye).catch(() => {})
    this.#socket.destroy()
  }

  #end(error: Error): void {
    if (this.#beat !== undefined) clearInterval(this.#beat)
    this.#socket.destroy()
    this.onFailure?.(error)
  }
}

interface Tuned {
  readonly frameMax: number
  readonly heartbeatSeconds: number
  readonly product: string
}

interface Content {
  readonly message: Omit<Delivered, 'properties' | 'body'> | undefined
  properties: Buffer
  size: number
  readonly pieces: Buffer[]
  received: number
}

/** Hands frames to who waits for them: replies to their calls, the rest to the listeners of channels. */
class ReplyDesk {
  onEnd: ((error: Error) => void) | undefined
  onBlocked: ((isBlocked: boolean) => void) | undefined
  readonly #waiting = new Map<number, { reply: Method; resolve(payload: Buffer): void; reject(error: Error): void }>()
  readonly #listeners = new Map<number, ChannelListener>()
  readonly #contents = new Map<number, Content>()
  #ended = false

  listen(channel: number, listener: ChannelListener): void {
    this.#listeners.set(channel, listener)
  }

  wait(channel: number, reply: Method): Promise<Buffer> {
    if (this.#ended) return Promise.reject(new Error('the connection is closed'))
    return new Promise((resolve, reject) => this.#waiting.set(channel, { reply, resolve, reject }))
  }

  fail(error: Error): void {
    if (this.#ended) return
    this.#ended = true
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
    this.onEnd?.(error)
  }

  onFrame(type: number, channel: number, payload: Buffer): void {
    switch (type) {
      case FrameType.method:
        return this.#onMethod(channel, payload)
      case FrameType.header:
        return this.#onHeader(channel, payload)
      case FrameType.body:
        return this.#onBody(channel, payload)
      default:
        return
    }
  }

  #onMethod(channel: number, payload: Buffer): void {
    const method = payload.readUInt32BE(0)
    const waiting = this.#waiting.get(channel)
    if (waiting !== undefined && waiting.reply === method) {
      this.#waiting.delete(channel)
      return waiting.resolve(Buffer.from(payload))
    }
    switch (method) {
      case Method.basicDeliver:
        return this.#begin(channel, readDeliver(payload))
      case Method.basicReturn:
        this.#begin(channel, undefined)
        return this.#listeners.get(channel)?.onReturned?.()
      case Method.basicAck:
      case Method.basicNack: {
        const tag = Number(payload.readBigUInt64BE(4))
        return this.#listeners.get(channel)?.onConfirm?.(tag, (payload[12]! & 1) === 1, method === Method.basicAck)
      }
      case Method.basicCancel:
        return this.fail(new Error('the broker cancelled the consumer: its queue is gone'))
      case Method.connectionBlocked:
        return this.onBlocked?.(true)
      case Method.connectionUnblocked:
        return this.onBlocked?.(false)
      case Method.channelClose:
      case Method.connectionClose: {
        const text = payload.toString('utf8', 7, 7 + payload[6]!)
        return this.fail(new Error(`the broker answered ${payload.readUInt16BE(4)} ${text}`))
      }
      default:
        return
    }
  }

  #begin(channel: number, message: Content['message']): void {
    this.#contents.set(channel, { message, properties: Buffer.alloc(2), size: 0, pieces: [], received: 0 })
  }

  #onHeader(channel: number, payload: Buffer): void {
    const content = this.#contents.get(channel)
    if (content === undefined) return
    content.size = Number(payload.readBigUInt64BE(4))
    content.properties = Buffer.from(payload.subarray(12))
    if (content.size === 0) this.#finish(channel, content)
  }

  #onBody(channel: number, payload: Buffer): void {
    const content = this.#contents.get(channel)
    if (content === undefined) return
    content.pieces.push(Buffer.from(payload))
    content.received += payload.length
    if (content.received >= content.size) this.#finish(channel, content)
  }

  #finish(channel: number, { message, properties, pieces }: Content): void {
    this.#contents.delete(channel)
    if (message === undefined) return
    const body = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
    this.#listeners.get(channel)?.onDelivery?.({ ...message, properties, body })
  }
}

function readDeliver(payload: Buffer): Omit<Delivered, 'properties' | 'body'> {
  let at = 5 + payload[4]!
  const deliveryTag = Number(payload.readBigUInt64BE(at))
  const redelivered = payload[at + 8] === 1
  at += 9
  const exchange = payload.toString('utf8', at + 1, at + 1 + payload[at]!)
  at += 1 + payload[at]!
  const routingKey = payload.toString('utf8', at + 1, at + 1 + payload[at]!)
  return { deliveryTag, redelivered, exchange, routingKey }
}

async function handshake(socket: Socket, desk: ReplyDesk, { url, name }: { url: URL; name: string }): Promise<Tuned> {
  const started = desk.wait(0, Method.connectionStart)
  socket.write(Buffer.from('AMQP\x00\x00\x09\x01', 'latin1'))
  const start = await started
  const user = decodeURIComponent(url.username || 'guest')
  const password = decodeURIComponent(url.password || 'guest')
  const properties: FieldTable = {
    product: 'lapine',
    connection_name: name,
    capabilities: {
      'basic.nack': true,
      publisher_confirms: true,
      consumer_cancel_notify: true,
      'connection.blocked': true,
      authentication_failure_close: true,
    },
  }
  const tuning = desk.wait(0, Method.connectionTune)
  const startOk: Argument[] = [
    { table: properties },
    { short: 'PLAIN' },
    { long: Buffer.from(`\0${user}\0${password}`) },
    { short: 'en_US' },
  ]
  socket.write(encodeMethod(0, Method.connectionStartOk, startOk))
  const tune = await tuning
  const channelMax = tune.readUInt16BE(4)
  const frameMax = Math.min(tune.readUInt32BE(6) || FRAME_MAX, FRAME_MAX)
  const heartbeatSeconds = tune.readUInt16BE(10)
  const tuneOk = [{ u16: channelMax }, { u32: frameMax }, { u16: heartbeatSeconds }]
  socket.write(encodeMethod(0, Method.connectionTuneOk, tuneOk))
  const opened = desk.wait(0, Method.connectionOpenOk)
  const vhost = url.pathname.length > 1 ? decodeURIComponent(url.pathname.slice(1)) : '/'
  socket.write(encodeMethod(0, Method.connectionOpen, [{ short: vhost }, { short: '' }, { u8: 0 }]))
  await opened
  return { frameMax, heartbeatSeconds, product: `${serverText(start, 'product')} ${serverText(start, 'version')}` }
}

/** A text of connection.start's table, found by its key's bytes: all brokers send a long string here. */
function serverText(start: Buffer, name: string): string {
  const key = Buffer.concat([Buffer.of(name.length), Buffer.from(name), Buffer.from('S')])
  const at = start.indexOf(key, 6)
  if (at < 0) return '?'
  const from = at + key.length + 4
  return start.toString('utf8', from, from + start.readUInt32BE(from - 4))
}
