import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { packetTypes } from '../../src/wire/mqtt/packet-type.ts'
import { within } from './waiting.ts'

/** One packet of a server: its type, its flags, and what follows its length, as hexadecimal. */
export interface WirePacket {
  readonly type: string
  readonly flags: number
  readonly body: string
}

/** A client of MQTT that sends the bytes it is told to, for what no library does. */
export class MqttWire {
  readonly #socket: Socket
  readonly #packets: WirePacket[] = []
  #bytes: Buffer = Buffer.alloc(0)
  #wake: (() => void) | undefined
  ended = false

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk])
      this.#cut()
      this.#wake?.()
    })
    socket.on('close', () => {
      this.ended = true
      this.#wake?.()
    })
    socket.on('error', () => {})
  }

  static async open(t: TestContext, url: string): Promise<MqttWire> {
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname)
    await once(socket, 'connect')
    t.after(() => socket.destroy())
    return new MqttWire(socket)
  }

  /** Connects with MQTT 5, a clean start and these properties (hexadecimal); answers when CONNACK has come. */
  static async login(t: TestContext, url: string, options: { properties?: string; id?: string; flags?: string } = {}) {
    const { properties = '', id = '', flags = '02' } = options
    const client = await MqttWire.open(t, url)
    const size = (properties.length / 2).toString(16).padStart(2, '0')
    client.send('10', text('MQTT'), '05', flags, '0000', size, properties, text(id))
    await client.next()
    return client
  }

  /** A packet: its first byte, and what follows its length. */
  send(first: string, ...parts: string[]): void {
    const body = Buffer.from(parts.join(''), 'hex')
    const size: number[] = []
    let rest = body.length
    do {
      size.push(rest >= 128 ? (rest % 128) | 0x80 : rest)
      rest = Math.floor(rest / 128)
    } while (rest > 0)
    this.#socket.write(Buffer.concat([Buffer.from(first, 'hex'), Buffer.from(size), body]))
  }

  /** Bytes that are no packet. */
  raw(hex: string): void {
    this.#socket.write(Buffer.from(hex, 'hex'))
  }

  /** The next packet; undefined when the server ended the connection instead. */
  async next(): Promise<WirePacket | undefined> {
    await within(
      (async () => {
        while (this.#packets.length === 0 && !this.ended) {
          await new Promise<void>((wake) => {
            this.#wake = wake
          })
        }
      })(),
      'a packet, or the end',
    )
    return this.#packets.shift()
  }

  /** All packets that come until the answer to a PINGREQ. */
  async settled(): Promise<WirePacket[]> {
    this.send('c0')
    const found: WirePacket[] = []
    for (
      let packet = await this.next();
      packet !== undefined && packet.type !== 'pingresp';
      packet = await this.next()
    ) {
      found.push(packet)
    }
    return found
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #cut(): void {
    for (;;) {
      let size = 0
      let at = 1
      for (; ; at++) {
        const byte = this.#bytes[at]
        if (byte === undefined) return
        size += (byte & 0x7f) * 128 ** (at - 1)
        if (byte < 0x80) break
      }
      const end = at + 1 + size
      if (this.#bytes.length < end) return
      const first = this.#bytes[0]!
      const body = this.#bytes.toString('hex', at + 1, end)
      this.#packets.push({ type: packetTypes[first >> 4]!, flags: first & 0xf, body })
      this.#bytes = this.#bytes.subarray(end)
    }
  }
}

/** A text with its length, as hexadecimal. */
export function text(value: string): string {
  const bytes = Buffer.from(value)
  return Buffer.concat([Buffer.of(bytes.length >> 8, bytes.length & 0xff), bytes]).toString('hex')
}
