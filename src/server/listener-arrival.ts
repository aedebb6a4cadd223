import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { SocketPeer } from '../plugin.ts'
import type { Clock, Timer } from '../std/clock.ts'
import type { Logger } from '../std/logger.ts'
import type { ProxyHeader } from '../wire/proxy/header.ts'
import { describePeer, writeAddress } from './listener-peer.ts'
import { readProxyHeader, type TrustedProxies } from './listener-proxy.ts'
import type { TlsDoor } from './listener-tls.ts'

/** What a connection goes through before its protocol sees it. */
export interface ArrivalOptions {
  /** Whose PROXY headers count, where every connection has to begin with one. */
  readonly proxies: TrustedProxies | undefined
  readonly tls: TlsDoor | undefined
  readonly proxyMilliseconds: number
  readonly tlsMilliseconds: number
  readonly pending: PendingArrivals
  readonly clock: Clock
  readonly logger: Logger
  accept(stream: Duplex, peer: SocketPeer): void
}

/** How many connections are in front of their protocol, over all listeners. */
export class PendingArrivals {
  readonly #max: number
  #count = 0
  #refused = 0

  constructor(max: number) {
    this.#max = max
  }

  get count(): number {
    return this.#count
  }

  /** Counts one in; false when there are too many. */
  enter(): boolean {
    if (this.#count >= this.#max) {
      this.#refused++
      return false
    }
    this.#count++
    return true
  }

  leave(): void {
    this.#count--
  }

  /** The first refusal of a row, and then ever fewer of them, are worth a line in the log. */
  get isWorthTelling(): boolean {
    return Number.isInteger(Math.log2(this.#refused))
  }
}

/** One connection on its way: PROXY header, TLS handshake, each within its time. */
export class Arrival {
  readonly #socket: Socket
  readonly #options: ArrivalOptions
  readonly #onGone: (arrival: Arrival) => void
  #timer: Timer | undefined
  #over = false

  constructor(socket: Socket, options: ArrivalOptions, onGone: (arrival: Arrival) => void) {
    this.#socket = socket
    this.#options = options
    this.#onGone = onGone
  }

  start(): void {
    this.#socket.on('close', this.#leave)
    this.#socket.on('error', noOperation)
    const { proxies } = this.#options
    if (proxies === undefined) this.#secure(undefined)
    else this.#readHeader(proxies)
  }

  /** Gives it up. */
  destroy(): void {
    this.#leave()
    this.#socket.destroy()
  }

  #readHeader(proxies: TrustedProxies): void {
    const { remoteAddress } = this.#socket
    if (remoteAddress === undefined) return this.destroy()
    if (!proxies.includes(remoteAddress)) return this.#refuse('it is no proxy that is trusted (lapine.trusted_proxies)')
    this.#limit(this.#options.proxyMilliseconds, 'PROXY protocol header')
    readProxyHeader(
      this.#socket,
      (header) => this.#secure(header),
      (reason) => this.#refuse(`not a PROXY protocol header: ${reason}`),
    )
  }

  #secure(header: ProxyHeader | undefined): void {
    const { tls } = this.#options
    const peer = describePeer(this.#socket, header)
    if (peer === undefined) return this.destroy()
    if (tls === undefined) return this.#arrive(this.#socket, peer)
    this.#limit(this.#options.tlsMilliseconds, 'TLS handshake')
    tls.open(this.#socket, {
      done: (stream, session) => this.#arrive(stream, { ...peer, tls: session }),
      failed: (reason) => this.#onFailedHandshake(peer, reason),
    })
  }

  #arrive(stream: Duplex, peer: SocketPeer): void {
    if (this.#over) return
    this.#leave()
    this.#options.accept(stream, peer)
  }

  /** Whoever only looks whether the port is open says nothing, and is not worth a warning. */
  #onFailedHandshake(peer: SocketPeer, reason: string): void {
    const text = `TLS handshake with ${writeAddress(peer.remoteAddress, peer.remotePort)} failed: ${reason}`
    if (reason === 'ECONNRESET') this.#options.logger.debug(text)
    else this.#options.logger.warning(text)
    this.#leave()
  }

  #limit(milliseconds: number, what: string): void {
    this.#timer?.cancel()
    this.#timer = this.#options.clock.after(milliseconds, () => this.#refuse(`no ${what} within ${milliseconds} ms`))
  }

  #refuse(reason: string): void {
    const { remoteAddress = 'an unknown address', remotePort = 0 } = this.#socket
    this.#options.logger.warning(`closed a connection from ${writeAddress(remoteAddress, remotePort)}: ${reason}`)
    this.destroy()
  }

  readonly #leave = (): void => {
    if (this.#over) return
    this.#over = true
    this.#timer?.cancel()
    this.#socket.off('close', this.#leave)
    this.#onGone(this)
  }
}

/** Errors of a socket come before its end, which is what counts. */
function noOperation(): void {}
