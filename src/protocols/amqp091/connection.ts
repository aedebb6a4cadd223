import type { Duplex } from 'node:stream'
import type { Access, Peer } from '../../broker/access.ts'
import { Fault } from '../../broker/fault.ts'
import type { Owner } from '../../broker/queue.ts'
import type { TurnTask } from '../../broker/turn.ts'
import type { SocketPeer } from '../../plugin.ts'
import { frameOverhead, frameTypes } from '../../wire/amqp091/codes.ts'
import type { FrameHandler } from '../../wire/amqp091/frame.ts'
import { type ConnectionUpdateSecret, decodeMethod, type Method, methodIds } from '../../wire/amqp091/methods.gen.ts'
import type { FrameWriter } from '../../wire/amqp091/writer.ts'
import { Channels } from './channels.ts'
import { faultOf, type MethodIds, noMethod, type Reply, replyFor, undecodable, unexpectedFrame } from './codes.ts'
import { ConfirmSchedule } from './confirm-schedule.ts'
import type { Confirms } from './confirms.ts'
import { ConnectionLog } from './connection-log.ts'
import { Greeting } from './greeting.ts'
import { Handshake, type HandshakePort, LoginRefused } from './handshake.ts'
import type { Head } from './head.ts'
import { Heartbeat } from './heartbeat.ts'
import { Input, Pause } from './input.ts'
import { Output } from './output.ts'
import type { ConnectionPort } from './ports.ts'
import { read, type StreamReader } from './reader.ts'
import type { Tuning } from './tuning.ts'

/** A peer that failed to log in waits so long for the end, which slows down whoever tries passwords. */
const SILENT_CLOSE_MILLISECONDS = 3000

/** How long a client has to confirm a connection.close, or to go after it has been confirmed. */
const CLOSING_MILLISECONDS = 30_000

/** Bytes that frames for busy channels may take before nothing more is read. */
const HELD_BYTES_MAX = 256 * 1024

/** Without a negotiated limit a frame is still no larger than this. */
const FRAME_BYTES_MAX = 128 * 1024 * 1024

/** What a connection needs of its protocol. */
export interface ConnectionKeeper {
  /** Whether one more connection may be opened. */
  admits(): boolean
  onGone(connection: Connection): void
}

/**
 * Where a connection stands: before and in the handshake; running; `closing` until the client confirms
 * our connection.close; `refused` while it waits for the end in silence; `ending` when all is said and
 * only the socket is left; then `gone`.
 */
type State = 'greeting' | 'handshake' | 'running' | 'closing' | 'refused' | 'ending' | 'gone'

/** One client: its frames in, its frames out, its channels. Every way in catches what goes wrong inside. */
export class Connection implements ConnectionPort, FrameHandler, HandshakePort, Owner, StreamReader, TurnTask {
  readonly head: Head
  readonly peer: Peer
  frameMax = 0
  takesCancel = false
  readonly #stream: Duplex
  readonly #keeper: ConnectionKeeper
  readonly #log: ConnectionLog
  readonly #input: Input
  readonly #output: Output
  readonly #confirms: ConfirmSchedule
  #state: State = 'greeting'
  #greeting: Greeting | undefined = new Greeting()
  #handshake: Handshake | undefined
  #access: Access | undefined
  #channels: Channels | undefined
  #heartbeat: Heartbeat | undefined
  /** Monotonic milliseconds after which the connection is ended; 0 for never. */
  #deadline: number
  #flushScheduled = false
  #heldBytes = 0
  /** The client has gone, or said that it goes, while channels were busy. */
  #leaving: 'closed' | 'lost' | undefined
  #takesBlocked = false
  #blockedTold = false

