import type { Duplex } from 'node:stream'
import type { Peer } from '../../broker/access.ts'
import { Undecided } from '../../broker/authenticator.ts'
import { Fault } from '../../broker/fault.ts'
import type { Owner } from '../../broker/queue.ts'
import type { SocketPeer } from '../../plugin.ts'
import { readClientPacket } from '../../wire/mqtt/client-packets.ts'
import { PacketError } from '../../wire/mqtt/packet-error.ts'
import type { PacketHandler } from '../../wire/mqtt/packet-stream.ts'
import { packetTypeNumber } from '../../wire/mqtt/packet-type.ts'
import type { Auth, ClientPacket, Connect } from '../../wire/mqtt/packets.ts'
import { readPublish } from '../../wire/mqtt/publish.ts'
import { ReasonCode } from '../../wire/mqtt/reason-codes.ts'
import { Answers } from './answers.ts'
import { Client, type ClientPort } from './client.ts'
import { faultReason, returnCodeOf } from './codes.ts'
import { ConnectionLog } from './connection-log.ts'
import { ConnectionReport, eventProtocol, trafficProtocols } from './connection-report.ts'
import type { DurableWaiter, Head } from './head.ts'
import { Input, Pause } from './input.ts'
import { readPlain } from './login.ts'
import { type OpeningPort, open } from './opening.ts'
import { Output, type OutputPort } from './output.ts'
import { read, type StreamReader } from './reader.ts'
import { subscribe, unsubscribe } from './subscribing.ts'
import type { SystemCounts } from './system-topics.ts'

const CONNECT = packetTypeNumber('connect')
const PUBLISH = packetTypeNumber('publish')

/** Bytes that may wait for the disk before publishers do. */
const UNWRITTEN_BYTES_MAX = 32 * 1024 * 1024

/** How long a peer has to go after all is said. */
const ENDING_MILLISECONDS = 5000

/** What a connection needs of its protocol. */
export interface ConnectionKeeper {
  /** Whether one more connection may be opened. */
  admits(): boolean
  /** Makes this the connection of a session; resolves when the one before has let go of it. */
  claim(session: string, connection: Connection): Promise<void>
  onGone(connection: Connection): void
}

/**
 * Where a connection stands: before CONNECT; while that is carried out; open; `ending` when all is said and only the
 * socket is left; then `gone`.
 */
type ConnectionState = 'new' | 'opening' | 'open' | 'ending' | 'gone'

