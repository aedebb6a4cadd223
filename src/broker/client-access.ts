import { emptyTable, type Table, tableGet, tableString } from '../std/table.ts'
import type { Access, BindingDeclaration, ExchangeDeclaration, Published, QueueDeclaration } from './access.ts'
import { Address, REPLY_TO } from './address.ts'
import { type AuthenticatedUser, expiryOf } from './authenticator.ts'
import { authorize, type Subject } from './authorization/authorize.ts'
import type { ConnectionTicket } from './connections.ts'
import type { Consumer } from './consumer.ts'
import { parseConsumerArguments } from './consumer-arguments.ts'
import type { PublishCounters } from './counters.ts'
import type { Definitions } from './definitions.ts'
import type { Delivery } from './delivery.ts'
import { parseExpiration } from './expiration.ts'
import { Fault } from './fault.ts'
import type { Message } from './message.ts'
import type { Authorizer } from './permission.ts'
import { PropertyFlag, propertyFlags } from './properties.ts'
import type { Owner, Queue, Sink } from './queue.ts'
import { VolatileQueue } from './queues/volatile.ts'
import { describe } from './resource.ts'
import { selectRecipients } from './sender-selected.ts'
import type { TappedClient } from './taps.ts'
import type { TopicVariables } from './topic-pattern.ts'
import type { Topology } from './topology.ts'
import { DEFAULT_PROTOCOL, type ProtocolTraffic } from './traffic.ts'
import type { VirtualHost } from './virtual-host.ts'

/** Who it is and what that lets them do; both change with a new secret. */
export interface Grant extends Subject {
  readonly user: AuthenticatedUser
  readonly authorizer: Authorizer
}

/** What all accesses of a broker share. */
export interface AccessHouse {
  readonly definitions: Definitions
  readonly messageSizeMax: number
  /** Checks a new secret of the user; throws a Fault when it is refused. */
  readonly renew: (
    user: AuthenticatedUser,
    secret: string,
    place: { readonly vhost: string; readonly variables: TopicVariables | undefined },
  ) => Promise<Grant>
}

export interface ClientAccessOptions {
  readonly house: AccessHouse
  readonly grant: Grant
  /** Where the connection is counted; undefined for one that is none. */
  readonly ticket: ConnectionTicket | undefined
  readonly owner: Owner
  readonly topology: Topology
  /** What topic permissions may refer to beside user and virtual host. */
  readonly variables: TopicVariables | undefined
}

/** Messages with none of these need no look at their properties. */
const CHECKED = PropertyFlag.headers | PropertyFlag.expiration | PropertyFlag.userId

/** One client's door into one virtual host: what is asked is authorized, done, and durable when answered. */
export class ClientAccess implements Access {
  readonly owner: Owner
  readonly #house: AccessHouse
  readonly #ticket: ConnectionTicket | undefined
  readonly #variables: TopicVariables | undefined
  readonly #topology: Topology
  readonly #vhost: VirtualHost
  readonly #traffic: ProtocolTraffic
  #grant: Grant
  /** Queues that go with it: one as a rule. */
  #exclusive: Queue | Set<Queue> | undefined

  constructor(options: ClientAccessOptions) {
    this.owner = options.owner
    this.#house = options.house
    this.#ticket = options.ticket
    this.#variables = options.variables
    this.#topology = options.topology
    this.#vhost = options.topology.vhost
    this.#grant = options.grant
    this.#traffic = this.#vhost.traffic.of(options.owner.protocol ?? DEFAULT_PROTOCOL)
  }

  get vhost(): string {
    return this.#vhost.name
  }

  get user(): AuthenticatedUser {
    return this.#grant.user
  }

  get publishing(): PublishCounters {
    return this.#traffic.publishing
  }

