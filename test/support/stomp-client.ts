import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import type { TestBroker } from './broker.ts'
import { Lapine } from './lapine.ts'
import { within } from './waiting.ts'

/** A frame as it came. */
export interface Frame {
  readonly command: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Where the broker under test speaks STOMP: Lapine's own port, or `STOMP_PORT` beside `BROKER_URL`. */
export function stompPort(broker: TestBroker): number {
  const { running } = broker
  return running instanceof Lapine ? running.stompPort : Number(process.env.STOMP_PORT ?? 61613)
}

/** A client of STOMP that writes frames as it is told, and reads them by itself. */
export class StompClient {
  readonly #socket: Socket
  readonly #frames: Frame[] = []
  #bytes: Buffer = Buffer.alloc(0)
  #wake: (() => void) | undefined
  /** Ends of line between frames, beyond the one behind each. */
  heartBeats = 0
  ended = false
  session = ''

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

  /** Frames that have come and were not asked for. */
  get pending(): number {
    return this.#frames.length
  }

  static async open(t: TestContext, port: number): Promise<StompClient> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    t.after(() => socket.destroy())
    return new StompClient(socket)
  }

  /** Opens and logs in as guest. */
  static async login(t: TestContext, port: number, headers: Record<string, string> = {}): Promise<StompClient> {
    const client = await StompClient.open(t, port)
    const all = { 'accept-version': '1.2', host: '/', login: 'guest', passcode: 'guest', ...headers }
    client.send('CONNECT', all)
    const answer = await client.next()
    if (answer?.command !== 'CONNECTED') throw new Error(`not connected: ${JSON.stringify(answer)}`)
    client.session = answer.headers.session ?? ''
    return client
  }

  /** Names and values are written as they are. */
  send(command: string, headers: Readonly<Record<string, string>> = {}, body = ''): void {
    const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`)
    this.raw(`${command}\n${lines.join('')}\n${body}\0`)
  }

  raw(bytes: string | Buffer): void {
    this.#socket.write(bytes)
  }

  /** Sends a frame with a receipt, and waits for that; answers what came before it. */
  async done(command: string, headers: Readonly<Record<string, string>> = {}, body = ''): Promise<Frame[]> {
    this.send(command, { ...headers, receipt: 'done' }, body)
    const before: Frame[] = []
    for (let frame = await this.next(); frame?.command !== 'RECEIPT'; frame = await this.next()) {
      if (frame === undefined || frame.command === 'ERROR') {
        throw new Error(`no receipt for ${command}: ${JSON.stringify(frame)}`)
      }
      before.push(frame)
    }
    return before
  }

  /** The next frame; undefined when the server ended the connection instead. */
  async next(): Promise<Frame | undefined> {
    await within(
      (async () => {
        while (this.#frames.length === 0 && !this.ended) {
          await new Promise<void>((wake) => {
            this.#wake = wake
          })
        }
      })(),
      'a frame, or the end',
    )
    return this.#frames.shift()
  }

  /** The next frame, which has to be a MESSAGE. */
  async message(): Promise<Frame> {
    const frame = await this.next()
    if (frame?.command !== 'MESSAGE') throw new Error(`no message: ${JSON.stringify(frame)}`)
    return frame
  }

  /** The ERROR that comes next, as `message: body`, after which the connection has to end. */
  async refusal(): Promise<string> {
    const frame = await this.next()
    if (frame?.command !== 'ERROR') throw new Error(`no error: ${JSON.stringify(frame)}`)
    const after = await this.next()
    if (after !== undefined) throw new Error(`after an error: ${JSON.stringify(after)}`)
    return `${frame.headers.message}: ${frame.body}`
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #cut(): void {
    for (;;) {
      while (this.#bytes[0] === 0x0a) {
        this.#bytes = this.#bytes.subarray(1)
        this.heartBeats++
      }
      const head = this.#bytes.indexOf('\n\n')
      if (head < 0) return
      const [command = '', ...lines] = this.#bytes.toString('utf8', 0, head).split('\n')
      const headers: Record<string, string> = {}
      for (const line of lines) {
        const name = line.slice(0, line.indexOf(':'))
        headers[name] ??= line.slice(name.length + 1)
      }
      const start = head + 2
      const length = headers['content-length']
      const end = length === undefined ? this.#bytes.indexOf(0, start) : start + Number(length)
      if (end < 0 || end >= this.#bytes.length) return
      this.#frames.push({ command, headers, body: this.#bytes.toString('utf8', start, end) })
      this.#bytes = this.#bytes.subarray(end + 1)
      this.heartBeats--
    }
  }
}
