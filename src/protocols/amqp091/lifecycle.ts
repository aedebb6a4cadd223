import type { Duplex } from 'node:stream'
import type { Access } from '../../broker/access.ts'
import { Fault } from '../../broker/fault.ts'
import type { Method } from '../../wire/amqp091/methods.gen.ts'
import type { Channels } from './channels.ts'
import { faultOf, type MethodIds, noMethod, type Reply, replyFor } from './codes.ts'
import type { ConnectionLog } from './connection-log.ts'
import type { Head } from './head.ts'
import { type Input, Pause } from './input.ts'
import type { Liveness } from './liveness.ts'
import type { Opening } from './opening.ts'
import type { Output } from './output.ts'

/** A peer that failed to log in waits so long for the end, which slows down whoever tries passwords. */
const SILENT_CLOSE_MILLISECONDS = 3000

/** How long a client has to confirm a connection.close, or to go after it has been confirmed. */
const CLOSING_MILLISECONDS = 30_000

/** The parts of a connection that its end has to do with. */
export interface LifecyclePort {
  readonly head: Head
  readonly stream: Duplex
  readonly log: ConnectionLog
  readonly input: Input
  readonly output: Output
  readonly liveness: Liveness
  /** Until the connection is open. */
  readonly opening: Opening | undefined
  /** From then on. */
  readonly channels: Channels | undefined
  readonly openAccess: Access | undefined
  send(method: Method): void
  onGone(): void
}

/**
 * Where a connection stands: before it is open; running; `closing` until the client confirms our
 * connection.close; `refused` while it waits for the end in silence; `ending` when all is said and
 * only the socket is left; then `gone`.
 */
export type ConnectionState = 'opening' | 'running' | 'closing' | 'refused' | 'ending' | 'gone'

/** The ways a connection comes to its end: by the client, by an error, by time, by the broker. None of it throws. */
export class Lifecycle {
  state: ConnectionState = 'opening'
  readonly #port: LifecyclePort
  /** The client has gone, or said that it goes, while channels were busy. */
  #leaving: 'closed' | 'lost' | undefined
  /** What the client said when it said that it goes. */
  #said = ''

  constructor(port: LifecyclePort) {
    this.#port = port
  }

  // The client goes.

