import type { Duplex } from 'node:stream'
import type { Access, Peer } from '../../broker/access.ts'
import { Fault } from '../../broker/fault.ts'
import type { Owner } from '../../broker/queue.ts'
import type { SocketPeer } from '../../plugin.ts'
import { frameOverhead, frameTypes } from '../../wire/amqp091/codes.ts'
import type { FrameHandler } from '../../wire/amqp091/frame.ts'
import { type ConnectionUpdateSecret, decodeMethod, type Method, methodIds } from '../../wire/amqp091/methods.gen.ts'
import { Channels } from './channels.ts'
import { noMethod, undecodable, unexpectedFrame } from './codes.ts'
import { ConnectionLog } from './connection-log.ts'
import { ConnectionReport } from './connection-report.ts'
import { Flow, type FlowPort } from './flow.ts'
import { EVENT_PROTOCOL, type Login } from './handshake.ts'
import type { Head } from './head.ts'
import { Input } from './input.ts'
import { Lifecycle, type LifecyclePort } from './lifecycle.ts'
import { Liveness } from './liveness.ts'
import { Opening, type OpeningPort } from './opening.ts'
import { Output, type OutputPort } from './output.ts'
import type { ConnectionPort } from './ports.ts'
import { read, type StreamReader } from './reader.ts'
import type { Tuning } from './tuning.ts'

/** Without a negotiated limit a frame is still no larger than this. */
const FRAME_BYTES_MAX = 128 * 1024 * 1024

/** How long a client has to confirm the end that an operator wants. */
const ENDING_MILLISECONDS = 5000

/** What a connection needs of its protocol. */
export interface ConnectionKeeper {
  /** Whether one more connection may be opened. */
  admits(): boolean
  /** A heartbeat of so many seconds, 0 for none, was agreed on. */
  onHeartbeat(seconds: number): void
  onGone(connection: Connection): void
}

