import type { Broker } from '../broker/broker.ts'
import type { ClosedConnection, EndedBy } from '../broker/closed-connections.ts'
import type { ProtocolConnection, SocketPeer } from '../plugin.ts'
import { tableGet } from '../std/table.ts'

/** Errors of channels that are kept of one connection. */
const CHANNEL_ERRORS_MAX = 10

/** What comes from a client is kept so long. */
const CHARACTERS_MAX = 512

/** Why a connection comes to its end, gathered while it does; the first cause is the one that counts. */
export class ConnectionEnding {
  #cause: { readonly endedBy: EndedBy; readonly reason: string } | undefined
  readonly #channelErrors: string[] = []

  because(endedBy: EndedBy, reason: string): void {
    this.#cause ??= { endedBy, reason: shortened(reason) }
  }

  channelError(channel: number, reason: string): void {
    this.#channelErrors.push(shortened(`channel ${channel}: ${reason}`))
    if (this.#channelErrors.length > CHANNEL_ERRORS_MAX) this.#channelErrors.shift()
  }

  /** It is gone: the broker remembers it. */
  note(broker: Broker, connection: ProtocolConnection): void {
    // Decoded at each look.
    const { clientProperties } = connection
    const property = (name: string) => {
      const value = tableGet(clientProperties, name)
      return value?.tag === 'S' ? shortened(value.value.toString()) : ''
    }
    const { userProvidedName } = connection
    broker.closedConnections.note({
      ...this.#about(broker, connection.name, connection.peer),
      userProvidedName: userProvidedName === undefined ? undefined : shortened(userProvidedName),
      protocol: connection.protocol,
      user: connection.user,
      vhost: connection.vhost,
      product: property('product'),
      productVersion: property('version'),
      platform: property('platform'),
      connectedAt: connection.connectedAt,
      bytesReceived: connection.bytesReceived,
      bytesSent: connection.bytesSent,
    })
  }

  /** It is gone before it was open; of one that came and went without a word nothing is remembered. */
  noteRefused(broker: Broker, peer: SocketPeer, connection: Pick<ClosedConnection, 'name' | 'protocol'>): void {
    if (this.#cause === undefined) return
    broker.closedConnections.note({
      ...this.#about(broker, connection.name, peer),
      protocol: connection.protocol,
      ...{ userProvidedName: undefined, user: undefined, vhost: undefined, connectedAt: undefined },
      ...{ product: '', productVersion: '', platform: '', bytesReceived: 0, bytesSent: 0 },
    })
  }

  #about({ clock }: Broker, name: string, { remoteAddress, remotePort, tls }: SocketPeer) {
    return {
      name,
      peerHost: remoteAddress,
      peerPort: remotePort,
      tls: tls !== undefined,
      closedAt: clock.now(),
      ...(this.#cause ?? { endedBy: 'broker' as const, reason: 'the broker stops' }),
      channelErrors: this.#channelErrors,
    }
  }
}

function shortened(text: string): string {
  return text.length <= CHARACTERS_MAX ? text : `${text.slice(0, CHARACTERS_MAX - 1)}…`
}
