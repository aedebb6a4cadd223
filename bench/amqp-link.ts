import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type Argument, encodeMethod, FrameType, Method, protocolHeader } from './amqp-encoding.ts'
import { FrameScanner } from './frame-scanner.ts'

/** What the traffic of a link is handed to once it carries messages. */
export interface Traffic {
  /** A frame other than a reply to a call; `offset` is where its payload starts. */
  onFrame(type: number, bytes: Buffer, offset: number, size: number): void
  /** All that one read brought was handed over. */
  onReadEnd(): void
  /** The socket took everything that was written. */
  onWritten(): void
}

const readSize = 512 * 1024
const propertiesOffset = 6

/** One connection with channel 1 open, heartbeats off, on a bare socket. */
export class AmqpLink {
  readonly frameMax: number
  /** As the broker introduced itself. */
  readonly product: string
  traffic: Traffic | undefined
  readonly #socket: Socket
  readonly #replies: Replies

  private constructor(socket: Socket, replies: Replies, tuned: { frameMax: number; product: string }) {
    this.#socket = socket
    this.#replies = replies
    this.frameMax = tuned.frameMax
    this.product = tuned.product
  }

  /** Connects, logs in and opens channel 1. */
  static async open(url: URL, onFailure: (failure: Error) => void): Promise<AmqpLink> {
    const replies = new Replies(onFailure)
    let link: AmqpLink | undefined
    const scanner = new FrameScanner((type, bytes, offset, size) => {
      if (!replies.take(type, bytes, offset, size)) link?.traffic?.onFrame(type, bytes, offset, size)
    })
    const host = url.hostname.replace(/^\[|\]$/g, '')
    const onread = {
      buffer: Buffer.alloc(readSize),
      callback: (length: number, bytes: Uint8Array) => {
        try {
          scanner.feed(bytes as Buffer, length)
          link?.traffic?.onReadEnd()
        } catch (error) {
          replies.fail(error as Error)
        }
        return true
      },
    }
    const socket = connect({ host, port: Number(url.port || 5672), noDelay: true, onread })
    socket.on('error', (error) => replies.fail(error))
    socket.on('close', () => replies.fail(new Error('the broker closed the connection')))
    await once(socket, 'connect')
    link = new AmqpLink(socket, replies, await handshake(socket, replies, url))
    await link.call(Method.channelOpen, [{ short: '' }], Method.channelOpenOk)
    return link
  }

  /** Whether the socket still holds bytes the kernel did not take. */
  get congested(): boolean {
    return this.#socket.writableLength > 0
  }

  /** Sends a method on channel 1 and answers the payload of its reply. */
  call(method: Method, args: readonly Argument[], reply: Method): Promise<Buffer> {
    this.#socket.write(encodeMethod(1, method, args))
    return this.#replies.wait(reply)
  }

  /** Hands bytes to the socket; they must not change while `congested`. */
  write(bytes: Buffer): void {
    this.#socket.write(bytes, this.#onWritten)
  }

  /** Closes the connection politely. */
  async close(): Promise<void> {
    this.#replies.closing = true
    const args = [{ u16: 200 }, { short: 'bye' }, { u16: 0 }, { u16: 0 }]
    this.#socket.write(encodeMethod(0, Method.connectionClose, args))
    await this.#replies.wait(Method.connectionCloseOk)
    this.#socket.destroy()
  }

  // One function for all writes, so that Node merges the notices of writes that went through at once.
  readonly #onWritten = (): void => this.traffic?.onWritten()
}

/** Waits for the methods that answer calls, and notices when the broker gives up on us. */
class Replies {
  closing = false
  readonly #onFailure: (failure: Error) => void
  #wanted: Method | undefined
  #resolve: ((payload: Buffer) => void) | undefined
  #reject: ((failure: Error) => void) | undefined

  constructor(onFailure: (failure: Error) => void) {
    this.#onFailure = onFailure
  }

  wait(method: Method): Promise<Buffer> {
    this.#wanted = method
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  take(type: number, bytes: Buffer, offset: number, size: number): boolean {
    if (type !== FrameType.method) return false
    const method = bytes.readUInt32BE(offset)
    if (method === this.#wanted) {
      this.#wanted = undefined
      this.#resolve?.(Buffer.from(bytes.subarray(offset, offset + size)))
      return true
    }
    if (method === Method.channelClose || method === Method.connectionClose) {
      const text = bytes.toString('utf8', offset + 7, offset + 7 + bytes[offset + 6]!)
      this.fail(new Error(`the broker closed with ${bytes.readUInt16BE(offset + 4)} ${text}`))
      return true
    }
    if (method === Method.basicCancel) this.fail(new Error('the broker cancelled the consumer'))
    return false
  }

  fail(failure: Error): void {
    if (this.closing) return
    this.closing = true
    this.#reject?.(failure)
    this.#onFailure(failure)
  }
}

async function handshake(socket: Socket, replies: Replies, url: URL): Promise<{ frameMax: number; product: string }> {
  socket.write(protocolHeader)
  const start = await replies.wait(Method.connectionStart)
  const user = decodeURIComponent(url.username || 'guest')
  const password = decodeURIComponent(url.password || 'guest')
  const startOk: Argument[] = [
    { long: Buffer.alloc(0) },
    { short: 'PLAIN' },
    { long: Buffer.from(`\0${user}\0${password}`) },
    { short: 'en_US' },
  ]
  socket.write(encodeMethod(0, Method.connectionStartOk, startOk))
  const tune = await replies.wait(Method.connectionTune)
  const channelMax = tune.readUInt16BE(4)
  const frameMax = Math.min(tune.readUInt32BE(6) || 131_072, 131_072)
  socket.write(encodeMethod(0, Method.connectionTuneOk, [{ u16: channelMax }, { u32: frameMax }, { u16: 0 }]))
  const vhost = url.pathname.length > 1 ? decodeURIComponent(url.pathname.slice(1)) : '/'
  socket.write(encodeMethod(0, Method.connectionOpen, [{ short: vhost }, { short: '' }, { u8: 0 }]))
  await replies.wait(Method.connectionOpenOk)
  return { frameMax, product: `${serverProperty(start, 'product')} ${serverProperty(start, 'version')}` }
}

/** A string of connection.start's table, found by its key's bytes: all brokers send longstr here. */
function serverProperty(start: Buffer, name: string): string {
  const key = Buffer.concat([Buffer.of(name.length), Buffer.from(name), Buffer.from('S')])
  const at = start.indexOf(key, propertiesOffset)
  if (at < 0) return '?'
  const from = at + key.length + 4
  return start.toString('utf8', from, from + start.readUInt32BE(from - 4))
}
