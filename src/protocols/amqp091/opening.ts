import type { Access, Peer } from '../../broker/access.ts'
import { Fault } from '../../broker/fault.ts'
import type { Owner } from '../../broker/queue.ts'
import type { SocketPeer } from '../../plugin.ts'
import { type Method, methodIds } from '../../wire/amqp091/methods.gen.ts'
import { type MethodIds, noMethod, type Reply, replyFor } from './codes.ts'
import type { ConnectionLog } from './connection-log.ts'
import { Greeting } from './greeting.ts'
import { Handshake, type HandshakePort, type Login, LoginRefused } from './handshake.ts'
import type { Head } from './head.ts'
import { type Input, Pause } from './input.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { Tuning } from './tuning.ts'

/** What the opening needs of its connection. */
export interface OpeningPort {
  readonly head: Head
  readonly peer: Peer
  readonly socketPeer: SocketPeer
  readonly owner: Owner
  readonly input: Input
  readonly life: Lifecycle
  send(method: Method): void
  /** Bytes that are no frame, after which nothing more is said. */
  sayLast(bytes: Buffer): void
  /** Whether one more connection may be opened. */
  admits(): boolean
  onTuned(tuning: Tuning): void
  onOpened(access: Access, login: Login): void
}

/** How a client that failed to open its connection is sent away. */
export interface Refusal {
  readonly reply: Reply
  readonly ids: MethodIds
  /** Whether the client learns of it. */
  readonly told: boolean
}

/** A connection until it is open: its first bytes, then the handshake. Nothing of this stays behind. */
export class Opening implements HandshakePort {
  readonly #port: OpeningPort
  readonly #log: ConnectionLog
  readonly #greeting = new Greeting()
  #handshake: Handshake | undefined

  constructor(port: OpeningPort, log: ConnectionLog) {
    this.#port = port
    this.#log = log
  }

  get peer(): Peer {
    return this.#port.peer
  }

  get socketPeer(): SocketPeer {
    return this.#port.socketPeer
  }

  get owner(): Owner {
    return this.#port.owner
  }

  /** Not one byte came. */
  get silent(): boolean {
    return this.#greeting.length === 0
  }

  /** The protocol header is still to come, or not complete. */
  get greeting(): boolean {
    return this.#handshake === undefined
  }

  /** RabbitMQ's name for the state of the connection. */
  get stage(): string {
    return this.#handshake?.stage ?? 'starting'
  }

  /** Reads the protocol header; answers where frames begin. */
  greet(chunk: Buffer, start: number, end: number): number {
    const greeting = this.#greeting
    const from = start + greeting.take(chunk, start, end)
    const header = greeting.read()
    if (header === undefined) return end
    if (header !== 'amqp-0-9-1') {
      this.#log.error('handshake', greeting.complaint)
      this.#port.sayLast(greeting.answer)
      return end
    }
    this.#log.accepting()
    this.#handshake = new Handshake(this.#port.head, this)
    this.#handshake.start()
    return from
  }

  /** A method on channel 0. */
  onMethod(method: Method): void {
    this.#handshake!.onMethod(method)
  }

  /** A client may say that it goes once it has logged in. */
  get mayClose(): boolean {
    return this.#handshake !== undefined && this.#handshake.stage !== 'starting'
  }

  /** What becomes of a client whose handshake failed; also logs it. */
  refuse(fault: Fault, ids: MethodIds): Refusal {
    const stage = this.stage
    const loginRefused = fault instanceof LoginRefused
    this.#log.error(stage, loginRefused ? fault.logged : replyFor(fault).text)
    // Before it has logged in a client is told nothing, unless it asked for that.
    const told =
      stage !== 'starting' || (loginRefused && this.#handshake?.login.capabilities.takesLoginFailure === true)
    // What is wrong with a tune-ok, RabbitMQ says of its own tune.
    const blamed = stage === 'tuning' ? methodIds['connection.tune'] : loginRefused ? noMethod : ids
    return { reply: replyFor(fault), ids: blamed, told }
  }

  // What the handshake asks for.

  send(method: Method): void {
    this.#port.send(method)
  }

  carryOut<T>(operation: Promise<T>, rest: (value: T) => void): void {
    this.#port.input.pause(Pause.handshake)
    const ids = methodIds[this.#handshake?.stage === 'starting' ? 'connection.start-ok' : 'connection.open']
    operation.then(
      (value) => this.#goOn(() => rest(value)),
      (error: unknown) => this.#port.life.onError(error, ids, 0),
    )
  }

  onTuned(tuning: Tuning): void {
    this.#port.onTuned(tuning)
    this.#log.identify(this.#handshake?.user?.name ?? '', this.#handshake?.login.clientName)
  }

  checkAdmission(): void {
    if (this.#port.admits()) return
    const limit = `node connection limit (${this.#port.head.settings.connectionsMax}) is reached`
    throw new Fault('not-allowed', `connection refused: ${limit}`)
  }

  onOpened(access: Access): void {
    this.#port.onOpened(access, this.#handshake!.login)
  }

  #goOn(rest: () => void): void {
    try {
      rest()
      this.#port.input.resume(Pause.handshake)
    } catch (error) {
      this.#port.life.onLostInput(error)
    }
  }
}
