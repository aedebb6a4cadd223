import type { ChannelInfo, ConnectionInfo } from '../../broker/connection-info.ts'
import type { ProtocolConnection, SocketPeer } from '../../plugin.ts'
import { longString, type Table } from '../../std/table.ts'
import { ChannelReport } from './channel-report.ts'
import type { Client } from './client.ts'
import type { Connection } from './connection.ts'
import { Pause } from './input.ts'

/** An open connection as it is shown to operators: made when somebody looks. */
export class ConnectionReport implements ProtocolConnection {
  readonly #connection: Connection
  readonly #client: Client
  readonly frameMax = 0
  readonly channelMax = 1
  readonly channelCount = 1
  readonly userProvidedName = undefined

  constructor(connection: Connection, client: Client) {
    this.#connection = connection
    this.#client = client
  }

  get protocol(): string {
    return `${this.peer.webSocket ? 'Web ' : ''}STOMP ${this.#client.version}`
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

  get user(): string {
    return this.#client.access.user.name
  }

  get vhost(): string {
    return this.#client.access.vhost
  }

  get authMechanism(): string {
    return this.#client.mechanism
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
    return this.#client.heartBeats.fromClient / 1000
  }

  get clientProperties(): Table {
    return [['product', longString('STOMP client')]]
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

  *channels(): Iterable<ChannelInfo> {
    yield new ChannelReport(this.#connection, this.#client)
  }

  close(reason: string): void {
    this.#connection.end(reason)
  }

  cut(): void {
    this.#connection.destroy()
  }
}
