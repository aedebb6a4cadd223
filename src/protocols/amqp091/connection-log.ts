import type { SocketPeer } from '../../plugin.ts'
import type { Logger } from '../../std/logger.ts'
import { ConnectionEnding } from '../connection-ending.ts'

/** What is said in the log about one connection: who it is, in the words RabbitMQ's users search for. */
export class ConnectionLog {
  /** `client:port -> server:port`. */
  readonly name: string
  #ending: ConnectionEnding | undefined
  readonly #logger: Logger
  /** Stands where RabbitMQ prints the process. */
  readonly #serial: number
  #clientName = ''
  #user: string | undefined
  #vhost: string | undefined

  constructor(logger: Logger, serial: number, peer: SocketPeer) {
    this.#logger = logger
    this.#serial = serial
    this.name = `${peer.remoteAddress}:${peer.remotePort} -> ${peer.localAddress}:${peer.localPort}`
  }

  /** Made for the first who asks: none while the connection stands. */
  get ending(): ConnectionEnding {
    this.#ending ??= new ConnectionEnding()
    return this.#ending
  }

  identify(user: string, clientName: string | undefined): void {
    this.#user = printable(user)
    if (clientName !== undefined) this.#clientName = ` - ${printable(clientName)}`
  }

  accepting(): void {
    this.#logger.info(`accepting AMQP connection ${this.name}`)
  }

  opened(vhost: string): void {
    this.#vhost = printable(vhost)
    this.#logger.info(
      `connection ${this.name}${this.#clientName}: user '${this.#user}' authenticated and granted access to vhost '${this.#vhost}'`,
    )
  }

  /** A connection that ended as it should; `said` is what the client gave for a reason. */
  closing(said: string): void {
    this.ending.because('client', said)
    this.#logger.info(`closing AMQP connection ${this.#who()}`)
  }

  /** One that ended by what its peer, or the network, did. */
  closingBecause(reason: string): void {
    this.ending.because('network', reason)
    this.#logger.warning(`closing AMQP connection ${this.#who()}: ${reason}`)
  }

  failedHeartbeat(seconds: number): void {
    const reason = `missed heartbeats from client, timeout: ${seconds}s`
    this.ending.because('broker', reason)
    this.#logger.error(`closing AMQP connection ${this.#who()}: ${reason}`)
  }

  /** A peer that came and went without a word, as health checks do. */
  silent(): void {
    this.#logger.debug(`closing AMQP connection ${this.#who()}: closed with no data received`)
  }

  /** An error told to the client, or for which it was sent away. */
  error(state: string, reason: string): void {
    this.ending.because('broker', printable(reason))
    this.#logger.error(`Error on AMQP connection ${this.#who(state)}: ${printable(reason)}`)
  }

  channelError(channel: number, reason: string): void {
    this.ending.channelError(channel, printable(reason))
    this.#logger.error(`Channel error on connection ${this.#who()}, channel ${channel}: ${printable(reason)}`)
  }

  /** Our own mistake, with the place where it happened. */
  bug(error: unknown): void {
    this.ending.because('broker', 'INTERNAL_ERROR')
    const shown = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.#logger.error(`Error on AMQP connection ${this.#who()}: INTERNAL_ERROR: ${shown}`)
  }

  #who(state?: string): string {
    let text = `<0.${this.#serial}.0> (${this.name}${this.#clientName}`
    if (this.#vhost !== undefined) text += `, vhost: '${this.#vhost}'`
    if (this.#user !== undefined) text += `, user: '${this.#user}'`
    if (state !== undefined) text += `, state: ${state}`
    return `${text})`
  }
}

/** What comes from a peer must not forge lines of the log. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
  return text.replaceAll(/[\x00-\x1f\x7f]/g, '?').slice(0, 512)
}
