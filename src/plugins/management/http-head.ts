import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import type { Host, Protocol, ProtocolConnection, SocketPeer } from '../../plugin.ts'
import type { OpenSurroundings } from './open-surroundings.ts'
import type { ManagementSettings } from './plugin.ts'
import { RequestPatience } from './request-patience.ts'

/** Serves the HTTP API on the streams its listeners accept. */
export class HttpHead implements Protocol {
  readonly name = 'http'
  readonly #host: Host
  readonly #settings: ManagementSettings
  readonly #streams = new Map<Duplex, SocketPeer>()
  readonly #patience: RequestPatience
  #surroundings: OpenSurroundings | undefined
  #application: Promise<FastifyInstance> | undefined

  constructor(host: Host, settings: ManagementSettings) {
    this.#host = host
    this.#settings = settings
    this.#patience = new RequestPatience(host.broker.clock)
  }

  get connectionCount(): number {
    return this.#streams.size
  }

  /** Requests are no connections to a virtual host. */
  connections(): Iterable<ProtocolConnection> {
    return []
  }

  accept(stream: Duplex, peer: SocketPeer): void {
    this.#streams.set(stream, peer)
    stream.once('close', () => this.#streams.delete(stream))
    stream.on('error', () => stream.destroy())
    this.#patience.onConnection(stream)
    this.#open().then(
      ({ server }) => server.emit('connection', stream),
      (error: unknown) => {
        this.#host.logger.error(`the HTTP API cannot be served: ${String(error)}`)
        stream.destroy()
      },
    )
  }

  async close(): Promise<void> {
    const application = await this.#application?.catch(() => undefined)
    this.#surroundings?.close()
    await application?.close()
    for (const stream of this.#streams.keys()) stream.destroy()
  }

  /** Loading the libraries takes longer than starting the rest of the broker: whoever asks first waits for them. */
  #open(): Promise<FastifyInstance> {
    this.#application ??= this.#load()
    return this.#application
  }

  async #load(): Promise<FastifyInstance> {
    const [{ makeWebApplication }, { addWebInterface }, { Api }, { allRoutes }, { openSurroundings }] =
      await Promise.all([
        import('./web-application.ts'),
        import('./web-interface.ts'),
        import('./api.ts'),
        import('./routes/all.ts'),
        import('./open-surroundings.ts'),
      ])
    const { broker, node, logger } = this.#host
    const onError = (error: Error, what: string) =>
      logger.error(`HTTP API: ${what} failed: ${error.stack ?? error.message}`)
    const app = makeWebApplication({ ...this.#settings, onError })
    const surroundings = openSurroundings(broker, node, { onError, oauth: this.#settings.security.oauth })
    this.#surroundings = surroundings
    const peerOf = (request: { readonly raw: IncomingMessage }) => this.#streams.get(request.raw.socket)!
    new Api({ broker, peerOf }).add(app, allRoutes(surroundings))
    addWebInterface(app, await this.#settings.webFiles(), this.#settings.pathPrefix)
    await app.ready()
    this.#patience.watch(app.server)
    this.#upgrade(app.server)
    return app
  }

  /** A Node.js that cannot tell one upgrade from another is given none to decide about. */
  #upgrade(server: Server & { shouldUpgradeCallback?: unknown }): void {
    if (server.shouldUpgradeCallback === undefined) return
    server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
      const peer = this.#streams.get(stream)
      const { upgrader } = this.#host
      this.#patience.release(stream)
      if (peer === undefined || upgrader === undefined) stream.destroy()
      else upgrader.upgrade(request, stream, head, peer)
    })
  }
}
