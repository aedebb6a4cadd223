import type { SocketPeer } from '../../plugin.ts'
import type { Logger } from '../../std/logger.ts'
import { ConnectionEnding } from '../connection-ending.ts'

/** What is said in the log about one connection. */
export class ConnectionLog {
  /** `client:port -> server:port`. */
  readonly name: string
  #ending: ConnectionEnding | undefined
  readonly #logger: Logger
  #who = ''

  constructor(logger: Logger, peer: SocketPeer) {
    this.#logger = logger
    this.name = `${peer.remoteAddress}:${peer.remotePort} -> ${peer.localAddress}:${peer.localPort}`
  }

  /** Made for the first who asks: none while the connection stands. */
  get ending(): ConnectionEnding {
    this.#ending ??= new ConnectionEnding()
    return this.#ending
  }

  opened(login: { readonly user: string; readonly vhost: string }): void {
    const { user, vhost } = login
    this.#who = `, user: ${printable(user)}`
    this.#logger.info(
      `STOMP connection ${this.name}: user '${printable(user)}' authenticated and granted access to vhost '${printable(vhost)}'`,
    )
  }

  refused(reason: string): void {
    this.ending.because('broker', printable(reason))
    this.#logger.error(`STOMP connection ${this.name} refused: ${printable(reason)}`)
  }

  /** The client said that it goes. */
  left(): void {
    this.ending.because('client', 'DISCONNECT')
    this.#logger.info(`closing STOMP connection ${this.name}${this.#who}`)
  }

  closed(endedBy: 'broker' | 'network', reason: string): void {
    this.ending.because(endedBy, printable(reason))
    this.#logger.warning(`closing STOMP connection ${this.name}${this.#who}: ${printable(reason)}`)
  }

  /** A peer that came and went without a word, as health checks do. */
  silent(): void {
    this.#logger.debug(`closing STOMP connection ${this.name}: closed with no data received`)
  }

  /** Our own mistake, with the place where it happened. */
  bug(error: unknown): void {
    this.ending.because('broker', 'internal error')
    const shown = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.#logger.error(`Error on STOMP connection ${this.name}${this.#who}: ${shown}`)
  }
}

/** What comes from a peer must not forge lines of the log. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
  return text.replaceAll(/[\x00-\x1f\x7f]/g, '?').slice(0, 512)
}
