import type { Duplex } from 'node:stream'
import type { Peer } from '../../broker/access.ts'
import { Undecided } from '../../broker/authenticator.ts'
import type { Owner } from '../../broker/queue.ts'
import type { SocketPeer } from '../../plugin.ts'
import { encodeFrame, headerOf, type StompFrame, type StompVersion } from '../../wire/stomp/frame.ts'
import type { StompHandler, StompLimits } from '../../wire/stomp/frame-stream.ts'
import { Client, type ClientPort, LATER } from './client.ts'
import { ConnectionLog } from './connection-log.ts'
import { ConnectionReport } from './connection-report.ts'
import type { DurableWaiter, Head } from './head.ts'
import { readHeartBeats } from './heart-beats.ts'
import { Input, Pause } from './input.ts'
import { type LoginPort, logIn, versionFor } from './login.ts'
import { Output, type OutputPort } from './output.ts'
import { read, type StreamReader } from './reader.ts'
import { Receipts } from './receipts.ts'
import { Refusal, refusalOf } from './refusal.ts'

/** Bytes that may wait for the disk before publishers do. */
const UNWRITTEN_BYTES_MAX = 32 * 1024 * 1024

/** How long a peer has to go after all is said. */
const ENDING_MILLISECONDS = 5000

/** Header lines of a frame. */
const HEADERS_MAX = 1000

const heartBeat = Buffer.from('\n')

/** What a connection needs of its protocol. */
export interface ConnectionKeeper {
  /** Whether one more connection may be opened. */
  admits(): boolean
  onGone(connection: Connection): void
}

/**
 * Where a connection stands: before CONNECT; while that is carried out; open; `leaving` after DISCONNECT, while receipts
 * wait for the disk; `ending` when all is said and only the socket is left; then `gone`.
 */
type ConnectionState = 'new' | 'opening' | 'open' | 'leaving' | 'ending' | 'gone'

/** One client's connection: its frames in, its frames out. Every way in catches what goes wrong inside. */
export class Connection implements ClientPort, DurableWaiter, LoginPort, OutputPort, Owner, StompHandler, StreamReader {
  readonly head: Head
  readonly serial: number
  readonly peer: Peer
  readonly socketPeer: SocketPeer
  readonly input: Input
  readonly output: Output
  readonly log: ConnectionLog
  readonly receipts = new Receipts()
  state: ConnectionState = 'new'
  client: Client | undefined
  readonly #stream: Duplex
  readonly #keeper: ConnectionKeeper
  #version: StompVersion = '1.0'
  /** Monotonic milliseconds of the last sign of life of either side, and after which the connection ends; 0 for never. */
  #heardAt: number
  #toldAt: number
  #deadline: number
  /** The receipt that the frame at hand asks for: an error names it. */
  #receipt: string | undefined
  #left = false
  #awaitsReceipts = false
  #awaitsDisk = false

  constructor(stream: Duplex, peer: SocketPeer, options: { head: Head; keeper: ConnectionKeeper; serial: number }) {
    const { head, keeper, serial } = options
    this.head = head
    this.serial = serial
    this.socketPeer = peer
    this.peer = { address: `${peer.remoteAddress}:${peer.remotePort}`, ip: peer.remoteAddress, loopback: peer.loopback }
    this.log = new ConnectionLog(head.logger, peer)
    this.input = new Input(stream, this, limits(head.settings.frameBytesMaxUnauthenticated))
    this.output = new Output(head, stream, this)
    this.#stream = stream
    this.#keeper = keeper
    this.#heardAt = this.#now()
    this.#toldAt = this.#heardAt
    this.#deadline = this.#heardAt + head.settings.loginMilliseconds
    read(stream, this)
  }

  get name(): string {
    return this.log.name
  }

  get owner(): Owner {
    return this
  }

  /** As metrics tell it. */
  readonly protocol = 'stomp'

  get version(): StompVersion {
    return this.#version
  }