  get expiresAt(): number | undefined {
    return expiryOf(this.#grant.user)
  }

  async declareExchange(declaration: ExchangeDeclaration): Promise<void> {
    const { name: exchange } = declaration
    const isNew = this.#vhost.exchange(exchange) === undefined
    const alternate = isNew ? tableString(tableGet(declaration.arguments, 'alternate-exchange')) : undefined
    authorize('exchange.declare', this.#grant, { exchange, alternate })
    this.#by(() => this.#topology.declareExchange(declaration))
    await this.#durable()
  }

  checkExchange(name: string): void {
    this.#topology.requireExchange(name)
    authorize('exchange.check', this.#grant, { exchange: name })
  }

  async deleteExchange(name: string, options: { ifUnused: boolean }): Promise<void> {
    authorize('exchange.delete', this.#grant, { exchange: name })
    this.#by(() => this.#topology.deleteExchange(name, options))
    await this.#durable()
  }

  async bindExchange(declaration: BindingDeclaration): Promise<void> {
    authorize('exchange.bind', this.#grant, { target: declaration.destination, ...this.#from(declaration) })
    this.#by(() => this.#topology.bindExchange(declaration))
    await this.#durable()
  }

  async unbindExchange(declaration: BindingDeclaration): Promise<void> {
    authorize('exchange.unbind', this.#grant, { target: declaration.destination, ...this.#from(declaration) })
    this.#by(() => this.#topology.unbindExchange(declaration))
    await this.#durable()
  }

  async declareQueue(declaration: QueueDeclaration): Promise<Queue> {
    // A name the broker makes up is judged by its prefix, which is all that can be known of it.
    const name = declaration.name === '' ? 'amq.gen-' : declaration.name
    const isNew = this.#vhost.queue(declaration.name) === undefined
    const deadLetters = isNew ? deadLetterExchange(declaration.arguments) : undefined
    authorize('queue.declare', this.#grant, { queue: name, deadLetters })
    const queue = this.#by(() => this.#topology.declareQueue(declaration, this.owner))
    if (queue.owner === this.owner) this.#own(queue)
    queue.dispatch()
    await queue.opening
    await this.#durable()
    return queue
  }

  checkQueue(name: string): Queue {
    const queue = this.#topology.requireQueue(name, this.owner)
    if (!(queue instanceof VolatileQueue)) authorize('queue.check', this.#grant, { queue: name })
    queue.used()
    queue.dispatch()
    return queue
  }

  async deleteQueue(name: string, options: { ifUnused: boolean; ifEmpty: boolean }): Promise<number> {
    authorize('queue.delete', this.#grant, { queue: name })
    const queue = this.#vhost.queue(name)
    // What was published before is its consumers', and does not make it empty or not.
    queue?.dispatch()
    const count = this.#by(() => this.#topology.deleteQueue(name, this.owner, options))
    if (this.#exclusive instanceof Set && queue !== undefined) this.#exclusive.delete(queue)
    else if (this.#exclusive === queue) this.#exclusive = undefined
    await this.#durable()
    return count
  }

  async alterQueue(name: string, arguments_: Table): Promise<void> {
    const wanted = deadLetterExchange(arguments_)
    const isNew = wanted !== deadLetterExchange(this.#vhost.queue(name)?.arguments ?? emptyTable)
    authorize('queue.declare', this.#grant, { queue: name, deadLetters: isNew ? wanted : undefined })
    this.#topology.alterQueue(name, this.owner, arguments_)
    await this.#durable()
  }

  async pauseQueue(name: string, paused: boolean): Promise<void> {
    authorize('queue.pause', this.#grant, { queue: name })
    this.#by(() => this.#topology.pauseQueue(name, this.owner, paused))
    await this.#durable()
  }

  async purgeQueue(name: string): Promise<number> {
    authorize('queue.purge', this.#grant, { queue: name })
    const queue = this.#topology.requireQueue(name, this.owner)
    queue.dispatch()
    return queue.purge()
  }

  async bindQueue(declaration: BindingDeclaration): Promise<void> {
    authorize('queue.bind', this.#grant, { queue: declaration.destination, ...this.#from(declaration) })
    this.#by(() => this.#topology.bindQueue(declaration, this.owner))
    await this.#durable()
  }

  async unbindQueue(declaration: BindingDeclaration): Promise<void> {
    authorize('queue.unbind', this.#grant, { queue: declaration.destination, ...this.#from(declaration) })
    this.#by(() => this.#topology.unbindQueue(declaration, this.owner))
    await this.#durable()
  }

  address(exchangeName: string, routingKey: string): Address {
    const exchange = this.#vhost.exchange(exchangeName)
    const topicKey = exchange?.type.name === 'topic' ? routingKey : undefined
    authorize('basic.publish', this.#grant, { exchange: exchangeName, topicKey })
    if (exchangeName !== '') {
      const description = describe('exchange', exchangeName, this.vhost)
      if (exchange === undefined) throw new Fault('not-found', `no ${description}`)
      if (exchange.internal) throw new Fault('access-refused', `cannot publish to internal ${description}`)
    }
    const address = new Address(exchangeName, routingKey)
    address.routeVersion = this.#vhost.topologyVersion
    address.counters = exchange === undefined ? this.#vhost.defaultExchange : exchange.counters
    return address
  }

  isCurrent(address: Address): boolean {
    return address.routeVersion === this.#vhost.topologyVersion
  }

  publish(message: Message, also?: Queue, channel = 0): Published {
    if (message.bodySize > this.#house.messageSizeMax) throw this.#tooLarge(message)
    const flags = propertyFlags(message.content, message.offset)
    if ((flags & CHECKED) !== 0) return this.#publishChecked(message, flags, also, channel)
    const sinks = this.#vhost.routeAddress(message.address, message)
    if (this.#vhost.taps.isOpen) this.#tap(message, [message.address.routingKey], sinks, channel)
    return this.#enqueue(message, sinks, also)
  }

  enqueue(name: string, message: Message): Published {
    authorize('basic.consume', this.#grant, { queue: name })
    return this.#vhost.enqueue(message, [this.#topology.requireQueue(name, this.owner)])
  }

  consume(name: string, consumer: Consumer): Queue {
    authorize('basic.consume', this.#grant, { queue: name })
    const queue = this.#topology.requireQueue(name, this.owner)
    const description = describe('queue', name, this.vhost)
    if (queue instanceof VolatileQueue) {
      throw new Fault('precondition-failed', `only creator channel may consume from ${description}`)
    }
    parseConsumerArguments(queue.type, consumer.arguments, description)
    // The others' deliveries are what the queue counts beyond these.
    if (this.owner.protocol !== undefined) consumer.tally = this.#traffic.tally(queue.type)
    queue.add(consumer)
    return queue
  }

  consumeReplies(consumer: Consumer): Queue {
    authorize('basic.consume', this.#grant, { queue: REPLY_TO })
    return this.#topology.addReplyQueue(consumer)
  }

  async get(name: string, settled = false, channel?: number): Promise<Delivery | undefined> {
    authorize('basic.get', this.#grant, { queue: name })
    const delivery = await this.#topology.requireQueue(name, this.owner).get(settled)
    const { taps } = this.#vhost
    if (taps.isOpen && delivery !== undefined && channel !== undefined) taps.onDeliver(delivery, this.#client(channel))
    return delivery
  }

  async mayConsume(name: string): Promise<boolean> {
    try {
      authorize('basic.consume', this.#grant, { queue: name })
      return true
    } catch (error) {
      if (error instanceof Fault) return false
      throw error
    }
  }

  async updateSecret(secret: string): Promise<void> {
    this.#grant = await this.#house.renew(this.#grant.user, secret, { vhost: this.vhost, variables: this.#variables })
    // Addresses that publishers remember were authorized by the old one.
    this.#vhost.topologyVersion++
  }

  openChannel(): void {
    this.#ticket?.openChannel()
  }

  closeChannel(): void {
    this.#ticket?.closeChannel()
  }

  close(): void {
    this.#ticket?.leave()
    const owned = this.#exclusive
    this.#exclusive = undefined
    for (const queue of owned instanceof Set ? owned : owned === undefined ? [] : [owned]) {
      if (this.#vhost.queue(queue.name) === queue) this.#vhost.removeQueue(queue, 'queue-deleted')
    }
  }

  #own(queue: Queue): void {
    if (this.#exclusive instanceof Set) this.#exclusive.add(queue)
    else if (this.#exclusive === undefined) this.#exclusive = queue
    else if (this.#exclusive !== queue) this.#exclusive = new Set([this.#exclusive, queue])
  }

  #publishChecked(message: Message, flags: number, also: Queue | undefined, channel: number): Published {
    const { properties } = message
    if ((flags & PropertyFlag.userId) !== 0) this.#requireOwnName(properties.userId!)
    if ((flags & PropertyFlag.expiration) !== 0) parseExpiration(properties.expiration!)
    const { keys, message: selected } = selectRecipients(message)
    if (keys.length > 1) this.#authorizeKeys(message.address.exchange, keys)
    const queues =
      keys.length === 1 ? this.#vhost.routeAddress(message.address, selected) : this.#vhost.route(selected, keys)
    if (this.#vhost.taps.isOpen) this.#tap(selected, keys, queues, channel)
    return this.#enqueue(selected, queues, also)
  }

  /** Tells who watches messages go by. */
  #tap(message: Message, keys: readonly string[], sinks: readonly Sink[], channel: number): void {
    const queues: string[] = []
    for (const sink of sinks) if (this.#vhost.queue(sink.name) === sink) queues.push(sink.name)
    this.#vhost.taps.onPublish({ message, keys, queues, client: this.#client(channel) })
  }

  #client(channel: number): TappedClient {
    return { connection: this.owner.name, user: this.user.name, channel }
  }

  #enqueue(message: Message, sinks: readonly Sink[], also: Queue | undefined): Published {
    this.#traffic.publishing.publish++
    this.#traffic.sizes.add(message.bodySize)
    const { counters } = message.address
    if (counters !== undefined) {
      counters.publishIn++
      counters.publishOut += sinks.length
    }
    const all = also === undefined ? sinks : [...sinks, also]
    const stored = this.#vhost.enqueue(message, all)
    const answer = also !== undefined && sinks.length === 0 ? 'unroutable' : stored
    if (answer === 'unroutable') this.#onUnroutable(message)
    return answer
  }

  /** A head that can send messages back counts for itself what became of it. */
  #onUnroutable({ address: { counters } }: Message): void {
    if (this.owner.protocol === undefined) return
    this.#traffic.publishing.dropUnroutable++
    if (counters !== undefined) counters.dropUnroutable++
  }

  /** Recipients that a sender selects (CC, BCC) are routing keys like the one the address was authorized with. */
  #authorizeKeys(exchange: string, keys: readonly string[]): void {
    if (this.#vhost.exchange(exchange)?.type.name !== 'topic') return
    for (const topicKey of keys) authorize('basic.publish', this.#grant, { exchange, topicKey })
  }

  #requireOwnName(claimed: string): void {
    if (claimed === this.user.name || this.user.tags.includes('impersonator')) return
    throw new Fault(
      'precondition-failed',
      `user_id property set to '${claimed}' but authenticated user was '${this.user.name}'`,
    )
  }

  /** What a binding comes from, and its routing key where that is one of a topic exchange. */
  #from({ source, routingKey }: BindingDeclaration): { source: string; topicKey: string | undefined } {
    return { source, topicKey: this.#vhost.exchange(source)?.type.name === 'topic' ? routingKey : undefined }
  }

  #tooLarge(message: Message): Fault {
    const { messageSizeMax } = this.#house
    return new Fault(
      'precondition-failed',
      `message size ${message.bodySize} is larger than configured max size ${messageSizeMax}`,
    )
  }

  /** What is made and deleted within is the user's doing. */
  #by<T>(change: () => T): T {
    return this.#vhost.events.by(this.user.name, change)
  }

  async #durable(): Promise<void> {
    await this.#house.definitions.pending()
  }
}

function deadLetterExchange(arguments_: Table): string | undefined {
  return tableString(tableGet(arguments_, 'x-dead-letter-exchange'))
}
