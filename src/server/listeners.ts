import { createServer, type Server, type Socket } from 'node:net'
import type { Protocol } from '../plugin.ts'
import type { ListenAddress } from './conf-value.ts'
import { DirectSockets } from './direct-socket.ts'
import { Arrival, type ArrivalOptions } from './listener-arrival.ts'
import { describePeer, writeAddress } from './listener-peer.ts'
import type { SocketSettings } from './listener-settings.ts'
import { ExitCode, StartRefusal } from './start-refusal.ts'

/** A bound socket that hands what it accepts to a protocol. */
export interface Listener {
  readonly protocol: string
  readonly tls: boolean
  readonly host: string
  readonly port: number
  /** Accepts no more, until resumed; connections already accepted live on. */
  suspend(): Promise<void>
  resume(): Promise<void>
  /** Accepts no more; connections already accepted live on. */
  close(): Promise<void>
}

export interface ListenerOptions extends Omit<ArrivalOptions, 'accept'> {
  readonly address: ListenAddress
  readonly protocol: Protocol
  readonly socket: SocketSettings
}

/** Binds an address. Throws a StartRefusal in one sentence when it cannot. */
export async function openListener(options: ListenerOptions): Promise<Listener> {
  const { protocol, logger, socket, tls } = options
  const reception = new Reception(options)
  const { noDelay, keepAlive, backlog } = socket
  const server = createServer({ noDelay, keepAlive }, (accepted) => reception.receive(accepted))
  await listen(server, options.address, backlog)
  server.on('error', (error) => logger.error(`accepting ${protocol.name} connections: ${error.message}`))
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('a TCP server has an address and a port')
  const name = `${tls === undefined ? 'TCP' : 'TLS (SSL)'} listener on ${writeAddress(bound.address, bound.port)}`
  logger.info(`started ${name}`)
  return {
    protocol: protocol.name,
    tls: tls !== undefined,
    host: bound.address,
    port: bound.port,
    suspend: async () => {
      if (server.listening) server.close()
    },
    resume: async () => {
      if (!server.listening) await listen(server, { host: bound.address, port: bound.port }, backlog)
    },
    close: async () => {
      // `close` also waits for the connections to end; the protocol closes those.
      if (server.listening) server.close()
      server.unref()
      reception.close()
      logger.info(`stopped ${name}`)
    },
  }
}

/** Where accepted sockets are until their protocol takes them over. */
class Reception {
  readonly #options: ArrivalOptions
  readonly #arrivals = new Set<Arrival>()
  readonly #isDirect: boolean
  readonly #directSockets: DirectSockets | undefined

  constructor(options: ListenerOptions) {
    this.#options = { ...options, accept: (stream, peer) => options.protocol.accept(stream, peer) }
    this.#isDirect = options.proxies === undefined && options.tls === undefined
    if (this.#isDirect && options.protocol.readsBytes === true) this.#directSockets = new DirectSockets()
  }

  receive(socket: Socket): void {
    if (!this.#isDirect) return this.#await(socket)
    const peer = describePeer(socket, undefined)
    // A peer that is gone by now has no address any more, and nobody to answer.
    if (peer === undefined) socket.destroy()
    else this.#options.accept(this.#directSockets?.from(socket) ?? socket, peer)
  }

  close(): void {
    for (const arrival of [...this.#arrivals]) arrival.destroy()
  }

  #await(socket: Socket): void {
    const { pending, logger } = this.#options
    if (!pending.enter()) {
      socket.destroy()
      if (pending.isWorthTelling) {
        logger.warning(`${pending.count} connections are at their handshake: further ones are closed`)
      }
      return
    }
    const arrival = new Arrival(socket, this.#options, this.#onGone)
    this.#arrivals.add(arrival)
    arrival.start()
  }

  readonly #onGone = (arrival: Arrival): void => {
    this.#arrivals.delete(arrival)
    this.#options.pending.leave()
  }
}

function listen(server: Server, address: ListenAddress, backlog: number): Promise<void> {
  const { host, port } = address
  return new Promise((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException): void => reject(explain(error, address))
    server.once('error', refuse)
    server.listen({ port, backlog, ...(host === undefined ? {} : { host }) }, () => {
      server.off('error', refuse)
      resolve()
    })
  })
}

function explain(error: NodeJS.ErrnoException, { host, port }: ListenAddress): StartRefusal {
  const where = host === undefined ? `port ${port}` : `port ${port} on ${host}`
  switch (error.code) {
    case 'EADDRINUSE':
      return new StartRefusal(ExitCode.unavailable, `${where} is in use by another program`, { cause: error })
    case 'EACCES':
      return new StartRefusal(ExitCode.unavailable, `this user may not listen on ${where}`, { cause: error })
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new StartRefusal(ExitCode.config, `${host} is not an address of this machine`, { cause: error })
    default:
      return new StartRefusal(ExitCode.unavailable, `cannot listen on ${where}: ${error.message}`, { cause: error })
  }
}
