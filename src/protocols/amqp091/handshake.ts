import type { Access, Peer } from '../../broker/access.ts'
import type { AuthenticatedUser, Credentials } from '../../broker/authenticator.ts'
import { Fault } from '../../broker/fault.ts'
import type { Owner } from '../../broker/queue.ts'
import type { SocketPeer } from '../../plugin.ts'
import { type Table, tableBoolean, tableGet, tableString } from '../../std/table.ts'
import { encodeTable } from '../../std/table-codec.ts'
import type { ConnectionOpen, ConnectionStartOk, ConnectionTuneOk, Method } from '../../wire/amqp091/methods.gen.ts'
import { loginProperties } from '../client-events.ts'
import type { Head } from './head.ts'
import { offeredMechanisms, readResponse, type SaslContext } from './sasl.ts'
import { serverProperties } from './server-properties.ts'
import { negotiate, type Tuning } from './tuning.ts'

/** What the handshake needs of its connection. */
export interface HandshakePort {
  readonly peer: Peer
  readonly socketPeer: SocketPeer
  readonly owner: Owner
  send(method: Method): void
  /** Waits for `operation` without reading on, then does the rest. */
  carryOut<T>(operation: Promise<T>, rest: (value: T) => void): void
  onTuned(tuning: Tuning): void
  /** Throws a Fault when no more connections may be opened. */
  checkAdmission(): void
  onOpened(access: Access): void
}

/** What RabbitMQ says in events for AMQP 0-9-1. */
export const EVENT_PROTOCOL = '{0,9,1}'

/** RabbitMQ's names for the states before `running`. */
export type HandshakeStage = 'starting' | 'tuning' | 'opening'

/** What a client said it can do, as far as it matters here. */
export interface ClientCapabilities {
  readonly takesCancel: boolean
  readonly takesBlocked: boolean
  readonly takesLoginFailure: boolean
}

/** What a client said of itself when it logged in, and when that began. */
export interface Login {
  readonly mechanism: string
  /** `connection_name` of the client's properties. */
  readonly clientName: string | undefined
  readonly capabilities: ClientCapabilities
  /** The client's properties as on the wire, an octet per character: a table would take ten times the memory. */
  readonly clientProperties: string
  /** Wall time in milliseconds. */
  readonly connectedAt: number
}

/** Wrong credentials. The client learns little, the log learns why. */
export class LoginRefused extends Fault {
  readonly logged: string

  constructor(mechanism: string, reason: string) {
    super(
      'access-refused',
      `Login was refused using authentication mechanism ${mechanism}. For details see the broker logfile.`,
    )
    this.logged = `${mechanism} login refused: ${reason}`
  }
}

/** From connection.start-ok to connection.open: who is it, within which limits, to which virtual host. */
export class Handshake {
  stage: HandshakeStage = 'starting'
  login: Login
  user: AuthenticatedUser | undefined
  readonly #head: Head
  readonly #port: HandshakePort
  /** A method is being carried out. */
  #waiting = false

  constructor(head: Head, port: HandshakePort) {
    this.#head = head
    this.#port = port
    this.login = {
      mechanism: '',
      clientName: undefined,
      capabilities: { takesCancel: false, takesBlocked: false, takesLoginFailure: false },
      clientProperties: '',
      connectedAt: head.broker.clock.now(),
    }
  }

  start(): void {
    const { settings } = this.#head
    this.#port.send({
      name: 'connection.start',
      versionMajor: 0,
      versionMinor: 9,
      serverProperties: serverProperties(settings),
      mechanisms: Buffer.from(offeredMechanisms(this.#sasl).join(' ')),
      locales: Buffer.from('en_US'),
    })
  }

  onMethod(method: Method): void {
    if (this.#waiting) throw this.#unexpected()
    switch (method.name) {
      case 'connection.start-ok':
        if (this.stage !== 'starting') throw this.#unexpected()
        return this.#onStartOk(method)
      case 'connection.tune-ok':
        if (this.stage !== 'tuning') throw this.#unexpected()
        return this.#onTuneOk(method)
      case 'connection.open':
        if (this.stage !== 'opening') throw this.#unexpected()
        return this.#onOpen(method)
      default:
        throw this.#unexpected()
    }
  }

  #onStartOk(method: ConnectionStartOk): void {
    const { mechanism, clientProperties } = method
    this.login = {
      mechanism,
      clientName: tableString(tableGet(clientProperties, 'connection_name')),
      capabilities: readCapabilities(clientProperties),
      clientProperties: this.#head.shared(encodeTable(clientProperties).toString('latin1')),
      connectedAt: this.login.connectedAt,
    }
    this.#carryOut(this.#authenticate(mechanism, this.#credentials(mechanism, method.response)), (found) => {
      this.user = found
      this.stage = 'tuning'
      const { channelsMax, frameBytesMax, heartbeatSeconds } = this.#head.settings
      this.#port.send({
        name: 'connection.tune',
        channelMax: channelsMax,
        frameMax: frameBytesMax,
        heartbeat: heartbeatSeconds,
      })
    })
  }

  get #sasl(): SaslContext {
    const { settings, mechanisms } = this.#head
    return { settings, mechanisms, peer: this.#port.socketPeer }
  }

  #credentials(mechanism: string, response: Buffer): Credentials {
    try {
      const { peer, socketPeer, owner } = this.#port
      return {
        ...readResponse(mechanism, response, this.#sasl),
        peer,
        context: { protocol: 'amqp091' },
        told: () => loginProperties(socketPeer, { connectionName: owner.name, protocol: EVENT_PROTOCOL, mechanism }),
      }
    } catch (error) {
      if (error instanceof Fault && error.kind === 'access-refused') throw new LoginRefused(mechanism, error.message)
      throw error
    }
  }

  async #authenticate(mechanism: string, credentials: Credentials): Promise<AuthenticatedUser> {
    try {
      return await this.#head.broker.authenticate(credentials)
    } catch (error) {
      if (error instanceof Fault) throw new LoginRefused(mechanism, error.message)
      throw error
    }
  }

  #onTuneOk(method: ConnectionTuneOk): void {
    this.#port.onTuned(negotiate(method, this.#head.settings))
    this.stage = 'opening'
  }

  #onOpen(method: ConnectionOpen): void {
    this.#port.checkAdmission()
    const opening = this.#head.broker.access(this.user!, method.virtualHost, this.#port.owner)
    this.#carryOut(opening, (access) => this.#port.onOpened(access))
  }

  #carryOut<T>(operation: Promise<T>, rest: (value: T) => void): void {
    this.#waiting = true
    this.#port.carryOut(operation, (value) => {
      this.#waiting = false
      rest(value)
    })
  }

  #unexpected(): Fault {
    return new Fault('channel-error', `unexpected method in connection state ${this.stage}`)
  }
}

function readCapabilities(properties: Table): ClientCapabilities {
  const found = tableGet(properties, 'capabilities')
  const table = found?.tag === 'F' ? found.value : []
  const has = (name: string): boolean => tableBoolean(tableGet(table, name)) ?? false
  return {
    takesCancel: has('consumer_cancel_notify'),
    takesBlocked: has('connection.blocked'),
    takesLoginFailure: has('authentication_failure_close'),
  }
}
