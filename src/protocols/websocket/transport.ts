import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Host, Protocol, ProtocolConnection, SocketPeer, Upgrader } from '../../plugin.ts'
import type { Timer } from '../../std/clock.ts'
import type { Logger } from '../../std/logger.ts'
import { CloseCode } from '../../wire/websocket/close-code.ts'
import type { Carried } from './carried.ts'
import type { WebSocketSettings } from './settings.ts'
import { type WebSocketKeeper, WebSocketStream } from './stream.ts'
import { acceptance, basicCredentials, judge, refusal, type UpgradeStatus } from './upgrade.ts'

/** Request line and headers. */
const HEAD_BYTES_MAX = 16_384

/** How often idle connections are looked for. */
const LOOK_MILLISECONDS = 1000

interface Pending {
  readonly peer: SocketPeer
  readonly timer: Timer
  readonly onClose: () => void
}

/**
 * WebSockets for a protocol that knows nothing of them: HTTP until the upgrade is granted, then a stream of bytes that
 * is handed to its head as any other.
 */
export class WebSocketTransport implements Protocol, Upgrader, WebSocketKeeper {
  readonly name: string
  readonly #host: Pick<Host, 'broker' | 'protocols'>
  readonly #logger: Logger
  readonly #carried: Carried
  readonly #settings: WebSocketSettings
  /** Connections whose request is not complete. */
  readonly #pending = new Map<Duplex, Pending>()
  readonly #open = new Set<WebSocketStream>()
  #server: Promise<Server> | undefined
  #timer: Timer | undefined
  #closing = false

  constructor(host: Pick<Host, 'broker' | 'logger' | 'protocols'>, carried: Carried, settings: WebSocketSettings) {
    this.name = carried.name
    this.#host = host
    this.#logger = host.logger.category('connection')
    this.#carried = carried
    this.#settings = settings
  }

  get connectionCount(): number {
    return this.#pending.size + this.#open.size
  }

  /** Those that have logged in are connections of the head. */
  connections(): Iterable<ProtocolConnection> {
    return []
  }

  accept(stream: Duplex, peer: SocketPeer): void {
    if (this.#closing || this.#isFull) {
      stream.destroy()
      return
    }
    const timer = this.#host.broker.clock.after(this.#settings.requestMilliseconds, () => {
      this.#logger.warning(`${this.#carried.title}: no request in time from ${describe(peer)}`)
      stream.destroy()
    })
    const onClose = () => this.#take(stream)
    this.#pending.set(stream, { peer, timer, onClose })
    stream.on('error', ignore).once('close', onClose)
    this.#serve().then(
      (server) => server.emit('connection', stream),
      (error: unknown) => {
        this.#logger.error(`${this.#carried.title} cannot be served: ${String(error)}`)
        stream.destroy()
      },
    )
  }

  /** Hands the stream to the head, or ends it with the status that says why not. */
  upgrade(request: IncomingMessage, stream: Duplex, head: Buffer, peer: SocketPeer): void {
    try {
      const answer = judge(request, this.#carried, this.#settings)
      if (!answer.accepted) return this.#refuse(stream, peer, answer)
      const target = this.#host.protocols.get(this.#carried.head)
      if (target === undefined || this.#closing || this.#isFull) {
        return this.#refuse(stream, peer, { status: 503, reason: 'no more connections are taken' })
      }
      const { headers } = request
      stream.write(acceptance(headers['sec-websocket-key']!, answer.subprotocol))
      const credentials = this.#settings.httpAuthentication ? basicCredentials(headers.authorization) : undefined
      const webSocket = this.#carry(stream)
      target.accept(webSocket, { ...peer, webSocket: true, ...(credentials === undefined ? {} : { credentials }) })
      webSocket.begin(head)
    } catch (error) {
      this.#logger.error(`accepting a WebSocket: ${(error as Error).stack}`)
      stream.destroy()
    }
  }

  onGone(webSocket: WebSocketStream): void {
    this.#open.delete(webSocket)
    if (this.#open.size > 0) return
    this.#timer?.cancel()
    this.#timer = undefined
  }

  /** Connections that were handed on are the head's to end. */
  async close(): Promise<void> {
    this.#closing = true
    for (const stream of [...this.#pending.keys()]) stream.destroy()
  }

  get #isFull(): boolean {
    const { connectionsMax } = this.#settings
    return connectionsMax !== undefined && this.#open.size >= connectionsMax
  }

  #carry(stream: Duplex): WebSocketStream {
    const { messageBytesMax, givesText, idleMilliseconds } = this.#settings
    const { takesText } = this.#carried
    const webSocket = new WebSocketStream(stream, { takesText, givesText, messageBytesMax }, this)
    this.#open.add(webSocket)
    if (idleMilliseconds !== undefined) {
      this.#timer ??= this.#host.broker.clock.every(LOOK_MILLISECONDS, () => this.#look(idleMilliseconds))
    }
    return webSocket
  }

  /** Loaded with the first connection. */
  #serve(): Promise<Server> {
    this.#server ??= import('node:http').then(({ createServer }) => {
      const server = createServer({ maxHeaderSize: HEAD_BYTES_MAX })
      server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
        const peer = this.#take(stream)
        if (peer === undefined) stream.destroy()
        else this.upgrade(request, stream, head, peer)
      })
      server.on('request', ({ url, headers, method, socket }) => {
        const answer = judge({ url, method, headers }, this.#carried, this.#settings)
        const peer = this.#take(socket)
        if (peer === undefined || answer.accepted) socket.destroy()
        else this.#refuse(socket, peer, answer)
      })
      server.on('clientError', (_error, stream) => {
        stream.end(refusal(400))
      })
      return server
    })
    return this.#server
  }

  #take(stream: Duplex): SocketPeer | undefined {
    const found = this.#pending.get(stream)
    if (found === undefined) return undefined
    found.timer.cancel()
    stream.off('close', found.onClose)
    this.#pending.delete(stream)
    return found.peer
  }

  #refuse(stream: Duplex, peer: SocketPeer, { status, reason }: { status: UpgradeStatus; reason: string }): void {
    this.#logger.warning(`${this.#carried.title}: refused a request from ${describe(peer)} with ${status}: ${reason}`)
    stream.on('error', ignore)
    // The rest of what it has to say is not listened to.
    stream.resume()
    stream.end(refusal(status), () => stream.destroy())
  }

  #look(idleMilliseconds: number): void {
    const now = this.#host.broker.clock.monotonic()
    for (const webSocket of this.#open) {
      if (webSocket.idleFor(now) >= idleMilliseconds) webSocket.closeFor(CloseCode.normal)
    }
  }
}

function describe({ remoteAddress, remotePort }: SocketPeer): string {
  return `${remoteAddress}:${remotePort}`
}

/** What a stream is ended by comes with its close. */
function ignore(): void {}