  /** The client says that it goes: what it asked for before is still carried out. */
  onCloseByClient(said: string): void {
    this.#said = said
    if (this.#port.channels?.busy) return this.#leave('closed')
    this.#port.log.closing(said)
    this.#closeChannels()
    this.#port.send({ name: 'connection.close-ok' })
    this.end()
  }

  /** The client sends no more. */
  onEndOfInput(): void {
    if (this.state !== 'running' || !this.#port.channels?.busy) this.onLost(undefined)
    else if (this.#leaving === undefined) this.#leave('lost')
  }

  /** The socket is gone. */
  onLost(error: Error | undefined): void {
    const reason = 'client unexpectedly closed TCP connection'
    if (this.#port.opening?.silent) this.#port.log.silent()
    else if (this.state === 'running' || this.state === 'opening') {
      this.#port.log.closingBecause(error === undefined ? reason : `${reason} (${error.message})`)
    }
    this.destroy()
  }

  /** A channel has finished what it was busy with. */
  onIdle(): void {
    if (this.#leaving === undefined || this.state !== 'running' || this.#port.channels?.busy) return
    const how = this.#leaving
    this.#leaving = undefined
    if (how === 'closed') this.onCloseByClient(this.#said)
    else this.onLost(undefined)
  }

  /** Waits for the channels to finish, and looks at nothing more that comes. */
  #leave(how: 'closed' | 'lost'): void {
    this.#leaving = how
    this.#port.input.close()
    this.#endWithin(CLOSING_MILLISECONDS)
  }

  // Errors.

  /** An error in what the client did, on a channel or (0) on the connection. */
  onError(error: unknown, ids: MethodIds, number: number): void {
    try {
      const fault = faultOf(error)
      if (fault === undefined) this.onBug(error)
      else if (this.state === 'running') this.#onRunningError(fault, ids, number)
      else if (this.state === 'opening') this.#onOpeningError(fault, ids)
    } catch (bug) {
      this.onBug(bug)
    }
  }

  /** The decoder has lost its place, or something failed where nothing is to blame but the input. */
  onLostInput(error: unknown): void {
    this.onError(error, noMethod, 0)
    this.#port.input.close()
  }

  /** A bug of ours: ends this connection, and only this one. */
  onBug(error: unknown): void {
    if (this.state === 'gone' || this.state === 'ending') return
    this.#port.log.bug(error)
    if (this.state !== 'running') return this.destroy()
    try {
      this.#sendClose({ code: 541, text: 'INTERNAL_ERROR', hard: true }, noMethod)
    } catch {
      // What is broken may be what is needed for saying so.
      this.destroy()
    }
  }

  #onRunningError(fault: Fault, ids: MethodIds, number: number): void {
    const reply = replyFor(fault)
    const channel = this.#port.channels?.get(number)
    if (!reply.hard && channel !== undefined) {
      this.#port.log.channelError(number, reply.text)
      return channel.fail(reply, ids)
    }
    this.#port.log.error('running', number === 0 ? reply.text : `channel ${number}: ${reply.text}`)
    this.#sendClose(reply, ids)
  }

  #onOpeningError(fault: Fault, ids: MethodIds): void {
    const refusal = this.#port.opening!.refuse(fault, ids)
    if (refusal.told) this.#sendClose(refusal.reply, refusal.ids)
    else {
      this.state = 'refused'
      this.#port.input.close()
    }
    this.#endWithin(SILENT_CLOSE_MILLISECONDS)
  }

  // The broker, and time.

  /** Asks the client to go: the broker stops, or an operator wants it. */
  shutDown(reason: string, milliseconds: number): void {
    try {
      if (this.state !== 'running' && this.state !== 'closing') return this.destroy()
      if (this.state === 'running') {
        const reply = replyFor(new Fault('connection-forced', reason))
        this.#port.log.error('running', reply.text)
        this.#sendClose(reply, noMethod)
      }
      this.#endWithin(milliseconds)
    } catch {
      this.destroy()
    }
  }

  /** Looks what is due; called about every second. */
  tick(now: number): void {
    const { liveness, input, output, log } = this.#port
    try {
      if (this.state === 'running' && this.#isExpired())
        return this.shutDown('credential expired', CLOSING_MILLISECONDS)
      const due = liveness.due(now, input, output)
      if (due === 'deadline') this.#onDeadline()
      else if (this.state === 'ending' || due === 'nothing') return
      else if (due === 'beat') {
        output.frames.heartbeat()
        output.schedule()
      } else {
        log.failedHeartbeat(liveness.heartbeatSeconds)
        this.destroy()
      }
    } catch (error) {
      this.onBug(error)
    }
  }

  /** What the client logged in with has ended. */
  #isExpired(): boolean {
    const expiresAt = this.#port.openAccess?.expiresAt
    return expiresAt !== undefined && this.#port.head.broker.clock.now() >= expiresAt
  }

  #onDeadline(): void {
    const { opening, head, log } = this.#port
    if (this.state === 'opening' && opening !== undefined) {
      log.error(opening.stage, `handshake timeout after ${head.settings.handshakeTimeoutMilliseconds} ms`)
    }
    this.destroy()
  }

  // The end.

  /** All is said: what is still to be written goes out, then the socket ends. */
  end(): void {
    this.state = 'ending'
    this.#port.input.close()
    this.#endWithin(CLOSING_MILLISECONDS)
    this.#port.output.schedule()
  }

  destroy(): void {
    if (this.state === 'gone') return
    const { input, log, stream } = this.#port
    if (this.state === 'closing') log.closing(this.#said)
    this.state = 'gone'
    input.close()
    try {
      this.#closeChannels()
    } catch (error) {
      log.bug(error)
    }
    stream.destroy()
    this.#port.onGone()
  }

  #sendClose(reply: Reply, ids: MethodIds): void {
    this.#closeChannels()
    this.state = 'closing'
    this.#endWithin(CLOSING_MILLISECONDS)
    this.#port.send({ name: 'connection.close', replyCode: reply.code, replyText: reply.text, ...ids })
    // The client's answer has to be read, whatever held it up before.
    for (const reason of Object.values(Pause)) this.#port.input.resume(reason)
  }

  #closeChannels(): void {
    this.#port.channels?.close()
    this.#port.openAccess?.close()
  }

  #endWithin(milliseconds: number): void {
    this.#port.liveness.deadline = this.#port.head.broker.clock.monotonic() + milliseconds
  }
}