/** One client's connection: its packets in, its packets out. Every way in catches what goes wrong inside. */
export class Connection
  implements ClientPort, DurableWaiter, OpeningPort, OutputPort, Owner, PacketHandler, StreamReader
{
  readonly head: Head
  readonly serial: number
  readonly socketPeer: SocketPeer
  readonly input: Input
  readonly output: Output
  readonly answers = new Answers()
  readonly log: ConnectionLog
  state: ConnectionState = 'new'
  client: Client | undefined
  /** The session it has claimed. */
  sessionKey: string | undefined
  readonly #stream: Duplex
  readonly #keeper: ConnectionKeeper
  /** Monotonic milliseconds of the last sign of life, and after which the connection ends; 0 for never. */
  #heardAt: number
  #deadline: number
  #authentication: ((data: Buffer) => void) | undefined
  /** Answers or deliveries wait for the disk. */
  #awaitsAnswers = false
  #awaitsDisk = false
  /** Grows with each operation that is waited for. */
  #operation = 0
  /** Resolves when the session is free. */
  #left: Promise<void> | undefined
  #opening: Promise<void> | undefined

  constructor(stream: Duplex, peer: SocketPeer, options: { head: Head; keeper: ConnectionKeeper; serial: number }) {
    const { head, keeper, serial } = options
    this.head = head
    this.serial = serial
    this.socketPeer = peer
    this.log = new ConnectionLog(head.logger, peer)
    this.input = new Input(stream, this, head.settings.packetBytesMaxUnauthenticated)
    this.output = new Output(head, stream, this)
    this.#stream = stream
    this.#keeper = keeper
    this.#heardAt = this.#now()
    this.#deadline = this.#heardAt + head.settings.loginMilliseconds
    read(stream, this)
  }

  get name(): string {
    return this.log.name
  }

  get peer(): Peer {
    const { remoteAddress, remotePort, loopback } = this.socketPeer
    return { address: `${remoteAddress}:${remotePort}`, ip: remoteAddress, loopback }
  }

  get owner(): Owner {
    return this
  }

  /** As metrics tell it. */
  get protocol(): string {
    return trafficProtocols[this.output.packets.level]
  }

  /** What it has done so far. */
  get counts(): SystemCounts {
    const { bytesReceived } = this.input
    const bytesSent = this.output.bytesWritten
    const { publisher, deliveries } = this.client ?? {}
    const delivered = (deliveries?.delivered ?? 0) + (deliveries?.deliveredNoAck ?? 0)
    const dropped = deliveries?.dropped ?? 0
    return { bytesReceived, bytesSent, published: publisher?.published ?? 0, delivered, dropped }
  }

  get alive(): boolean {
    return this.state !== 'ending' && this.state !== 'gone'
  }

  // Bytes and packets in.

  onBytes(chunk: Buffer): void {
    try {
      this.#heardAt = this.#now()
      // Whoever speaks another protocol need not wait for the end of a packet that never was one.
      if (this.input.reads === 0 && chunk[0]! >> 4 !== CONNECT) {
        throw new PacketError(ReasonCode.protocolError, 'the first packet is no CONNECT')
      }
      this.input.push(chunk)
      this.#holdUp()
    } catch (error) {
      this.onError(error)
    }
  }

  onPacket(type: number, flags: number, buffer: Buffer, start: number, end: number): void {
    if (!this.alive) return
    const packet = { type, flags, buffer, start, end }
    const { client } = this
    if (client === undefined) return this.#onFirst(readClientPacket(packet, this.state === 'new' ? undefined : 5))
    try {
      if (type !== PUBLISH) return this.#onPacket(client, readClientPacket(packet, client.level))
      const { publish: view } = this.head
      readPublish(packet, client.level, view)
      if (view.qos > this.head.settings.maximumQos) this.#checkQos(client)
      if (view.qos > 0 && client.level === 5) this.#checkReceiveMaximum(client)
      const preparation = client.publisher.preparation(view)
      if (preparation !== undefined) return this.#comeAgain(preparation, packet)
      client.publisher.publish(view)
      if (this.head.alarmed) this.input.pause(Pause.alarm)
    } catch (error) {
      if (!(error instanceof Undecided)) throw error
      this.#comeAgain(error.decision, packet)
    }
  }

  /** Where only QoS 1 is spoken, MQTT 5 ends, and what was before gets the lower quality. */
  #checkQos(client: Client): void {
    if (client.level === 5) throw new PacketError(ReasonCode.qosNotSupported, 'quality of service 2 is switched off')
    this.head.publish.qos = this.head.settings.maximumQos
  }

  /** Each message that is not answered for has at most one answer that waits, and one note. */
  #checkReceiveMaximum({ receivedCount }: Client): void {
    const { receiveMaximum } = this.head.settings
    if (this.answers.length < receiveMaximum && receivedCount < receiveMaximum) return
    throw new PacketError(
      ReasonCode.receiveMaximumExceeded,
      `more than ${receiveMaximum} messages are not acknowledged`,
    )
  }

  #onFirst(packet: ClientPacket): void {
    if (packet.type === 'connect') {
      this.output.packets.level = packet.level
      this.state = 'opening'
      this.input.pause(Pause.operation)
      this.#opening = this.#carryIn(packet)
    } else if (packet.type === 'auth' && this.#authentication !== undefined) {
      const answer = this.#authentication
      this.#authentication = undefined
      this.input.pause(Pause.operation)
      answer(packet.properties.authenticationData ?? Buffer.alloc(0))
    } else throw new PacketError(ReasonCode.protocolError, `${packet.type} comes before the client was let in`)
  }

  #onPacket(client: Client, packet: ClientPacket): void {
    switch (packet.type) {
      case 'puback':
        return client.deliveries.onPuback(packet.packetIdentifier)
      case 'pubrec':
        return client.onPubrec(packet.packetIdentifier, packet.reasonCode)
      case 'pubrel':
        return client.onPubrel(packet.packetIdentifier)
      case 'pubcomp':
        return client.deliveries.onPubcomp(packet.packetIdentifier)
      case 'subscribe':
        return this.#carryOut(subscribe(client, packet), ({ codes, sendRetained }) => {
          this.output.packets.subscriptionAnswer('suback', packet.packetIdentifier, codes)
          this.output.schedule()
          this.#carryOut(sendRetained(), () => {})
        })
      case 'unsubscribe':
        return this.#carryOut(unsubscribe(client, packet), (codes) => {
          this.output.packets.subscriptionAnswer('unsuback', packet.packetIdentifier, codes)
          this.output.schedule()
        })
      case 'pingreq':
        this.output.packets.pingresp()
        return this.output.schedule()
      case 'disconnect': {
        const expirySeconds = client.onDisconnect(packet)
        this.log.left()
        return this.#end(expirySeconds)
      }
      case 'auth':
        return this.#onAuth(client, packet)
      default:
        throw new PacketError(ReasonCode.protocolError, `${packet.type} comes twice`)
    }
  }

  /** Re-authentication (MQTT 5 §4.12.1): the same method with a new secret. */
  #onAuth(client: Client, { reasonCode, properties }: Auth): void {
    const { authenticationMethod: method, authenticationData: data } = properties
    if (reasonCode !== ReasonCode.reAuthenticate || method === undefined || method !== client.authenticationMethod) {
      throw new PacketError(ReasonCode.protocolError, 'this is no re-authentication by the method of CONNECT')
    }
    if (method !== 'PLAIN' || data === undefined) {
      throw new PacketError(ReasonCode.badAuthenticationMethod, `${method} has no re-authentication`)
    }
    this.#carryOut(client.session.access.updateSecret(readPlain(data).password), () => {
      this.output.packets.auth(ReasonCode.success, { authenticationMethod: method })
      this.output.schedule()
    })
  }

  // The opening.

  async #carryIn(connect: Connect): Promise<void> {
    try {
      await this.#open(connect)
    } catch (error) {
      this.#refuse(error)
    } finally {
      this.#opening = undefined
    }
  }

  async #open(connect: Connect): Promise<void> {
    const opened = await open(this, connect)
    const client = new Client(this, connect, opened)
    const { user, vhost } = opened.login
    this.log.opened({ clientIdentifier: client.session.clientIdentifier, user: user.name, vhost })
    this.input.packetBytesMax = this.head.settings.packetBytesMaxAuthenticated
    this.output.packets.connack(opened.sessionPresent, ReasonCode.success, opened.properties)
    this.output.schedule()
    this.client = client
    this.head.events.connectionCreated(new ConnectionReport(this, client), eventProtocol(client.level, this.socketPeer))
    try {
      await client.resume()
    } catch (error) {
      // CONNACK was written, so it is told otherwise.
      this.state = 'open'
      return this.onError(error)
    }
    if (!this.alive) return
    this.state = 'open'
    this.#deadline = 0
    this.#heardAt = this.#now()
    this.#resume(Pause.operation)
  }

  #refuse(error: unknown): void {
    const reason = faultReason(error)
    if (reason === undefined) {
      this.log.bug(error)
      return this.destroy()
    }
    if (!this.alive) return
    this.log.refused((error as Error).message)
    const { packets } = this.output
    const { serverReference } = this.head.settings
    if (packets.level !== 5) packets.connack(false, returnCodeOf(reason))
    else if (reason === ReasonCode.quotaExceeded && serverReference !== undefined) {
      packets.connack(false, ReasonCode.useAnotherServer, { serverReference })
    } else packets.connack(false, reason)
    this.#end(undefined)
  }

  admits(): boolean {
    return this.#keeper.admits()
  }

  claim(session: string, { goesOn }: { readonly goesOn: boolean }): Promise<void> {
    if (goesOn) this.head.wills.cancel(session)
    else this.head.wills.endOfSession(session)
    return this.#keeper.claim(session, this)
  }

  challenge(authenticationMethod: string): Promise<Buffer> {
    this.output.packets.auth(ReasonCode.continueAuthentication, { authenticationMethod })
    this.output.schedule()
    const { promise, resolve } = Promise.withResolvers<Buffer>()
    this.#authentication = resolve
    this.#resume(Pause.operation)
    return promise
  }

  // Operations that need their time.

  /** Waits for `operation` without reading on, then does the rest. */
  #carryOut<T>(operation: Promise<T>, rest: (value: T) => void): void {
    this.input.pause(Pause.operation)
    const serial = ++this.#operation
    operation.then(
      (value) => {
        if (!this.alive) return
        try {
          rest(value)
          // What came behind it waits for the rest too, and for what that has begun.
          if (this.alive && this.#operation === serial) this.input.resume(Pause.operation)
        } catch (error) {
          this.onError(error)
        }
      },
      (error: unknown) => this.onError(error),
    )
  }

  /** Handles a packet once more when what it needs is there. */
  #comeAgain(
    needed: Promise<void>,
    { type, flags, buffer, start, end }: { type: number; flags: number; buffer: Buffer; start: number; end: number },
  ): void {
    const copy = Buffer.from(buffer.subarray(start, end))
    this.#carryOut(needed, () => this.onPacket(type, flags, copy, 0, copy.length))
  }

  #resume(reason: Pause): void {
    try {
      this.input.resume(reason)
    } catch (error) {
      this.onError(error)
    }
  }

  // Packets out.

  onFlush(): void {
    const { client } = this
    client?.sortIn()
    client?.deliveries.settleEnded()
    const { durable } = this.head.broker
    const isHeld = client?.deliveries.writeDurable(durable) === true
    if ((this.answers.flush(this.output.packets, durable) || isHeld) && !this.#awaitsAnswers) {
      this.#awaitsAnswers = true
      this.head.awaitDurable(this)
    }
  }

  onFlushed(): void {
    if (this.state === 'ending') this.#stream.end()
    else if (this.output.overfull) this.input.pause(Pause.output)
  }

  onDrain(): void {
    if (!this.output.congested) this.client?.deliveries.wake()
    if (this.input.isPausedFor(Pause.output) && !this.output.overfull) this.#resume(Pause.output)
  }

  onDurable(): void {
    if (this.#awaitsAnswers) {
      this.#awaitsAnswers = false
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

  /** What a client did wrong, told where its version can be told; anything else is ours. */
  onError(error: unknown): void {
    if (!this.alive) return
    const reason = faultReason(error)
    if (reason === undefined) return this.onBug(error)
    const text = error instanceof Fault || error instanceof PacketError ? error.message : ''
    if (this.client === undefined) return this.#onFirstError(reason, text)
    this.disconnect(reason, text)
  }

  #onFirstError(reason: ReasonCode, text: string): void {
    this.log.refused(text)
    // A version that is not spoken here is the one thing that those of every version understand.
    if (reason === ReasonCode.unsupportedProtocolVersion) {
      this.output.packets.connack(false, returnCodeOf(reason))
      return this.#end(undefined)
    }
    this.destroy()
  }

  onBug(error: unknown): void {
    if (!this.alive) return
    this.log.bug(error)
    if (this.client === undefined) return this.destroy()
    this.disconnect(ReasonCode.unspecifiedError, 'internal error')
  }

  onQueueGone(): void {
    this.disconnect(ReasonCode.administrativeAction, 'a queue of the session was deleted')
  }

  /** Ends it for a reason that MQTT 5 can tell. */
  disconnect(reason: ReasonCode, text: string): void {
    if (!this.alive) return
    this.log.closed('broker', text)
    if (this.client === undefined) return this.destroy()
    this.output.packets.disconnect(reason, { reasonString: text })
    this.#end(undefined)
  }

  /** The broker stops. Who can be told goes to the server that the settings name. */
  redirect(text: string): void {
    const { serverReference } = this.head.settings
    if (!this.alive || this.client?.level !== 5 || serverReference === undefined) {
      return this.disconnect(ReasonCode.serverShuttingDown, text)
    }
    this.log.closed('broker', text)
    this.output.packets.disconnect(ReasonCode.useAnotherServer, { reasonString: text, serverReference })
    this.#end(undefined)
  }

  /** An operator ends it. */
  end(reason: string): void {
    this.disconnect(ReasonCode.administrativeAction, reason)
  }

  /** What its user may do has changed: one that may not read its queues any more has to go. */
  reconsider(): void {
    this.#reconsider().catch((error: unknown) => this.onBug(error))
  }

  async #reconsider(): Promise<void> {
    const { client } = this
    for (const { tag } of [...(client?.deliveries.consumers ?? [])]) {
      if (await client?.session.access.mayConsume(tag)) continue
      return this.disconnect(ReasonCode.notAuthorized, `reading from queue '${tag}' is not permitted any more`)
    }
  }

  /** Another connection has the session from now on; resolves when it may. */
  async yieldSession(): Promise<void> {
    this.disconnect(ReasonCode.sessionTakenOver, 'another connection has taken the session over')
    await this.#opening
    await this.#left
  }

  /** Looks what is due; called about every second. */
  tick(now: number): void {
    try {
      if (this.#deadline !== 0 && now >= this.#deadline) {
        if (this.client === undefined) this.log.refused('no CONNECT in time')
        return this.destroy()
      }
      if (this.state !== 'open' || this.client === undefined) return
      const { keepAliveSeconds, session } = this.client
      const { expiresAt } = session.access
      if (expiresAt !== undefined && this.head.broker.clock.now() >= expiresAt) {
        return this.disconnect(ReasonCode.maximumConnectTime, 'credential expired')
      }
      if (this.input.paused) this.#heardAt = now
      else if (keepAliveSeconds > 0 && now - this.#heardAt > keepAliveSeconds * 1500) {
        this.disconnect(ReasonCode.keepAliveTimeout, `nothing heard for ${keepAliveSeconds * 1.5} s`)
      }
    } catch (error) {
      this.onBug(error)
    }
  }

  onEnd(): void {
    this.#lost(undefined)
  }

  onClose(error: Error | undefined): void {
    this.#lost(error)
  }

  destroy(): void {
    if (this.state === 'gone') return
    this.state = 'gone'
    this.input.close()
    this.#leave(undefined)
    this.#stream.destroy()
    this.#note(this.client)
    this.#keeper.onGone(this)
  }

  #note(client: Client | undefined): void {
    const { broker, events } = this.head
    const { ending, name } = this.log
    if (client === undefined) return ending.noteRefused(broker, this.socketPeer, { name, protocol: 'MQTT' })
    const report = new ConnectionReport(this, client)
    events.connectionClosed(report)
    ending.note(broker, report)
  }

  #lost(error: Error | undefined): void {
    if (this.alive) {
      if (this.input.bytesReceived === 0) this.log.silent()
      else this.log.closed('network', error?.message ?? 'client unexpectedly closed TCP connection')
    }
    this.destroy()
  }

  /** All is said: what is still to be written goes out, then the socket ends. */
  #end(expirySeconds: number | undefined): void {
    this.state = 'ending'
    this.#deadline = this.#now() + ENDING_MILLISECONDS
    this.input.close()
    this.#leave(expirySeconds)
    this.output.schedule()
  }

  #leave(expirySeconds: number | undefined): void {
    if (this.#left !== undefined || this.client === undefined) return
    this.#left = this.client.leave(expirySeconds).catch((error: unknown) => this.log.bug(error))
  }

  #now(): number {
    return this.head.broker.clock.monotonic()
  }
}
