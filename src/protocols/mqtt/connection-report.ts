import type { ChannelInfo, ConnectionInfo } from '../../broker/connection-info.ts'
import type { ProtocolConnection, SocketPeer } from '../../plugin.ts'
import { longString, type Table } from '../../std/table.ts'
import type { ProtocolLevel } from '../../wire/mqtt/packet-type.ts'
import type { Client } from './client.ts'
import type { Connection } from './connection.ts'
import { Pause } from './input.ts'

/** The names of the versions of MQTT that RabbitMQ's metrics have. */
export const trafficProtocols = { 3: 'mqtt310', 4: 'mqtt311', 5: 'mqtt50' } as const

const protocols = { 3: 'MQTT 3-1', 4: 'MQTT 3-1-1', 5: 'MQTT 5-0' } as const

/** What RabbitMQ says in events for a version of MQTT. */
export function eventProtocol(level: ProtocolLevel, { webSocket }: SocketPeer): string {
  return `{'${webSocket ? 'Web ' : ''}MQTT',{${{ 3: '3,1,0', 4: '3,1,1', 5: '5,0' }[level]}}}`
}

/** An open connection as it is shown to operators: made when somebody looks. */
export class ConnectionReport implements ProtocolConnection {
  readonly #connection: Connection
  readonly #client: Client
  readonly frameMax = 0
  readonly channelMax = 0
  readonly channelCount = 0

  constructor(connection: Connection, client: Client) {
    this.#connection = connection
    this.#client = client
  }

  get protocol(): string {
    return `${this.peer.webSocket ? 'Web ' : ''}${protocols[this.#client.level]}`
  }

  get serial(): number {
    return this.#connection.serial
  }

  get peer(): SocketPeer {
    return this.#connection.socketPeer
  }

  get name(): string {
    return this.#connection.name
  }

  get userProvidedName(): string {
    return this.#client.session.clientIdentifier
  }

  get user(): string {
    return this.#client.session.access.user.name
  }

  get vhost(): string {
    return this.#client.session.access.vhost
  }

  get authMechanism(): string {
    return this.#client.login.mechanism
  }

  get state(): ConnectionInfo['state'] {
    const { input, state, head } = this.#connection
    if (state !== 'open') return 'closing'
    if (input.isPausedFor(Pause.alarm)) return 'blocked'
    if (input.isPausedFor(Pause.disk)) return 'flow'
    return head.alarmed ? 'blocking' : 'running'
  }

  get connectedAt(): number {
    return this.#client.connectedAt
  }

  get heartbeatSeconds(): number {
    return this.#client.keepAliveSeconds
  }

  get clientProperties(): Table {
    const user = this.#client.userProperties ?? []
    return [
      ['product', longString('MQTT client')],
      ['client_id', longString(this.#client.session.clientIdentifier)],
      ...user.map(([name, value]) => [name, longString(value)] as const),
    ]
  }

  get bytesReceived(): number {
    return this.#connection.input.bytesReceived
  }

  get bytesSent(): number {
    return this.#connection.output.bytesWritten
  }

  get reads(): number {
    return this.#connection.input.reads
  }

  get writes(): number {
    return this.#connection.output.writes
  }

  get bytesPending(): number {
    return this.#connection.output.bytesPending
  }

  *channels(): Iterable<ChannelInfo> {}

  close(reason: string): void {
    this.#connection.end(reason)
  }

  cut(): void {
    this.#connection.destroy()
  }
}
