import type { Access } from '../../broker/access.ts'
import { Fault } from '../../broker/fault.ts'
import type { Message } from '../../broker/message.ts'
import { PacketError } from '../../wire/mqtt/packet-error.ts'
import type { ProtocolLevel } from '../../wire/mqtt/packet-type.ts'
import type { Connect, Disconnect, Will } from '../../wire/mqtt/packets.ts'
import type { Properties } from '../../wire/mqtt/properties.ts'
import { ReasonCode } from '../../wire/mqtt/reason-codes.ts'
import type { Answer, Answers } from './answers.ts'
import { Deliveries, type DeliveriesPort } from './deliveries.ts'
import type { Head } from './head.ts'
import { incomingMessage } from './incoming-form.ts'
import type { Login } from './login.ts'
import { type Opened, sessionKey } from './opening.ts'
import type { Output } from './output.ts'
import { PacketNotes } from './packet-notes.ts'
import { Publisher, type PublisherPort, routingAddress } from './publisher.ts'
import { NEVER, type Session } from './session.ts'
import { TopicAliases } from './topic-aliases.ts'
import { parkWill } from './will-queue.ts'

/** Largest packet that the protocol knows (§2.1.4), fixed header included. */
const PACKET_BYTES_MAX = 268_435_460

/** What a client needs of its connection. */
export interface ClientPort {
  /** Of the connection: never given twice. */
  readonly serial: number
  readonly head: Head
  readonly output: Output
  readonly answers: Answers
  onBug(error: unknown): void
  onQueueGone(): void
}

/** A client that has been let in: its session in use, what it sends and what it gets, its will. */
export class Client implements DeliveriesPort, PublisherPort {
  readonly head: Head
  readonly output: Output
  readonly answers: Answers
  readonly login: Login
  readonly session: Session
  #notes: PacketNotes | undefined
  #left = false
  readonly aliases: TopicAliases
  readonly publisher: Publisher
  readonly deliveries: Deliveries
  readonly packetBytesMax: number
  readonly receiveMax: number
  readonly level: ProtocolLevel
  readonly keepAliveSeconds: number
  readonly authenticationMethod: string | undefined
  /** Properties of the client's own, for operators. */
  readonly userProperties: Properties['userProperty']
  readonly connectedAt: number
  readonly serial: number
  readonly #port: ClientPort
  #will: Will | undefined

  constructor(port: ClientPort, connect: Connect, { login, session }: Opened) {
    const { head, output, answers } = port
    const { properties } = connect
    this.#port = port
    this.head = head
    this.serial = port.serial
    this.output = output
    this.answers = answers
    this.login = login
    this.session = session
    this.level = connect.level
    this.keepAliveSeconds = connect.keepAliveSeconds
    this.authenticationMethod = properties.authenticationMethod
    this.userProperties = properties.userProperty
    this.connectedAt = head.broker.clock.now()
    this.#will = connect.will
    this.packetBytesMax = properties.maximumPacketSize ?? PACKET_BYTES_MAX
    this.receiveMax = Math.min(properties.receiveMaximum ?? 0xffff, head.settings.prefetch)
    const { topicAliasesMax } = head.settings
    this.aliases = new TopicAliases(topicAliasesMax, Math.min(properties.topicAliasMaximum ?? 0, topicAliasesMax))
    this.publisher = new Publisher(this)
    this.deliveries = new Deliveries(this)
  }

  /** What QoS 2 has to remember; made for the first who asks. */
  get notes(): PacketNotes {
    if (this.#notes === undefined) {
      this.#notes = new PacketNotes(this.session, this.output)
      if (this.#left) this.#notes.close()
    }
    return this.#notes
  }

  /** Messages of QoS 2 that were received and not released yet. */
  get receivedCount(): number {
    return this.#notes?.received.size ?? 0
  }

  get releasedCount(): number {
    return this.#notes?.released.size ?? 0
  }

  isReleased(packetIdentifier: number): boolean {
    return this.#notes?.released.has(packetIdentifier) === true
  }

  /** The end of the turn: what came meanwhile is sorted in. */
  sortIn(): void {
    this.#notes?.sortIn()
  }

  onBug(error: unknown): void {
    this.#port.onBug(error)
  }

  onQueueGone(): void {
    this.#port.onQueueGone()
  }

  /** Takes up what the session was in the middle of; CONNACK has been written. */
  async resume(): Promise<void> {
    if (this.session.durable) await this.notes.open(true)
    for (const packetIdentifier of this.#notes?.released.keys() ?? []) {
      this.answers.add({ type: 'pubrel', packetIdentifier, code: ReasonCode.success, mark: 0 })
    }
    this.output.schedule()
    this.deliveries.consume()
    this.head.system.follow(this.session)
  }

  /** PUBREC: the client has the message. */
  onPubrec(packetIdentifier: number, reasonCode: number): void {
    const next = this.deliveries.onPubrec(packetIdentifier, reasonCode)
    if (next === 'done') return
    const code = next === 'unknown' ? ReasonCode.packetIdentifierNotFound : ReasonCode.success
    this.#answer({ type: 'pubrel', packetIdentifier, code }, next === 'release')
  }

  /** PUBREL: the identifier is free once the disk knows. */
  onPubrel(packetIdentifier: number): void {
    const isKnown = this.publisher.release(packetIdentifier)
    const code = isKnown ? ReasonCode.success : ReasonCode.packetIdentifierNotFound
    this.#answer({ type: 'pubcomp', packetIdentifier, code }, isKnown)
  }

  answerOnceDurable(answer: Omit<Answer, 'mark'>): void {
    const release = this.answers.hold({ ...answer, mark: Number.POSITIVE_INFINITY })
    this.output.schedule()
    this.head.broker.flush().then(
      () => {
        release()
        this.output.schedule()
      },
      // A failing disk ends the process; until then nothing is promised.
      () => {},
    )
  }

  /** What a session that lasts has noted is told when the disk has it; all else at once. */
  #answer(answer: Omit<Answer, 'mark'>, isNoted: boolean): void {
    if (isNoted && this.session.durable) return this.answerOnceDurable(answer)
    this.answers.add({ ...answer, mark: 0 })
    this.output.schedule()
  }

