import type { ChannelInfo, ConnectionInfo } from '../../broker/connection-info.ts'
import type { ProtocolConnection, SocketPeer } from '../../plugin.ts'
import type { Table } from '../../std/table.ts'
import { decodeTable } from '../../std/table-codec.ts'
import { ChannelReport } from './channel-report.ts'
import type { Connection } from './connection.ts'
import { Pause } from './input.ts'

/** An open connection as it is shown to operators: made when somebody looks. */
export class ConnectionReport implements ProtocolConnection {
  readonly #connection: Connection

  /** `connection` is open. */
  constructor(connection: Connection) {
    this.#connection = connection
  }

  readonly protocol = 'AMQP 0-9-1'

  get serial(): number {
    return this.#connection.serial
  }

  get peer(): SocketPeer {
    return this.#connection.socketPeer
  }

  get name(): string {
    return this.#connection.name
  }

  get userProvidedName(): string | undefined {
    return this.#connection.login?.clientName
  }

  get user(): string {
    return this.#connection.access.user.name
  }

  get vhost(): string {
    return this.#connection.access.vhost
  }

  get authMechanism(): string {
    return this.#connection.login?.mechanism ?? ''
  }

  get state(): ConnectionInfo['state'] {
    if (this.#connection.life.state !== 'running') return 'closing'
    if (this.#connection.flow.blocked) return 'blocked'
    if (this.#connection.input.isPausedFor(Pause.disk)) return 'flow'
    return this.#connection.head.alarmed ? 'blocking' : 'running'
  }

  get connectedAt(): number {
    return this.#connection.login?.connectedAt ?? 0
  }

  get frameMax(): number {
    return this.#connection.frameMax
  }

  get channelMax(): number {
    return this.#connection.channels?.countMax ?? 0
  }

  get heartbeatSeconds(): number {
    return this.#connection.liveness.heartbeatSeconds
  }

  get clientProperties(): Table {
    const bytes = Buffer.from(this.#connection.login?.clientProperties ?? '', 'latin1')
    return decodeTable(bytes, 0, bytes.length)
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

  get channelCount(): number {
    return this.#connection.channels?.size ?? 0
  }

  *channels(): Iterable<ChannelInfo> {
    for (const channel of this.#connection.channels ?? []) yield new ChannelReport(channel)
  }

  close(reason: string): void {
    this.#connection.end(reason)
  }

  cut(): void {
    this.#connection.life.destroy()
  }
}
