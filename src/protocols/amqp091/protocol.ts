import type { Duplex } from 'node:stream'
import type { Host, Protocol, ProtocolConnection, SocketPeer } from '../../plugin.ts'
import type { Timer } from '../../std/clock.ts'
import { Connection, type ConnectionKeeper } from './connection.ts'
import { ConnectionReport } from './connection-report.ts'
import { Head } from './head.ts'
import type { Amqp091Settings } from './settings.ts'

/** How often connections are looked at for heartbeats and deadlines. */
const TICK_MILLISECONDS = 1000

/** The same once somebody wants to hear from us every second, which is due twice a second. */
const QUICK_TICK_MILLISECONDS = 250

/** Acknowledgement timeouts are looked for at least this often. */
const ACKNOWLEDGEMENT_CHECK_MILLISECONDS = 60_000

/** What clients have to confirm the end of their connection when the broker stops. */
const SHUTDOWN_MILLISECONDS = 2000

/** The AMQP 0-9-1 head: its connections, and the one timer they share. */
export class Amqp091Protocol implements Protocol, ConnectionKeeper {
  readonly name = 'amqp'
  readonly readsBytes = true
  readonly #head: Head
  readonly #connections = new Set<Connection>()
  readonly #stopObserving: () => void
  #serial = 0
  #timer: Timer | undefined
  #tickMilliseconds = TICK_MILLISECONDS
  #lastAcknowledgementCheck = 0
  #closing = false
  #onAllGone: (() => void) | undefined

  constructor(host: Pick<Host, 'broker' | 'logger' | 'mechanisms'>, settings: Amqp091Settings) {
    const { broker, logger, mechanisms } = host
    this.#head = new Head(broker, logger.category('connection'), settings, mechanisms)
    this.#head.alarmed = broker.alarms.length > 0
    this.#stopObserving = broker.onAlarm((alarms) => this.#onAlarm(alarms.length > 0))
  }

  get connectionCount(): number {
    return this.#connections.size
  }

  *connections(): Iterable<ProtocolConnection> {
    for (const connection of this.#connections) if (connection.openAccess) yield new ConnectionReport(connection)
  }

  accept(stream: Duplex, peer: SocketPeer): void {
    if (this.#closing) {
      stream.destroy()
      return
    }
    try {
      const serial = ++this.#serial
      this.#connections.add(new Connection(stream, peer, { head: this.#head, keeper: this, serial }))
      this.#timer ??= this.#startTimer()
    } catch (error) {
      this.#head.logger.error(`accepting an AMQP connection: ${(error as Error).stack}`)
      stream.destroy()
    }
  }

  async close(reason: string): Promise<void> {
    this.#closing = true
    this.#stopObserving()
    for (const connection of [...this.#connections]) connection.life.shutDown(reason, SHUTDOWN_MILLISECONDS)
    if (this.#connections.size === 0) return
    await new Promise<void>((resolve) => {
      this.#onAllGone = resolve
    })
  }

  admits(): boolean {
    const max = this.#head.settings.connectionsMax
    return max === undefined || this.#connections.size <= max
  }

  onHeartbeat(seconds: number): void {
    if (seconds !== 1 || this.#tickMilliseconds === QUICK_TICK_MILLISECONDS) return
    this.#tickMilliseconds = QUICK_TICK_MILLISECONDS
    this.#timer?.cancel()
    this.#timer = this.#startTimer()
  }

  onGone(connection: Connection): void {
    this.#connections.delete(connection)
    if (this.#connections.size > 0) return
    this.#timer?.cancel()
    this.#timer = undefined
    this.#tickMilliseconds = TICK_MILLISECONDS
    this.#onAllGone?.()
  }

  #onAlarm(alarmed: boolean): void {
    this.#head.alarmed = alarmed
    if (alarmed) return
    for (const connection of this.#connections) connection.flow.onAlarmOver()
  }

  #startTimer(): Timer {
    const { clock } = this.#head.broker
    this.#lastAcknowledgementCheck = clock.monotonic()
    const period = Math.max(10, Math.min(this.#tickMilliseconds, this.#acknowledgementPeriod()))
    return clock.every(period, this.#tick)
  }

  readonly #tick = (): void => {
    const now = this.#head.broker.clock.monotonic()
    for (const connection of this.#connections) connection.life.tick(now)
    if (now < this.#lastAcknowledgementCheck + this.#acknowledgementPeriod()) return
    this.#lastAcknowledgementCheck = now
    const timeout = this.#head.broker.settings.consumerTimeoutMilliseconds
    for (const connection of this.#connections) connection.checkAcknowledgements(now, timeout)
  }

  #acknowledgementPeriod(): number {
    return Math.min(ACKNOWLEDGEMENT_CHECK_MILLISECONDS, this.#head.shortestTimeout / 2)
  }
}
