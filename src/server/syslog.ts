import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { connect as connectPlain, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectSecure } from 'node:tls'
import type { LogLevel } from '../std/logger.ts'
import { readAuthTls } from './auth-tls.ts'
import type { LogEntry } from './log-format.ts'
import type { SyslogSettings } from './syslog-settings.ts'

/** RFC 5424 §6.2.1 */
const severities: Readonly<Record<LogLevel, number>> = {
  ...{ debug: 7, info: 6, notice: 5, warning: 4, error: 3, critical: 2 },
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** Bytes that wait for a server that is slow or away before lines are dropped. */
const PENDING_BYTES_MAX = 2 ** 20
const RETRY_MILLISECONDS = 2000

/** What one datagram carries at most, with room for the headers of the network (RFC 5426 §3.2). */
const DATAGRAM_BYTES_MAX = 8192

/** An entry, as `text` says it, in the form syslog wants. */
function writeSyslog({ time, level }: LogEntry, text: string, settings: SyslogSettings): string {
  const { facility, from, identity, protocol } = settings
  const priority = `<${facility * 8 + severities[level]}>`
  const at = new Date(time / 1000)
  if (protocol === 'rfc5424') return `${priority}1 ${at.toISOString()} ${from} ${identity} ${process.pid} - - ${text}`
  const clock = [at.getHours(), at.getMinutes(), at.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':')
  const date = `${months[at.getMonth()]} ${String(at.getDate()).padStart(2, ' ')} ${clock}`
  return `${priority}${date} ${from} ${identity}[${process.pid}]: ${text}`
}

/** Sends lines to a syslog server. Whatever becomes of them there, the broker does not wait, and does not end for it. */
export class Syslog {
  readonly #settings: SyslogSettings
  readonly #tls: ConnectionOptions
  #datagrams: UdpSocket | undefined
  #connection: Socket | undefined
  #retry: NodeJS.Timeout | undefined

  /** Throws a StartRefusal for files of TLS that cannot be used. */
  constructor(settings: SyslogSettings) {
    this.#settings = settings
    this.#tls = settings.transport === 'tls' ? readAuthTls('log.syslog.ssl_options', settings.tls) : {}
    if (settings.transport === 'udp') {
      this.#datagrams = createSocket(settings.host.includes(':') ? 'udp6' : 'udp4')
      // A log that gets lost must not end the broker.
      this.#datagrams.on('error', () => {})
      this.#datagrams.unref()
    } else this.#connect()
  }

  append(entry: LogEntry, text: string): void {
    const { host, port } = this.#settings
    for (const line of text.trimEnd().split('\n')) {
      const written = Buffer.from(writeSyslog(entry, line, this.#settings))
      this.#datagrams?.send(written.subarray(0, DATAGRAM_BYTES_MAX), port, host)
      const connection = this.#connection
      if (connection === undefined || connection.writableLength > PENDING_BYTES_MAX) continue
      connection.write(Buffer.concat([Buffer.from(`${written.length} `), written]))
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#retry)
    const { promise, resolve } = Promise.withResolvers<void>()
    const connection = this.#connection
    this.#connection = undefined
    const sent = this.#datagrams
    this.#datagrams = undefined
    // What was given to the system so far is let go first.
    if (sent !== undefined) setImmediate(() => sent.close(() => resolve()))
    else if (connection === undefined || connection.destroyed || connection.writableLength === 0) {
      connection?.destroySoon()
      resolve()
    } else {
      const patience = setTimeout(() => connection.destroy(), 1000)
      connection.once('close', () => {
        clearTimeout(patience)
        resolve()
      })
      connection.end()
    }
    await promise
  }

  #connect(): void {
    const { host, port, transport } = this.#settings
    const connection =
      transport === 'tls'
        ? connectSecure({ ...this.#tls, host, port, servername: this.#tls.servername ?? host })
        : connectPlain({ host, port })
    this.#connection = connection
    connection.unref()
    connection.resume()
    connection.on('error', () => {})
    connection.on('close', () => {
      if (this.#connection !== connection) return
      this.#connection = undefined
      this.#retry = setTimeout(() => this.#connect(), RETRY_MILLISECONDS)
      this.#retry.unref()
    })
  }
}
