import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { within } from './waiting.ts'

/** A frame of a server. */
export interface ServerFrame {
  readonly opcode: number
  readonly payload: Buffer
}

const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='

/** What a browser would ask with. */
export function upgradeHeaders(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    Host: '127.0.0.1',
    Upgrade: 'websocket',
    Connection: 'keep-alive, Upgrade',
    'Sec-WebSocket-Key': KEY,
    'Sec-WebSocket-Version': '13',
    ...more,
  }
}

/** A client of WebSocket that writes bytes as it is told: requests and frames that no library would send. */
export class WebSocketWire {
  readonly #socket: Socket
  #bytes = Buffer.alloc(0)
  #ended = false
  #wake: (() => void) | undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk])
      this.#wake?.()
    })
    socket.on('close', () => {
      this.#ended = true
      this.#wake?.()
    })
    socket.on('error', () => {})
  }

  static async open(t: TestContext, port: number): Promise<WebSocketWire> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    t.after(() => socket.destroy())
    return new WebSocketWire(socket)
  }

  /** A request, with these headers and no others. */
  request(path: string, headers: Readonly<Record<string, string>>, method = 'GET'): void {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    this.raw(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`)
  }

  raw(bytes: string | Buffer): void {
    this.#socket.write(bytes)
  }

  /** A frame that goes without hiding: its mask is zero. */
  frame(first: number, payload: Buffer): void {
    const size = payload.length
    const length = size < 126 ? [0x80 | size] : [0xfe, size >> 8, size & 0xff]
    this.raw(Buffer.concat([Buffer.from([first, ...length, 0, 0, 0, 0]), payload]))
  }

  /** The head of the answer: status line and headers. */
  async answer(): Promise<string> {
    const end = await this.#until(() => {
      const at = this.#bytes.indexOf('\r\n\r\n')
      return at < 0 ? undefined : at + 4
    }, 'the head of an answer')
    return end === undefined ? '' : this.#take(end).toString()
  }

  /** The next frame of the server; undefined when it ended instead. */
  async next(): Promise<ServerFrame | undefined> {
    const end = await this.#until(() => {
      if (this.#bytes.length < 2) return undefined
      const short = this.#bytes[1]! & 0x7f
      const start = short === 126 ? 4 : 2
      if (this.#bytes.length < start) return undefined
      const size = short === 126 ? this.#bytes.readUInt16BE(2) : short
      return this.#bytes.length < start + size ? undefined : start + size
    }, 'a frame, or the end')
    if (end === undefined) return undefined
    const bytes = this.#take(end)
    return { opcode: bytes[0]! & 0x0f, payload: bytes.subarray((bytes[1]! & 0x7f) === 126 ? 4 : 2) }
  }

  /** The code of the close that comes next, after which the connection has to end. */
  async closeCode(): Promise<number | undefined> {
    const frame = await this.next()
    if (frame?.opcode !== 8) throw new Error(`no close: ${JSON.stringify(frame)}`)
    this.frame(0x88, frame.payload)
    if ((await this.next()) !== undefined) throw new Error('a frame behind the close')
    return frame.payload.length === 0 ? undefined : frame.payload.readUInt16BE(0)
  }

  #take(end: number): Buffer {
    const taken = this.#bytes.subarray(0, end)
    this.#bytes = this.#bytes.subarray(end)
    return taken
  }

  /** Undefined when the connection ended first. */
  #until(ask: () => number | undefined, what: string): Promise<number | undefined> {
    return within(
      (async () => {
        for (;;) {
          const found = ask()
          if (found !== undefined || this.#ended) return found
          await new Promise<void>((wake) => {
            this.#wake = wake
          })
        }
      })(),
      what,
    )
  }
}