  constructor(stream: Duplex, peer: SocketPeer, options: { head: Head; keeper: ConnectionKeeper; serial: number }) {
    this.#stream = stream
    this.head = options.head
    this.#keeper = options.keeper
    this.peer = {
      address: `${peer.remoteAddress}:${peer.remotePort}`,
      ip: peer.remoteAddress,
      loopback: peer.loopback,
    }
    this.#log = new ConnectionLog(this.head.logger, options.serial, peer)
    this.#input = new Input(stream, this, this.head.settings.initialFrameBytesMax - frameOverhead)
    this.#output = new Output(stream, () => this.#onDrain())
    this.#confirms = new ConfirmSchedule(this.head, this)
    this.#deadline = this.#now() + this.head.settings.handshakeTimeoutMilliseconds
    read(stream, this)
  }

  get name(): string {
    return this.#log.name
  }

  get owner(): Owner {
    return this
  }

  get access(): Access {
    if (this.#access === undefined) throw new Error('the connection has not been opened')
    return this.#access
  }

  get frames(): FrameWriter {
    return this.#output.frames
  }

  // Bytes and frames in.

  onBytes(chunk: Buffer, start: number, end: number): void {
    try {
      this.#input.bytesReceived += end - start
      const from = this.#greeting === undefined ? start : this.#greet(this.#greeting, chunk, start, end)
      if (from < end) this.#input.push(chunk, from, end)
    } catch (error) {
      this.#onLostInput(error)
    }
  }

  /** Reads the protocol header; answers where frames begin. */
  #greet(greeting: Greeting, chunk: Buffer, start: number, end: number): number {
    const from = start + greeting.take(chunk, start, end)
    const header = greeting.read()
    if (header === undefined) return end
    this.#greeting = undefined
    if (header === 'amqp-0-9-1') {
      this.#log.accepting()
      this.#state = 'handshake'
      this.#handshake = new Handshake(this.head, this)
      this.#handshake.start()
      return from
    }
    this.#log.error('handshake', greeting.complaint)
    this.frames.raw(greeting.answer)
    this.#end()
    return end
  }