  /** DISCONNECT: without its will, unless it says so; the session may end at another time than was said. */
  onDisconnect({ reasonCode, properties }: Disconnect): number | undefined {
    if (reasonCode === ReasonCode.success) this.#will = undefined
    const { sessionExpiryInterval } = properties
    if (sessionExpiryInterval === undefined) return undefined
    if (!this.session.durable && sessionExpiryInterval > 0) {
      throw new PacketError(ReasonCode.protocolError, 'a session that ends with its connection cannot be prolonged')
    }
    return Math.min(sessionExpiryInterval, this.head.settings.sessionExpirySecondsMax ?? NEVER)
  }

  /** Lets go of everything; what lasts of the session stays. `expirySeconds`: the session ends at another time. */
  async leave(expirySeconds: number | undefined): Promise<void> {
    const { session } = this
    this.deliveries.close()
    this.#left = true
    this.#notes?.close()
    this.head.system.forget(session)
    try {
      if (expirySeconds !== undefined && session.durable && expirySeconds !== session.expirySeconds) {
        if (expirySeconds === 0) await session.remove()
        else await session.expireAfter(expirySeconds)
      }
      if (!session.durable) await session.leaveShared()
      await this.#leaveWill(expirySeconds ?? session.expirySeconds)
    } finally {
      session.access.close()
    }
  }

  async #leaveWill(expirySeconds: number): Promise<void> {
    const will = this.#will
    this.#will = undefined
    if (will === undefined) return
    const delay = Math.min(will.properties.willDelayInterval ?? 0, expirySeconds)
    if (delay === 0) return await this.#publishWill(will)
    const { vhost } = this.session.access
    const key = sessionKey(vhost, this.session.clientIdentifier)
    const { head, login, session } = this
    // The connection's own way in ends with it.
    const owner = { name: `will of ${session.clientIdentifier}` }
    const access = await head.broker.access(login.user, vhost, owner, { client_id: session.clientIdentifier })
    if (await this.#parkWill(will, delay)) return access.close()
    head.wills.delay(key, delay, () => {
      this.#publishWill(will, access)
        .catch((error: unknown) => head.logger.error(`a will was not published: ${(error as Error).message}`))
        .finally(() => access.close())
    })
  }

  /** What is to be retained, or ends before its delay does, cannot wait in a queue: it waits in memory. */
  async #parkWill(will: Will, delaySeconds: number): Promise<boolean> {
    const { head, session } = this
    if (will.retain || will.properties.messageExpiryInterval !== undefined) return false
    try {
      const { access, clientIdentifier } = session
      const parked = { clientIdentifier, message: this.#willMessage(will, access), delaySeconds }
      return await parkWill(access, parked, head.broker.clock)
    } catch (error) {
      if (error instanceof Fault || error instanceof PacketError) return false
      head.logger.error(`a will does not wait on disk: ${(error as Error).message}`)
      return false
    }
  }

  #willMessage({ topic, payload, retain, properties, qos }: Will, access: Access): Message {
    const published = { qos, retain, properties, payload, payloadStart: 0, payloadEnd: payload.length }
    return incomingMessage(published, routingAddress({ head: this.head, access }, topic), {}, this.head)
  }

  async #publishWill(will: Will, access = this.session.access): Promise<void> {
    const { head } = this
    try {
      const message = this.#willMessage(will, access)
      access.publish(message)
      if (will.retain) (await head.retained.of(access.vhost)).put(message)
    } catch (error) {
      if (!(error instanceof Fault) && !(error instanceof PacketError)) throw error
      head.logger.warning(`the will of MQTT client '${this.session.clientIdentifier}' was refused: ${error.message}`)
    }
  }
}
