import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { gzip } from 'node:zlib'
import { Fault } from '../../broker/fault.ts'
import { hasLevel } from '../../broker/user.ts'
import type { Host, Protocol, ProtocolConnection, SocketPeer } from '../../plugin.ts'
import type { Timer } from '../../std/clock.ts'
import { Collection } from './collection.ts'
import type { PrometheusSettings } from './plugin.ts'

/** How long a connection may stay without a request. */
const PATIENCE_MILLISECONDS = 75_000

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** Serves metrics on the streams its listeners accept. */
export class MetricsHead implements Protocol {
  readonly name = 'http/prometheus'
  readonly #host: Host
  readonly #settings: PrometheusSettings
  readonly #collection: Collection
  readonly #streams = new Map<Duplex, { readonly peer: SocketPeer; patience: Timer }>()
  #server: Server | undefined

  constructor(host: Host, settings: PrometheusSettings) {
    this.#host = host
    this.#settings = settings
    this.#collection = new Collection({ broker: host.broker, node: host.node }, settings.unsummedQueues)
  }

  get connectionCount(): number {
    return this.#streams.size
  }

  /** Requests are no connections to a virtual host. */
  connections(): Iterable<ProtocolConnection> {
    return []
  }

  accept(stream: Duplex, peer: SocketPeer): void {
    this.#streams.set(stream, { peer, patience: this.#patience(stream) })
    stream.once('close', () => {
      this.#streams.get(stream)?.patience.cancel()
      this.#streams.delete(stream)
    })
    stream.on('error', () => stream.destroy())
    this.#served().emit('connection', stream)
  }

  /**
   * Made for the first connection, and not imported: as an ES module `node:http` brings all of `fetch` with it, which is a
   * good part of a start.
   */
  #served(): Server {
    // biome-ignore lint/style/noRestrictedGlobals: the only way to a built-in module without importing it
    const { createServer } = process.getBuiltinModule('node:http')
    this.#server ??= createServer((request, response) => void this.#serve(request, response))
    return this.#server
  }

  async close(): Promise<void> {
    this.#collection.close()
    for (const stream of [...this.#streams.keys()]) stream.destroy()
  }

  #patience(stream: Duplex): Timer {
    return this.#host.broker.clock.after(PATIENCE_MILLISECONDS, () => stream.destroy())
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const known = this.#streams.get(request.socket)
    if (known === undefined) return void response.destroy()
    known.patience.cancel()
    known.patience = this.#patience(request.socket)
    // Nothing that comes behind the head is looked at.
    request.resume()
    try {
      if (request.method !== 'GET' && request.method !== 'HEAD') return end(response, 405)
      if (this.#settings.authenticates && !(await this.#isAdmitted(request, known.peer))) {
        response.setHeader('www-authenticate', 'Basic realm="RabbitMQ Prometheus"')
        return end(response, 401)
      }
      const text = this.#answer(new URL(request.url ?? '/', 'http://localhost'))
      if (text === undefined) return end(response, 404)
      response.setHeader('content-type', CONTENT_TYPE)
      if (!/\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))) return end(response, 200, text)
      response.setHeader('content-encoding', 'gzip')
      end(response, 200, await zipped(text))
    } catch (error) {
      this.#host.logger.error(`metrics cannot be served: ${(error as Error).stack}`)
      end(response, 500)
    }
  }

  /** Undefined where nothing is served. */
  #answer({ pathname, searchParams }: URL): string | undefined {
    const { path, perObject } = this.#settings
    switch (pathname.replace(/\/+$/, '')) {
      case path:
        return perObject ? this.#collection.perObject() : this.#collection.aggregated()
      case `${path}/per-object`:
        return this.#collection.perObject()
      case `${path}/memory-breakdown`:
        return this.#collection.memory()
      case `${path}/detailed`:
        return this.#collection.detailed({
          families: new Set(searchParams.getAll('family')),
          vhosts: new Set(searchParams.getAll('vhost')),
          queues: new Set(searchParams.getAll('queue')),
        })
      default:
        return undefined
    }
  }

  async #isAdmitted({ headers }: IncomingMessage, peer: SocketPeer): Promise<boolean> {
    const [, encoded = ''] = /^Basic ([\w+/=-]+)$/i.exec(headers.authorization ?? '') ?? []
    const text = Buffer.from(encoded, 'base64').toString('utf8')
    const colon = text.indexOf(':')
    if (colon < 0) return false
    const from = {
      address: `${peer.remoteAddress}:${peer.remotePort}`,
      ip: peer.remoteAddress,
      loopback: peer.loopback,
    }
    const login = { user: text.slice(0, colon), password: text.slice(colon + 1), peer: from }
    try {
      const user = await this.#host.broker.authenticate({ ...login, context: { protocol: 'http' } })
      return hasLevel(user, 'monitoring')
    } catch (error) {
      if (error instanceof Fault) return false
      throw error
    }
  }
}

function end(response: ServerResponse, status: number, body?: string | Buffer): void {
  response.statusCode = status
  response.end(body)
}

function zipped(text: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    gzip(text, { level: 4 }, (error, bytes) => (error === null ? resolve(bytes) : reject(error)))
  })
}
