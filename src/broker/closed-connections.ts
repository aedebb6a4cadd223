/** Closed connections that are remembered. */
const KEPT_MAX = 500

/** Who ended a connection: the client said goodbye, the broker sent it away, or it just went. */
export type EndedBy = 'client' | 'broker' | 'network'

/** A connection that is no more, or that never came to be, and why. */
export interface ClosedConnection {
  /** `client:port -> server:port`. */
  readonly name: string
  readonly userProvidedName: string | undefined
  /** `AMQP 0-9-1`. */
  readonly protocol: string
  /** Undefined, as is the virtual host, for one that was refused. */
  readonly user: string | undefined
  readonly vhost: string | undefined
  readonly peerHost: string
  readonly peerPort: number
  readonly tls: boolean
  /** What the client says it is made of; empty where it says nothing. */
  readonly product: string
  readonly productVersion: string
  readonly platform: string
  /** Wall time in milliseconds; undefined for one that was refused. */
  readonly connectedAt: number | undefined
  readonly closedAt: number
  readonly bytesReceived: number
  readonly bytesSent: number
  readonly endedBy: EndedBy
  /** The text the client was told, where it was told one: `CONNECTION_FORCED - …`. */
  readonly reason: string
  /** The last errors on its channels. */
  readonly channelErrors: readonly string[]
}

/** The last connections that ended, of every protocol, newest first. */
export class ClosedConnections {
  #kept: ClosedConnection[] = []
  readonly #listeners = new Set<(closed: ClosedConnection) => void>()

  note(closed: ClosedConnection): void {
    this.#kept.push(closed)
    if (this.#kept.length >= 2 * KEPT_MAX) this.#kept = this.#kept.slice(-KEPT_MAX)
    for (const listener of this.#listeners) listener(closed)
  }

  *[Symbol.iterator](): Iterator<ClosedConnection> {
    const oldest = Math.max(0, this.#kept.length - KEPT_MAX)
    for (let at = this.#kept.length - 1; at >= oldest; at--) yield this.#kept[at]!
  }

  /** Answers how to stop listening. */
  listen(listener: (closed: ClosedConnection) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
