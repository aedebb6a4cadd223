import type { Duplex } from 'node:stream'
import type { Authenticator } from './broker/authenticator.ts'
import type { Broker } from './broker/broker.ts'
import type { ExchangeType } from './broker/exchange-type.ts'
import type { QueueType } from './broker/queue-type.ts'
import type { Logger } from './std/logger.ts'

/**
 * The one door for whatever is not the core: protocol heads, exchange types and, later, every
 * other extension point. Built-ins come in by it too.
 */
export interface Plugin<Settings = undefined> {
  readonly name: string
  readonly requires?: readonly string[]
  start(host: Host, settings: Settings): void | Promise<void>
}

export interface Host {
  readonly broker: Broker
  readonly logger: Logger
  /** Adds an extension; the host takes it back when the plug-in stops. */
  add<P extends keyof Extensions>(point: P, extension: Extensions[P]): void
  /** Runs when the broker stops, in reverse order of start. */
  onStop(dispose: () => void | Promise<void>): void
}

/** The extension points. */
export interface Extensions {
  protocol: Protocol
  exchangeType: ExchangeType
  queueType: QueueType
  authenticator: Authenticator
}

/** Both ends of an accepted socket, as text and as what loopback rules need. */
export interface SocketPeer {
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localAddress: string
  readonly localPort: number
  readonly loopback: boolean
  readonly tls: boolean
}

/** A protocol head. */
export interface Protocol {
  /** `amqp`, as in `listeners.tcp`. */
  readonly name: string
  /** Takes over an accepted stream; must never throw. */
  accept(stream: Duplex, peer: SocketPeer): void
  /** Ends every connection, saying `reason` where the protocol can; resolves when all are gone. */
  close(reason: string): Promise<void>
  /** Connections open now. */
  readonly connectionCount: number
}
