import type { SocketPeer } from '../../plugin.ts'
import type { Logger } from '../../std/logger.ts'
import { ConnectionEnding } from '../connection-ending.ts'

/** What is said in the log about one connection. */
export class ConnectionLog {
  #ending: ConnectionEnding | undefined
  readonly #logger: Logger
  readonly #peer: SocketPeer
  #clientIdentifier: string | undefined

  constructor(logger: Logger, peer: SocketPeer) {
    this.#logger = logger
    this.#peer = peer
  }

  /** `client:port -> server:port`. Made anew each time, as it is seldom asked for and longer than what it is made of. */
  get name(): string {
    const { remoteAddress, remotePort, localAddress, localPort } = this.#peer
    return `${remoteAddress}:${remotePort} -> ${localAddress}:${localPort}`
  }

  /** Made for the first who asks: none while the connection stands. */
  get ending(): ConnectionEnding {
    this.#ending ??= new ConnectionEnding()
    return this.#ending
  }

  get #who(): string {
    return this.#clientIdentifier === undefined ? '' : `, client ID: ${printable(this.#clientIdentifier)}`
  }

  opened(login: { readonly clientIdentifier: string; readonly user: string; readonly vhost: string }): void {
    const { clientIdentifier, user, vhost } = login
    this.#clientIdentifier = clientIdentifier
    this.#logger.info(
      `MQTT connection ${this.name}${this.#who}: user '${printable(user)}' authenticated and granted access to vhost '${printable(vhost)}'`,
    )
  }

  refused(reason: string): void {
    this.ending.because('broker', printable(reason))
    this.#logger.error(`MQTT connection ${this.name} refused: ${printable(reason)}`)
  }

  /** The client said that it goes. */
  left(): void {
    this.ending.because('client', 'DISCONNECT')
    this.#logger.info(`closing MQTT connection ${this.name}${this.#who}`)
  }

  closed(endedBy: 'broker' | 'network', reason: string): void {
    this.ending.because(endedBy, printable(reason))
    this.#logger.warning(`closing MQTT connection ${this.name}${this.#who}: ${printable(reason)}`)
  }

  /** A peer that came and went without a word, as health checks do. */
  silent(): void {
    this.#logger.debug(`closing MQTT connection ${this.name}: closed with no data received`)
  }

  /** Our own mistake, with the place where it happened. */
  bug(error: unknown): void {
    this.ending.because('broker', 'internal error')
    const shown = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.#logger.error(`Error on MQTT connection ${this.name}${this.#who}: ${shown}`)
  }
}

/** What comes from a peer must not forge lines of the log. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
  return text.replaceAll(/[\x00-\x1f\x7f]/g, '?').slice(0, 512)
}
