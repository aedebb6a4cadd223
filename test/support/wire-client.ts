import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { within } from './waiting.ts'
import { type MethodName, methodNamed, methodNumbered } from './wire-methods.ts'
import { encodeFields, FieldReader, type Fields, long, longlong, octet, short } from './wire-values.ts'

/** The eight bytes a client of AMQP 0-9-1 starts with. */
export const protocolHeader = Buffer.from('AMQP\x00\x00\x09\x01', 'latin1')

/** A frame as it came from the broker; `name` and `fields` are those of a method. */
export interface Frame {
  readonly type: number
  readonly channel: number
  readonly payload: Buffer
  readonly name: MethodName | undefined
  readonly fields: { readonly [name: string]: unknown }
}

/** The bytes of a frame. */
export function frame(type: number, channel: number, payload: Buffer): Buffer {
  return Buffer.concat([octet(type), short(channel), long(payload.length), payload, octet(0xce)])
}

/** The bytes of a method frame. */
export function method(channel: number, name: MethodName, fields: Fields = {}): Buffer {
  const shape = methodNamed(name)
  return frame(
    1,
    channel,
    Buffer.concat([short(shape.classId), short(shape.methodId), encodeFields(shape.fields, fields)]),
  )
}

/** The bytes of a content header frame; `properties` are flags and fields as on the wire. */
export function contentHeader(channel: number, size: bigint | number, properties: Buffer = short(0)): Buffer {
  return frame(2, channel, Buffer.concat([short(60), short(0), longlong(BigInt(size)), properties]))
}

/** The bytes of a content body frame. */
export function contentBody(channel: number, bytes: Buffer | string): Buffer {
  return frame(3, channel, Buffer.from(bytes))
}

/** Where and as whom a client connects. */
export interface Login {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly vhost: string
}

/** A client that says exactly what a test tells it to, and shows exactly what comes back. */
export class WireClient {
  readonly socket: Socket
  readonly #localPort: number
  #received: Buffer = Buffer.alloc(0)
  #ended = false
  #heartbeats = 0
  #wake: (() => void) | undefined

  private constructor(socket: Socket) {
    this.socket = socket
    this.#localPort = socket.localPort ?? 0
    socket.setNoDelay(true)
    const wake = () => this.#wake?.()
    socket.on('data', (bytes) => {
      this.#received = Buffer.concat([this.#received, bytes])
      wake()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#ended = true
      wake()
    })
  }

  /** Opens the socket and says nothing yet. */
  static async connect(login: Pick<Login, 'host' | 'port'>): Promise<WireClient> {
    const socket = connect({ host: login.host, port: login.port, allowHalfOpen: false })
    await once(socket, 'connect')
    return new WireClient(socket)
  }

  /** Speaks over a socket that is open: one with TLS. */
  static over(socket: Socket): WireClient {
    return new WireClient(socket)
  }

  write(...bytes: Buffer[]): void {
    this.socket.write(Buffer.concat(bytes))
  }

  send(channel: number, name: MethodName, fields: Fields = {}): void {
    this.write(method(channel, name, fields))
  }

  /** Publishes in one write: method, header, and the body unless it is empty. */
  publish(channel: number, fields: Fields, body: string | Buffer = '', properties?: Buffer): void {
    const bytes = Buffer.from(body)
    const content = bytes.length === 0 ? [] : [contentBody(channel, bytes)]
    this.write(method(channel, 'basic.publish', fields), contentHeader(channel, bytes.length, properties), ...content)
  }

  /** The next frame that is no heartbeat; fails when the broker closes the socket instead. */
  async next(): Promise<Frame> {
    const found = await within(this.#nextOrEnd(), 'a frame')
    if (found === undefined) throw new Error('the broker closed the socket where a frame was expected')
    return found
  }

  /** The next frame, which must be the method named. */
  async expect(name: MethodName): Promise<Frame> {
    const found = await this.next()
    if (found.name !== name) {
      throw new Error(
        `expected ${name}, got ${found.name ?? `frame type ${found.type}`} ${JSON.stringify(found.fields, plain)}`,
      )
    }
    return found
  }

  /** Sends a method and expects its answer. */
  async call(channel: number, name: MethodName, fields: Fields = {}): Promise<Frame> {
    this.send(channel, name, fields)
    return this.expect(`${name}-ok` as MethodName) // every method called this way has an answer of that name
  }

  /** The broker's `connection.close`, or undefined when it ends the connection without a word. */
  async ending(): Promise<Frame | undefined> {
    const found = await within(this.#nextOrEnd(), 'the connection to end')
    if (found !== undefined && found.name !== 'connection.close')
      throw new Error(`expected an ending, got ${found.name}`)
    return found
  }

  /** Resolves with whatever bytes the broker still sent, when it has closed the socket. */
  async closed(): Promise<Buffer> {
    await within(this.#whenEnded(), 'the socket to be closed')
    return this.#received
  }

  /** Heartbeats that came so far. */
  get heartbeats(): number {
    return this.#heartbeats
  }

  /** Bytes that came and were not read as frames yet. */
  get pendingBytes(): number {
    return this.#received.length
  }

  /** The port at this end, also when the socket is gone. */
  get localPort(): number {
    return this.#localPort
  }

  /** Writes and waits until the system has taken it. */
  flushed(bytes: Buffer): Promise<void> {
    return new Promise((resolve) => {
      this.socket.write(bytes, () => resolve())
    })
  }

  /** True once the broker closed the socket. */
  get ended(): boolean {
    return this.#ended
  }

  destroy(): void {
    this.socket.destroy()
  }

  async #whenEnded(): Promise<void> {
    while (!this.#ended) await this.#change()
  }

  async #nextOrEnd(): Promise<Frame | undefined> {
    for (;;) {
      const found = this.#cut()
      if (found !== undefined && found.type !== 8) return found
      if (found !== undefined) {
        this.#heartbeats += 1
        continue
      }
      if (this.#ended) return undefined
      await this.#change()
    }
  }

  #cut(): Frame | undefined {
    if (this.#received.length < 8) return undefined
    const end = 8 + this.#received.readUInt32BE(3)
    if (this.#received.length < end) return undefined
    const bytes = this.#received.subarray(0, end)
    this.#received = this.#received.subarray(end)
    return decode(bytes)
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}

function decode(bytes: Buffer): Frame {
  const type = bytes.readUInt8(0)
  const channel = bytes.readUInt16BE(1)
  const payload = bytes.subarray(7, -1)
  if (bytes.at(-1) !== 0xce) throw new Error('the broker sent a frame without its end octet')
  if (type !== 1) return { type, channel, payload, name: undefined, fields: {} }
  const shape = methodNumbered(payload.readUInt16BE(0), payload.readUInt16BE(2))
  return { type, channel, payload, name: shape.name, fields: new FieldReader(payload.subarray(4)).fields(shape.fields) }
}

function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value
}
