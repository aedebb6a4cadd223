import type { Duplex } from 'node:stream'
import type { Host, Protocol, ProtocolConnection, SocketPeer } from '../../plugin.ts'
import type { Timer } from '../../std/clock.ts'
import { Connection, type ConnectionKeeper } from './connection.ts'
import { ConnectionReport } from './connection-report.ts'
import { Head } from './head.ts'
import type { StompSettings } from './settings.ts'

/** How often connections are looked at for heart-beats, which come every second at most, and deadlines. */
const TICK_MILLISECONDS = 500

/** The STOMP head: its connections, and the one timer they share. */
export class StompProtocol implements Protocol, ConnectionKeeper {
  readonly name = 'stomp'
  readonly #head: Head
  readonly #connections = new Set<Connection>()
  readonly #stopObserving: () => void
  #serial = 0
  #timer: Timer | undefined
  #closing = false
  #onAllGone: (() => void) | undefined

  constructor(host: Pick<Host, 'broker' | 'logger' | 'mechanisms'>, settings: StompSettings) {
    const { broker, logger, mechanisms } = host
    this.#head = new Head({ broker, logger: logger.category('connection'), settings, mechanisms })
    this.#head.alarmed = broker.alarms.length > 0
    this.#stopObserving = broker.onAlarm((alarms) => this.#onAlarm(alarms.length > 0))
  }

  get connectionCount(): number {
    return this.#connections.size
  }

  *connections(): Iterable<ProtocolConnection> {
    for (const connection of this.#connections) {
      if (connection.client !== undefined) yield new ConnectionReport(connection, connection.client)
    }
  }

  accept(stream: Duplex, peer: SocketPeer): void {
    if (this.#closing) {
      stream.destroy()
      return
    }
    try {
      const serial = ++this.#serial
      this.#connections.add(new Connection(stream, peer, { head: this.#head, keeper: this, serial }))
      this.#timer ??= this.#head.broker.clock.every(TICK_MILLISECONDS, this.#tick)
    } catch (error) {
      this.#head.logger.error(`accepting a STOMP connection: ${(error as Error).stack}`)
      stream.destroy()
    }
  }

  async close(reason: string): Promise<void> {
    this.#closing = true
    this.#stopObserving()
    for (const connection of [...this.#connections]) connection.end(reason)
    if (this.#connections.size === 0) return
    await new Promise<void>((resolve) => {
      this.#onAllGone = resolve
    })
  }

  admits(): boolean {
    const max = this.#head.settings.connectionsMax
    return max === undefined || this.#connections.size <= max
  }

  onGone(connection: Connection): void {
    this.#connections.delete(connection)
    if (this.#connections.size > 0) return
    this.#timer?.cancel()
    this.#timer = undefined
    this.#onAllGone?.()
  }

  #onAlarm(alarmed: boolean): void {
    this.#head.alarmed = alarmed
    if (alarmed) return
    for (const connection of this.#connections) connection.onAlarmOver()
  }

  readonly #tick = (): void => {
    const now = this.#head.broker.clock.monotonic()
    for (const connection of this.#connections) connection.tick(now)
  }
}