/** One client: its frames in, its frames out, its channels. Every way in catches what goes wrong inside. */
export class Connection
  implements ConnectionPort, FlowPort, FrameHandler, LifecyclePort, OpeningPort, OutputPort, Owner, StreamReader
{
  readonly head: Head
  readonly serial: number
  readonly peer: Peer
  readonly socketPeer: SocketPeer
  readonly stream: Duplex
  readonly log: ConnectionLog
  readonly input: Input
  readonly output: Output
  readonly liveness: Liveness
  readonly flow: Flow
  readonly life: Lifecycle
  opening: Opening | undefined
  /** Who logged in, once somebody has. */
  login: Login | undefined
  openAccess: Access | undefined
  channels: Channels | undefined
  frameMax = 0
  takesCancel = false
  readonly #keeper: ConnectionKeeper

  constructor(stream: Duplex, peer: SocketPeer, options: { head: Head; keeper: ConnectionKeeper; serial: number }) {
    const { head, keeper, serial } = options
    this.serial = serial
    this.socketPeer = peer
    this.stream = stream
    this.head = head
    this.#keeper = keeper
    this.peer = {
      address: `${peer.remoteAddress}:${peer.remotePort}`,
      ip: peer.remoteAddress,
      loopback: peer.loopback,
    }
    this.log = new ConnectionLog(head.logger, serial, peer)
    this.input = new Input(stream, this, head.settings.initialFrameBytesMax - frameOverhead)
    this.output = new Output(head, stream, this)
    this.liveness = new Liveness(this.#now() + head.settings.handshakeTimeoutMilliseconds)
    this.opening = new Opening(this, this.log)
    this.flow = new Flow(this)
    this.life = new Lifecycle(this)
    read(stream, this)
  }

  get name(): string {
    return this.log.name
  }

  get owner(): Owner {
    return this
  }

  get access(): Access {
    if (this.openAccess === undefined) throw new Error('the connection has not been opened')
    return this.openAccess
  }

  get running(): boolean {
    return this.life.state === 'running'
  }

  // Bytes and frames in.

  onBytes(chunk: Buffer, start: number, end: number): void {
    try {
      this.input.bytesReceived += end - start
      this.input.reads++
      const from = this.opening?.greeting ? this.opening.greet(chunk, start, end) : start
      if (from < end) this.input.push(chunk, from, end)
      this.flow.onHandled()
    } catch (error) {
      this.life.onLostInput(error)
    }
  }

  onFrame(type: number, number: number, buffer: Buffer, start: number, end: number): void {
    if (this.life.state === 'running' && number !== 0 && type !== frameTypes.heartbeat) {
      try {
        this.channels!.onFrame(type, number, buffer, start, end)
      } catch (error) {
        this.life.onError(error, this.channels!.ids, number)
      }
      return
    }
    let ids = noMethod
    try {
      if (type === frameTypes.heartbeat && number === 0) return
      if (type !== frameTypes.method || number !== 0) {
        if (this.life.state === 'closing') return
        throw unexpectedFrame(type, buffer, start, end)
      }
      const key = buffer.readUInt32BE(start)
      ids = { classId: key >>> 16, methodId: key & 0xffff }
      this.#onMethod(decodeMethod(buffer, start, end))
    } catch (error) {
      this.life.onError(undecodable(error, buffer, start, end), ids, number)
    }
  }

  /** A method on channel 0. */
  #onMethod(method: Method): void {
    if (this.life.state === 'closing') {
      if (method.name === 'connection.close') this.send({ name: 'connection.close-ok' })
      else if (method.name === 'connection.close-ok') this.life.destroy()
      return
    }
    if (method.name === 'connection.close' && this.opening?.mayClose !== false) {
      return this.life.onCloseByClient(`${method.replyCode} ${method.replyText}`)
    }
    if (this.opening !== undefined) return this.opening.onMethod(method)
    if (method.name === 'connection.update-secret') return this.#onUpdateSecret(method)
    throw new Fault(
      'channel-error',
      `unexpected method in connection state ${this.flow.blocked ? 'blocked' : 'running'}`,
    )
  }

  #onUpdateSecret(method: ConnectionUpdateSecret): void {
    this.#renew(method.newSecret.toString()).then(
      () => {
        if (this.life.state === 'running') this.send({ name: 'connection.update-secret-ok' })
      },
      (error: unknown) => this.life.onError(error, methodIds['connection.update-secret'], 0),
    )
  }

  /** Takes a new secret over; consumers it does not permit any more are cancelled. */
  async #renew(secret: string): Promise<void> {
    await this.access.updateSecret(secret)
    await this.#revokeConsumers()
  }

  reconsider(): void {
    this.#revokeConsumers().catch((error: unknown) => this.life.onBug(error))
  }

  async #revokeConsumers(): Promise<void> {
    for (const channel of [...(this.channels ?? [])]) await channel.revokeConsumers()
  }

  // The opening.

  sayLast(bytes: Buffer): void {
    this.output.frames.raw(bytes)
    this.life.end()
  }

  admits(): boolean {
    return this.#keeper.admits()
  }

  onTuned(tuning: Tuning): void {
    const { frameMax, channelMax, heartbeatSeconds } = tuning
    this.frameMax = frameMax
    this.input.payloadBytesMax = (frameMax === 0 ? FRAME_BYTES_MAX : frameMax) - frameOverhead
    this.channels = new Channels(this, channelMax)
    this.liveness.beatEvery(heartbeatSeconds, this.#now())
    this.#keeper.onHeartbeat(heartbeatSeconds)
  }

  onOpened(access: Access, login: Login): void {
    // The client may have gone while its virtual host was being opened.
    if (this.life.state !== 'opening') return access.close()
    this.openAccess = access
    this.login = login
    this.takesCancel = login.capabilities.takesCancel
    this.flow.takesBlocked = login.capabilities.takesBlocked
    this.opening = undefined
    this.life.state = 'running'
    this.liveness.deadline = 0
    this.log.opened(access.vhost)
    this.head.events.connectionCreated(new ConnectionReport(this), EVENT_PROTOCOL)
    this.send({ name: 'connection.open-ok' })
  }

  // Frames out.

  send(method: Method): void {
    this.output.frames.method(0, method)
    this.output.schedule()
  }

  onFlushed(): void {
    if (this.life.state === 'ending') this.stream.end()
    else this.flow.onFlushed()
  }

  onDrain(): void {
    if (this.output.relieved() && this.running) for (const channel of this.channels!) channel.wakeStarved()
    this.flow.onDrain()
  }

  /** Closes channels that hold deliveries for longer than they may. */
  checkAcknowledgements(now: number, timeout: number | undefined): void {
    try {
      if (!this.running) return
      for (const channel of this.channels!) channel.checkAcknowledgements(now, timeout)
    } catch (error) {
      this.life.onBug(error)
    }
  }

  // The end.

  /** An operator ends it. */
  end(reason: string): void {
    this.life.shutDown(reason, ENDING_MILLISECONDS)
  }

  onChannelClosed(number: number): void {
    this.channels?.remove(number)
  }

  onBug(error: unknown): void {
    this.life.onBug(error)
  }

  onEnd(): void {
    this.life.onEndOfInput()
  }

  onClose(error: Error | undefined): void {
    this.life.onLost(error)
  }

  onGone(): void {
    const { events, broker } = this.head
    if (this.openAccess === undefined) {
      this.log.ending.noteRefused(broker, this.socketPeer, { name: this.name, protocol: 'AMQP 0-9-1' })
    } else {
      const report = new ConnectionReport(this)
      events.connectionClosed(report)
      this.log.ending.note(broker, report)
    }
    this.#keeper.onGone(this)
  }

  #now(): number {
    return this.head.broker.clock.monotonic()
  }
}
