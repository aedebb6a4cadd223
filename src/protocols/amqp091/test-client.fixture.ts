import type { Duplex } from 'node:stream'
import { longString } from '../../std/table.ts'
import { FrameDecoder } from '../../wire/amqp091/frame.ts'
import { decodeMethod, type Method } from '../../wire/amqp091/methods.gen.ts'
import { amqp091Header } from '../../wire/amqp091/protocol-header.ts'
import { FrameWriter } from '../../wire/amqp091/writer.ts'

/** A frame as it came to the client. */
export interface ReceivedFrame {
  readonly type: number
  readonly channel: number
  readonly payload: Buffer
  readonly method: Method | undefined
}

/** A client on the other end of an in-memory stream; `settle` lets the head do what is at hand. */
export class TestClient {
  readonly frames: ReceivedFrame[] = []
  ended = false
  readonly stream: Duplex
  readonly #settle: () => Promise<void>
  readonly #decoder = new FrameDecoder(200_000)
  readonly #writer = new FrameWriter()

  constructor(stream: Duplex, settle: () => Promise<void>) {
    this.stream = stream
    this.#settle = settle
    stream.on('data', (chunk: Buffer) => {
      if (chunk.subarray(0, 4).equals(amqp091Header.subarray(0, 4))) return
      this.#decoder.push(chunk, 0, chunk.length, this)
    })
    for (const event of ['end', 'close', 'error']) {
      stream.on(event, () => {
        this.ended = true
      })
    }
  }

  onFrame(type: number, channel: number, buffer: Buffer, start: number, end: number): void {
    const payload = Buffer.from(buffer.subarray(start, end))
    const method = type === 1 ? decodeMethod(payload, 0, payload.length) : undefined
    this.frames.push({ type, channel, payload, method })
  }

  /** The methods that came since the last call. */
  taken(): Method[] {
    return this.frames.splice(0).flatMap(({ method }) => (method === undefined ? [] : [method]))
  }

  write(bytes: Buffer): void {
    this.stream.write(bytes)
  }

  /** The bytes of a method frame. */
  bytes(channel: number, method: Method): Buffer {
    this.#writer.method(channel, method)
    return Buffer.concat(this.#writer.take())
  }

  /** The bytes of a whole publish. */
  publishBytes(
    channel: number,
    options: { key?: string; body?: Buffer; mandatory?: boolean; frameMax?: number },
  ): Buffer {
    const { key = 'q', body = Buffer.from('hi'), mandatory = false, frameMax = 131072 } = options
    this.#writer.method(channel, { name: 'basic.publish', exchange: '', routingKey: key, mandatory, immediate: false })
    this.#writer.contentHeader(channel, 60, body.length, Buffer.alloc(2), 0, 2)
    this.#writer.body(channel, body, 0, body.length, frameMax)
    return Buffer.concat(this.#writer.take())
  }

  /** Sends a method and lets the head answer; answers what came. */
  async call(channel: number, method: Method): Promise<Method[]> {
    this.write(this.bytes(channel, method))
    await this.#settle()
    return this.taken()
  }

  async publish(channel: number, options: Parameters<TestClient['publishBytes']>[1] = {}): Promise<Method[]> {
    this.write(this.publishBytes(channel, options))
    await this.#settle()
    return this.taken()
  }
}

/** What a client says of itself. */
export interface LoginOptions {
  readonly capabilities?: readonly string[]
  readonly heartbeat?: number
  readonly frameMax?: number
  readonly password?: string
  readonly name?: string
}

/** All that a client says until channel 1 is open. */
export function loginBytes(client: TestClient, options: LoginOptions = {}): Buffer[] {
  const { capabilities = [], heartbeat = 0, frameMax = 131072, password = 'guest', name } = options
  const table = capabilities.map((name) => [name, { tag: 't', value: true }] as const)
  return [
    amqp091Header,
    client.bytes(0, {
      name: 'connection.start-ok',
      clientProperties: [
        ['capabilities', { tag: 'F', value: table }],
        ...(name === undefined ? [] : [['connection_name', longString(name)] as const]),
      ],
      mechanism: 'PLAIN',
      response: Buffer.from(`\0guest\0${password}`),
      locale: 'en_US',
    }),
    client.bytes(0, { name: 'connection.tune-ok', channelMax: 2047, frameMax, heartbeat }),
    client.bytes(0, { name: 'connection.open', virtualHost: '/' }),
    client.bytes(1, { name: 'channel.open' }),
  ]
}
