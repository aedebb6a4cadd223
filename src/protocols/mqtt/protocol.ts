import type { Duplex } from 'node:stream'
import type { Host, Protocol, ProtocolConnection, SocketPeer } from '../../plugin.ts'
import type { Timer } from '../../std/clock.ts'
import { Connection, type ConnectionKeeper } from './connection.ts'
import { ConnectionReport } from './connection-report.ts'
import { Head } from './head.ts'
import type { MqttSettings } from './settings.ts'
import type { SystemCounts } from './system-topics.ts'

/** How often connections are looked at for keep-alive and deadlines. */
const TICK_MILLISECONDS = 1000

/** The MQTT head: its connections by session, and the one timer they share. */
export class MqttProtocol implements Protocol, ConnectionKeeper {
  readonly name = 'mqtt'
  readonly #head: Head
  readonly #connections = new Set<Connection>()
  readonly #bySession = new Map<string, Connection>()
  readonly #stopObserving: () => void
  #serial = 0
  #timer: Timer | undefined
  #closing = false
  #onAllGone: (() => void) | undefined

  constructor(host: Pick<Host, 'broker' | 'logger' | 'mechanisms'>, settings: MqttSettings) {
    const { broker, logger, mechanisms } = host
    this.#head = new Head({ broker, logger: logger.category('connection'), settings, mechanisms })
    this.#head.alarmed = broker.alarms.length > 0
    this.#head.system.open = () => this.#counts()
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
      this.#head.logger.error(`accepting an MQTT connection: ${(error as Error).stack}`)
      stream.destroy()
    }
  }

  async close(reason: string): Promise<void> {
    this.#closing = true
    this.#stopObserving()
    this.#head.wills.publishAll()
    const connections = [...this.#connections]
    for (const connection of connections) connection.redirect(reason)
    await Promise.all(connections.map((connection) => connection.yieldSession()))
    if (this.#connections.size === 0) return
    await new Promise<void>((resolve) => {
      this.#onAllGone = resolve
    })
  }

  admits(): boolean {
    const max = this.#head.settings.connectionsMax
    return max === undefined || this.#connections.size <= max
  }

  async claim(session: string, connection: Connection): Promise<void> {
    const before = this.#bySession.get(session)
    this.#bySession.set(session, connection)
    connection.sessionKey = session
    await before?.yieldSession()
  }

  onGone(connection: Connection): void {
    this.#connections.delete(connection)
    if (connection.client !== undefined) this.#head.system.onGone(connection.counts)
    const { sessionKey } = connection
    if (sessionKey !== undefined) this.#forgetSession(sessionKey, connection)
    if (this.#connections.size > 0) return
    this.#timer?.cancel()
    this.#timer = undefined
    this.#onAllGone?.()
  }

  *#counts(): Iterable<SystemCounts> {
    for (const connection of this.#connections) if (connection.client !== undefined) yield connection.counts
  }

  /** Whoever comes next has to wait until the session is free, so it is known until then. */
  #forgetSession(session: string, connection: Connection): void {
    connection
      .yieldSession()
      .catch(() => {})
      .finally(() => {
        if (this.#bySession.get(session) === connection) this.#bySession.delete(session)
      })
  }

  #onAlarm(alarmed: boolean): void {
    this.#head.alarmed = alarmed
    if (alarmed) return
    for (const connection of this.#connections) connection.onAlarmOver()
  }

  readonly #tick = (): void => {
    const now = this.#head.broker.clock.monotonic()
    this.#head.system.tick(now)
    for (const connection of this.#connections) connection.tick(now)
  }
}