  get #alive(): boolean {
    return this.state !== 'leaving' && this.state !== 'ending' && this.state !== 'gone'
  }

  // Bytes and frames in.

  onBytes(chunk: Buffer): void {
    try {
      this.#heardAt = this.#now()
      this.input.push(chunk)
      this.#holdUp()
    } catch (error) {
      this.onError(error)
    }
  }

  onHeartBeat(): void {}

  onFrame(frame: StompFrame): void {
    if (!this.#alive) return
    this.#receipt = headerOf(frame, 'receipt')
    const { client } = this
    if (client === undefined) return this.#onFirst(frame)
    const { command } = frame
    if (command === 'DISCONNECT') return this.#onDisconnect()
    try {
      const done = client.carryOut(frame)
      if (typeof done !== 'number') return this.#carryOut(frame, done)
      this.acknowledge(frame, done)
    } catch (error) {
      if (!(error instanceof Undecided)) throw error
      return this.#comeAgain(frame, error)
    }
    if (command === 'SEND' && this.head.alarmed) this.input.pause(Pause.alarm)
  }

  #onFirst(frame: StompFrame): void {
    const isConnect = frame.command === 'CONNECT' || frame.command === 'STOMP'
    if (!isConnect && !this.head.settings.implicitConnect) {
      throw new Refusal('Illegal command', 'You must log in using CONNECT first')
    }
    this.state = 'opening'
    this.input.pause(Pause.operation)
    this.#open(frame, isConnect).catch((error: unknown) => this.onError(error))
  }

  async #open(frame: StompFrame, isConnect: boolean): Promise<void> {
    const { head } = this
    const version = isConnect ? versionFor(frame) : '1.0'
    const heartBeats = readHeartBeats(isConnect ? headerOf(frame, 'heart-beat') : undefined)
    const login = await logIn(this, isConnect ? frame : undefined)
    const { access } = login
    try {
      if (!this.#alive) return access.close()
      access.openChannel()
    } catch (error) {
      access.close()
      throw error
    }
    const session = `session-${head.broker.random.bytes(16).toString('base64url')}`
    this.#version = version
    this.input.version = version
    this.input.limits = limits(head.settings.frameBytesMaxAuthenticated)
    const client = new Client(this, login, { version, session, heartBeats })
    this.client = client
    this.state = 'open'
    this.#deadline = 0
    this.log.opened({ user: access.user.name, vhost: access.vhost })
    if (isConnect) this.#sayConnected(client)
    else this.onFrame(frame)
    this.#resume(Pause.operation)
  }

  #sayConnected({ version, session, heartBeats }: Client): void {
    const { hidesServer, server } = this.head.settings
    const headers: [string, string][] = hidesServer ? [] : [['server', server]]
    const { fromServer, fromClient } = heartBeats
    headers.push(['session', session], ['heart-beat', `${fromServer},${fromClient}`], ['version', version])
    this.output.add(encodeFrame({ command: 'CONNECTED', headers }, version))
  }

  /** What a client says last. What it was owed before comes first. */
  #onDisconnect(): void {
    this.log.left()
    if (this.#receipt !== undefined) this.receipts.add(this.#receipt, 0)
    this.state = 'leaving'
    this.input.close()
    this.#leave()
    this.output.schedule()
  }

  // Operations that need their time.

  /** Waits for an operation without reading on. */
  #carryOut(frame: StompFrame, operation: Promise<number>): void {
    this.input.pause(Pause.operation)
    operation.then(
      (mark) => {
        if (!this.#alive) return
        this.acknowledge(frame, mark)
        if (frame.command === 'SEND' && this.head.alarmed) this.input.pause(Pause.alarm)
        this.#resume(Pause.operation)
      },
      (error: unknown) => {
        if (error instanceof Undecided) this.#comeAgain(frame, error)
        else this.onError(error)
      },
    )
  }

  /** Handles a frame once more when a backend has been asked. */
  #comeAgain(frame: StompFrame, { decision }: Undecided): void {
    const again = decision.then(() => this.client?.carryOut(frame) ?? 0)
    this.#carryOut(frame, again)
  }

  acknowledge(frame: StompFrame, mark: number): void {
    const receipt = mark === LATER ? undefined : headerOf(frame, 'receipt')
    if (receipt === undefined) return
    this.receipts.add(receipt, mark)
    this.output.schedule()
  }

  #resume(reason: Pause): void {
    try {
      this.input.resume(reason)
    } catch (error) {
      this.onError(error)
    }
  }

  admits(): boolean {
    return this.#keeper.admits()
  }

  // Frames out.

  onFlush(): void {
    for (const frame of this.receipts.due(this.head.broker.durable, this.#version)) this.output.add(frame)
    if (this.receipts.length === 0) {
      if (this.state === 'leaving') this.#finish()
    } else if (!this.#awaitsReceipts) {
      this.#awaitsReceipts = true
      this.head.awaitDurable(this)
    }
    this.#toldAt = this.#now()
  }

  onFlushed(): void {
    if (this.state === 'ending') this.#stream.end()
    else if (this.output.overfull) this.input.pause(Pause.output)
  }

  onDrain(): void {
    if (!this.output.congested) this.client?.subscriptions.wake()
    if (this.input.isPausedFor(Pause.output) && !this.output.overfull) this.#resume(Pause.output)
  }

  onDurable(): void {
    if (this.#awaitsReceipts) {
      this.#awaitsReceipts = false
      this.output.schedule()
    }
    if (!this.#awaitsDisk) return
    if (this.head.broker.pendingBytes > UNWRITTEN_BYTES_MAX) return this.head.awaitDurable(this)
    this.#awaitsDisk = false
    this.#resume(Pause.disk)
  }

  /** The broker has no alarm any more. */
  onAlarmOver(): void {
    this.#resume(Pause.alarm)
  }

  /** A publisher that is faster than the disk waits for it. */
  #holdUp(): void {
    if (this.#awaitsDisk || this.head.broker.pendingBytes <= UNWRITTEN_BYTES_MAX) return
    this.#awaitsDisk = true
    this.input.pause(Pause.disk)
    this.head.awaitDurable(this)
  }

  // Errors, and the end.

  /** What a client did wrong is told, and ends the connection (1.2, "ERROR"); anything else is ours. */
  onError(error: unknown): void {
    if (!this.#alive) return
    const refusal = refusalOf(error)
    if (refusal === undefined) return this.onBug(error)
    this.#refuse(refusal)
  }

  onBug(error: unknown): void {
    if (!this.#alive) return this.destroy()
    this.log.bug(error)
    this.#refuse(new Refusal('Processing error', 'Processing error'))
  }

  /** An operator ends it, or the broker does. */
  end(reason: string): void {
    if (!this.#alive) return
    this.#receipt = undefined
    if (this.client === undefined) return this.destroy()
    this.#refuse(new Refusal('connection_forced', `CONNECTION_FORCED - ${reason}`))
  }

  /** What its user may do has changed: subscriptions that are not permitted any more have to go. */
  reconsider(): void {
    this.client?.subscriptions.revoke().catch((error: unknown) => this.onBug(error))
  }

  /** Looks what is due; called twice a second. */
  tick(now: number): void {
    try {
      if (this.#deadline !== 0 && now >= this.#deadline) {
        if (this.client === undefined) this.log.refused('no CONNECT in time')
        return this.destroy()
      }
      if (this.state !== 'open' || this.client === undefined) return
      const { heartBeats, access } = this.client
      const { expiresAt } = access
      if (expiresAt !== undefined && this.head.broker.clock.now() >= expiresAt) return this.end('credential expired')
      const { fromServer, fromClient } = heartBeats
      if (fromServer > 0 && now - this.#toldAt >= fromServer / 2) this.output.add(heartBeat)
      if (this.input.paused) this.#heardAt = now
      else if (fromClient > 0 && now - this.#heardAt > fromClient * 2)
        this.#lose(`nothing heard for ${fromClient * 2} ms`)
    } catch (error) {
      this.onBug(error)
    }
  }

  onEnd(): void {
    this.#lose(undefined)
  }

  onClose(error: Error | undefined): void {
    this.#lose(error?.message)
  }

  destroy(): void {
    if (this.state === 'gone') return
    this.state = 'gone'
    this.input.close()
    this.#leave()
    this.#stream.destroy()
    this.#note()
    this.#keeper.onGone(this)
  }

  #note(): void {
    const { client, socketPeer } = this
    const { ending, name } = this.log
    if (client === undefined) ending.noteRefused(this.head.broker, socketPeer, { name, protocol: 'STOMP' })
    else ending.note(this.head.broker, new ConnectionReport(this, client))
  }

  #lose(reason: string | undefined): void {
    if (this.#alive) {
      if (this.input.bytesReceived === 0) this.log.silent()
      else this.log.closed('network', reason ?? 'client unexpectedly closed TCP connection')
    }
    // Receipts are still owed to who has said goodbye and closed its side.
    else if (this.state === 'leaving' && !this.#stream.destroyed) return
    this.destroy()
  }

  #refuse({ title, message }: Refusal): void {
    if (this.client === undefined) this.log.refused(`${title}: ${message}`)
    else this.log.closed('broker', `${title}: ${message}`)
    const headers: [string, string][] = [
      ['message', title],
      ['content-type', 'text/plain'],
      ['version', '1.0,1.1,1.2'],
    ]
    if (this.#receipt !== undefined) headers.push(['receipt-id', this.#receipt])
    this.output.add(encodeFrame({ command: 'ERROR', headers, body: Buffer.from(message) }, this.#version))
    this.#finish()
    this.input.close()
    this.#leave()
  }

  /** All is said: what is still to be written goes out, then the socket ends. */
  #finish(): void {
    this.state = 'ending'
    this.#deadline = this.#now() + ENDING_MILLISECONDS
  }

  #leave(): void {
    if (this.#left || this.client === undefined) return
    this.#left = true
    try {
      this.client.leave()
    } catch (error) {
      this.log.bug(error)
    }
  }

  #now(): number {
    return this.head.broker.clock.monotonic()
  }
}

/** Headers are held as text, which takes more than their bytes: they get a part of the frame only. */
function limits(frameBytesMax: number): StompLimits {
  return { headersMax: HEADERS_MAX, headBytesMax: Math.min(frameBytesMax, 256 * 1024), bodyBytesMax: frameBytesMax }
}