  onFrame(type: number, number: number, buffer: Buffer, start: number, end: number): void {
    if (this.#state === 'running' && number !== 0 && type !== frameTypes.heartbeat) {
      try {
        this.#channels!.onFrame(type, number, buffer, start, end)
      } catch (error) {
        this.#onError(error, this.#channels!.ids, number)
      }
      return
    }
    let ids = noMethod
    try {
      if (type === frameTypes.heartbeat && number === 0) return
      if (type !== frameTypes.method || number !== 0) {
        if (this.#state === 'closing') return
        throw unexpectedFrame(type, buffer, start, end)
      }
      const key = buffer.readUInt32BE(start)
      ids = { classId: key >>> 16, methodId: key & 0xffff }
      this.#onMethod(decodeMethod(buffer, start, end))
    } catch (error) {
      this.#onError(undecodable(error, buffer, start, end), ids, number)
    }
  }

  /** A method on channel 0. */
  #onMethod(method: Method): void {
    if (this.#state === 'closing') {
      if (method.name === 'connection.close') this.send({ name: 'connection.close-ok' })
      else if (method.name === 'connection.close-ok') this.#destroy()
      return
    }
    if (method.name === 'connection.close' && this.#handshake?.stage !== 'starting') return this.#onClose()
    if (this.#handshake !== undefined) return this.#handshake.onMethod(method)
    if (method.name === 'connection.update-secret') return this.#onUpdateSecret(method)
    throw new Fault('channel-error', `unexpected method in connection state ${this.#stateName()}`)
  }

  /** The client goes: what it asked for before is still carried out. */
  #onClose(): void {
    if (this.#channels?.busy) return this.#leave('closed')
    this.#log.closing()
    this.#closeChannels()
    this.send({ name: 'connection.close-ok' })
    this.#end()
  }

  /** Waits for the channels to finish, and looks at nothing more that comes. */
  #leave(how: 'closed' | 'lost'): void {
    this.#leaving = how
    this.#input.close()
    this.#deadline = this.#now() + CLOSING_MILLISECONDS
  }

  onIdle(): void {
    if (this.#leaving === undefined || this.#state !== 'running' || this.#channels?.busy) return
    const how = this.#leaving
    this.#leaving = undefined
    if (how === 'closed') this.#onClose()
    else this.#onLost(undefined)
  }

  #onUpdateSecret(method: ConnectionUpdateSecret): void {
    this.access.updateSecret(method.newSecret.toString()).then(
      () => {
        if (this.#state === 'running') this.send({ name: 'connection.update-secret-ok' })
      },
      (error: unknown) => this.#onError(error, methodIds['connection.update-secret'], 0),
    )
  }

  // The handshake.

  carryOut<T>(operation: Promise<T>, rest: (value: T) => void): void {
    this.#input.pause(Pause.handshake)
    const ids = this.#handshake?.stage === 'starting' ? methodIds['connection.start-ok'] : methodIds['connection.open']
    operation.then(
      (value) => this.#goOn(() => rest(value)),
      (error: unknown) => this.#onError(error, ids, 0),
    )
  }

  #goOn(rest: () => void): void {
    try {
      rest()
      this.#input.resume(Pause.handshake)
    } catch (error) {
      this.#onLostInput(error)
    }
  }

  onTuned(tuning: Tuning): void {
    const { frameMax, channelMax, heartbeatSeconds } = tuning
    this.frameMax = frameMax
    this.#input.payloadBytesMax = (frameMax === 0 ? FRAME_BYTES_MAX : frameMax) - frameOverhead
    this.#channels = new Channels(this, channelMax)
    if (heartbeatSeconds > 0) this.#heartbeat = new Heartbeat(heartbeatSeconds, this.#now())
    this.#log.identify(this.#handshake?.user?.name ?? '', this.#handshake?.clientName)
  }

  checkAdmission(): void {
    if (this.#keeper.admits()) return
    const limit = `node connection limit (${this.head.settings.connectionsMax}) is reached`
    throw new Fault('not-allowed', `connection refused: ${limit}`)
  }

  onOpened(access: Access): void {
    // The client may have gone while its virtual host was being opened.
    if (this.#state !== 'handshake') return access.close()
    this.#access = access
    const capabilities = this.#handshake!.capabilities
    this.takesCancel = capabilities.takesCancel
    this.#takesBlocked = capabilities.takesBlocked
    this.#handshake = undefined
    this.#state = 'running'
    this.#deadline = 0
    this.#log.opened(access.vhost)
    this.send({ name: 'connection.open-ok' })
  }

  // Frames out.

  send(method: Method): void {
    this.frames.method(0, method)
    this.scheduleFlush()
  }

  scheduleFlush(): void {
    if (this.#flushScheduled) return
    this.#flushScheduled = true
    this.head.broker.turn.addFlush(this)
  }

  scheduleConfirms(confirms: Confirms): void {
    this.#confirms.add(confirms)
  }

  /** The end of the turn: confirms, then one write. */
  run(): void {
    try {
      this.#flushScheduled = false
      this.#confirms.flush(this.frames)
      this.#output.flush()
      if (this.#state === 'ending') this.#stream.end()
      else if (this.#output.overfull) this.#input.pause(Pause.output)
    } catch (error) {
      this.onBug(error)
    }
  }

  mayDeliver(): boolean {
    if (!this.#output.congested) return true
    this.#output.awaited = true
    return false
  }

  /** The system took something of the output. */
  #onDrain(): void {
    try {
      if (this.#output.awaited && !this.#output.congested && this.#state === 'running') {
        this.#output.awaited = false
        for (const channel of this.#channels!) channel.wakeStarved()
      }
      if (this.#input.isPausedFor(Pause.output) && !this.#output.overfull) this.#input.resume(Pause.output)
    } catch (error) {
      this.#onLostInput(error)
    }
  }

  // Holding the client up.

  onHeld(bytes: number): void {
    this.#heldBytes += bytes
    if (this.#state !== 'running') return
    if (this.#heldBytes > HELD_BYTES_MAX) this.#input.pause(Pause.held)
    else if (this.#input.isPausedFor(Pause.held)) {
      try {
        this.#input.resume(Pause.held)
      } catch (error) {
        this.#onLostInput(error)
      }
    }
  }

  onPublished(): void {
    if (!this.head.alarmed || this.#state !== 'running') return
    this.#input.pause(Pause.alarm)
    if (!this.#takesBlocked || this.#blockedTold) return
    this.#blockedTold = true
    this.send({ name: 'connection.blocked', reason: alarmReason(this.head.broker.alarms) })
  }

  /** The broker has no alarm any more. */
  onAlarmOver(): void {
    try {
      if (this.#blockedTold) this.send({ name: 'connection.unblocked' })
      this.#blockedTold = false
      this.#input.resume(Pause.alarm)
    } catch (error) {
      this.#onLostInput(error)
    }
  }

  // Time.

  /** Called about every second. */
  tick(now: number): void {
    try {
      if (this.#deadline !== 0 && now >= this.#deadline) return this.#onDeadline()
      if (this.#heartbeat !== undefined && this.#state !== 'ending') this.#beat(this.#heartbeat, now)
    } catch (error) {
      this.onBug(error)
    }
  }

  /** Closes channels that hold deliveries for longer than they may. */
  checkAcknowledgements(now: number, timeout: number | undefined): void {
    try {
      if (this.#state !== 'running') return
      for (const channel of this.#channels!) channel.checkAcknowledgements(now, timeout)
    } catch (error) {
      this.onBug(error)
    }
  }

  #beat(heartbeat: Heartbeat, now: number): void {
    let received = this.#input.bytesReceived
    // While nothing is read, its beats are not heard: what it takes from us tells that it is there.
    if (this.#input.isPausedFor(Pause.output)) received += this.#output.writesDone
    else if (this.#input.paused) heartbeat.restart(now)
    const due = heartbeat.due(now, this.#output.bytesWritten, received)
    if (due === 'expired') {
      this.#log.failedHeartbeat(heartbeat.seconds)
      this.#destroy()
    } else if (due === 'send') {
      this.frames.heartbeat()
      this.scheduleFlush()
    }
  }

  #onDeadline(): void {
    this.#deadline = 0
    if (this.#state === 'greeting' || this.#state === 'handshake') {
      const { handshakeTimeoutMilliseconds } = this.head.settings
      this.#log.error(this.#stateName(), `handshake timeout after ${handshakeTimeoutMilliseconds} ms`)
    }
    this.#destroy()
  }

  // The end.

  onChannelError(number: number, error: unknown, ids: MethodIds): void {
    this.#onError(error, ids, number)
  }

  onChannelClosed(number: number): void {
    this.#channels?.remove(number)
  }

  onBug(error: unknown): void {
    if (this.#state === 'gone' || this.#state === 'ending') return
    this.#log.bug(error)
    if (this.#state !== 'running') return this.#destroy()
    try {
      this.#sendClose({ code: 541, text: 'INTERNAL_ERROR', hard: true }, noMethod)
    } catch {
      // What is broken may be what is needed for saying so.
      this.#destroy()
    }
  }

  /** Asks the client to go: the broker stops, or an operator wants it. */
  shutDown(reason: string, milliseconds: number): void {
    try {
      if (this.#state !== 'running' && this.#state !== 'closing') return this.#destroy()
      if (this.#state === 'running') {
        const fault = new Fault('connection-forced', reason)
        this.#log.error('running', replyFor(fault).text)
        this.#sendClose(replyFor(fault), noMethod)
      }
      this.#deadline = this.#now() + milliseconds
    } catch {
      this.#destroy()
    }
  }

  onEnd(): void {
    if (this.#state !== 'running' || !this.#channels?.busy) this.#onLost(undefined)
    else if (this.#leaving === undefined) this.#leave('lost')
  }

  onClose(error: Error | undefined): void {
    this.#onLost(error)
  }

  #onLost(error: Error | undefined): void {
    const reason = 'client unexpectedly closed TCP connection'
    if (this.#greeting?.length === 0) this.#log.silent()
    else if (this.#state === 'running' || this.#state === 'handshake' || this.#state === 'greeting') {
      this.#log.closingBecause(error === undefined ? reason : `${reason} (${error.message})`)
    }
    this.#destroy()
  }

  /** The decoder has lost its place, or something failed where nothing is to blame but the input. */
  #onLostInput(error: unknown): void {
    this.#onError(error, noMethod, 0)
    this.#input.close()
  }

  /** An error in what the client did, on a channel or (0) on the connection. */
  #onError(error: unknown, ids: MethodIds, number: number): void {
    try {
      const fault = faultOf(error)
      if (fault === undefined) this.onBug(error)
      else if (this.#state === 'running') this.#onRunningError(fault, ids, number)
      else if (this.#state === 'greeting' || this.#state === 'handshake') this.#onHandshakeError(fault, ids)
    } catch (bug) {
      this.onBug(bug)
    }
  }

  #onRunningError(fault: Fault, ids: MethodIds, number: number): void {
    const reply = replyFor(fault)
    const channel = this.#channels?.get(number)
    if (!reply.hard && channel !== undefined) {
      this.#log.channelError(number, reply.text)
      return channel.fail(reply, ids)
    }
    this.#log.error('running', number === 0 ? reply.text : `channel ${number}: ${reply.text}`)
    this.#sendClose(reply, ids)
  }

  /** Before it has logged in a client is told nothing, unless it asked for that. */
  #onHandshakeError(fault: Fault, ids: MethodIds): void {
    const stage = this.#handshake?.stage ?? 'starting'
    const refused = fault instanceof LoginRefused
    this.#log.error(stage, refused ? fault.logged : replyFor(fault).text)
    const told = stage !== 'starting' || (refused && this.#handshake?.capabilities.takesLoginFailure === true)
    // What is wrong with a tune-ok, RabbitMQ says of its own tune.
    const blamed = stage === 'tuning' ? methodIds['connection.tune'] : refused ? noMethod : ids
    if (told) this.#sendClose(replyFor(fault), blamed)
    else {
      this.#state = 'refused'
      this.#input.close()
    }
    this.#deadline = this.#now() + SILENT_CLOSE_MILLISECONDS
  }

  #sendClose(reply: Reply, ids: MethodIds): void {
    this.#closeChannels()
    this.#state = 'closing'
    this.#deadline = this.#now() + CLOSING_MILLISECONDS
    this.send({ name: 'connection.close', replyCode: reply.code, replyText: reply.text, ...ids })
    // The client's answer has to be read, whatever held it up before.
    for (const reason of Object.values(Pause)) this.#input.resume(reason)
  }

  #closeChannels(): void {
    this.#channels?.close()
    this.#access?.close()
  }

  /** All is said: what is still to be written goes out, then the socket ends. */
  #end(): void {
    this.#state = 'ending'
    this.#input.close()
    this.#deadline = this.#now() + CLOSING_MILLISECONDS
    this.scheduleFlush()
  }

  #destroy(): void {
    if (this.#state === 'gone') return
    if (this.#state === 'closing') this.#log.closing()
    this.#state = 'gone'
    this.#input.close()
    try {
      this.#closeChannels()
    } catch (error) {
      this.#log.bug(error)
    }
    this.#stream.destroy()
    this.#keeper.onGone(this)
  }

  #stateName(): string {
    if (this.#handshake !== undefined) return this.#handshake.stage
    return this.#blockedTold ? 'blocked' : this.#state
  }

  #now(): number {
    return this.head.broker.clock.monotonic()
  }
}

/** `low on memory & disk`. */
function alarmReason(alarms: readonly string[]): string {
  return `low on ${alarms.map((alarm) => alarm.replace(/^low on /, '')).join(' & ')}`
}
