import type { Access } from '../../broker/access.ts'
import { Fault } from '../../broker/fault.ts'
import type { Queue } from '../../broker/queue.ts'
import { longString, type Table, tableSet } from '../../std/table.ts'
import type { Qos } from '../../wire/mqtt/packets.ts'
import type { Head } from './head.ts'
import { bindingOf, sharerOf, subscriptionOf } from './session-binding.ts'
import { type Subscription, Subscriptions } from './subscriptions.ts'

/** Seconds that stand for a session that does not end. */
export const NEVER = 0xffff_ffff

/** How the queues that several sessions share are called. */
const SHARED_PREFIX = 'mqtt-shared-'

/** Longest name of a queue, and so of a client identifier within it. */
const NAME_BYTES_MAX = 255

interface SessionNames {
  readonly qos0: string
  readonly qos1: string
  readonly notes: string
}

/** Of every queue that ends with its connection. */
const classicArguments: Table = Object.freeze([['x-queue-type', longString('classic')]] as const)

export interface SessionOptions {
  readonly head: Head
  readonly access: Access
  readonly clientIdentifier: string
  /** Seconds it outlives its connection. */
  readonly expirySeconds: number
}

/**
 * What the broker keeps for a client: its queues, by the names RabbitMQ gives them, and their bindings. A session that
 * ends with its connection has queues exclusive to that; one that lasts has durable ones, which go after their time.
 */
export class Session {
  readonly clientIdentifier: string
  readonly access: Access
  readonly subscriptions = new Subscriptions()
  #expirySeconds: number
  readonly #head: Head
  /** Shared queues it subscribed to. */
  #shared: Set<string> | undefined

  constructor(options: SessionOptions) {
    const { head, access, clientIdentifier, expirySeconds } = options
    this.#head = head
    this.access = access
    this.clientIdentifier = clientIdentifier
    this.#expirySeconds = expirySeconds
  }

  /** Names of the queues for QoS 0, for QoS 1 and 2, and of the notes of QoS 2. */
  get names(): SessionNames {
    return sessionNames(this.clientIdentifier)
  }

  get expirySeconds(): number {
    return this.#expirySeconds
  }

  /** It outlives its connection, and the process. */
  get durable(): boolean {
    return this.#expirySeconds > 0
  }

  /** Names of the queues it consumes from. */
  *queues(): Iterable<string> {
    const { qos0, qos1 } = this.names
    for (const own of [qos0, qos1]) {
      // The queue's own name, which is there anyway.
      const queue = this.queue(own)
      if (queue !== undefined) yield queue.name
    }
    if (this.#shared !== undefined) yield* this.#shared
  }

  queue(name: string): Queue | undefined {
    return this.#head.broker.virtualHost(this.access.vhost)?.queue(name)
  }

  /** Takes over what was kept, or begins anew; answers whether there was something. */
  async begin(clean: boolean): Promise<boolean> {
    const isThere = this.queue(this.names.qos0) !== undefined || this.queue(this.names.qos1) !== undefined
    if (isThere) {
      this.#restore()
      if (clean || !this.durable) await this.remove()
    }
    const isKept = isThere && !clean && this.durable
    if (isKept) await this.expireAfter(this.#expirySeconds)
    else if (this.durable) await this.declare(this.names.qos1)
    return isKept
  }

  /** The queue of that name, made if it is not there. */
  async declare(name: string): Promise<Queue> {
    const known = this.queue(name)
    if (known !== undefined) return known
    const type: Table = this.durable ? this.#head.durableQueueArguments : classicArguments
    return await this.access.declareQueue({
      name,
      durable: this.durable,
      exclusive: !this.durable,
      autoDelete: false,
      arguments: this.durable ? this.#withExpiry(type) : type,
    })
  }

  /** Adds or changes a subscription; resolves when it lasts. */
  async subscribe(subscription: Subscription): Promise<void> {
    const { filter, share, queue } = subscription
    const before = this.subscriptions.get(filter, share)
    if (share === undefined) await this.declare(queue)
    else await this.#declareShared(queue)
    await this.access.bindQueue(this.#bindingOf(subscription))
    this.subscriptions.add(subscription)
    if (share !== undefined) this.#share(queue)
    if (before !== undefined && !this.#isSameBinding(before, subscription)) {
      await this.access.unbindQueue(this.#bindingOf(before))
    }
  }

  /** Answers whether there was such a subscription. */
  async unsubscribe(filter: string, share: string | undefined): Promise<boolean> {
    const subscription = this.subscriptions.remove(filter, share)
    if (subscription === undefined) return false
    await this.access.unbindQueue(this.#bindingOf(subscription))
    if (share !== undefined) await this.#leaveShared(subscription.queue)
    return true
  }

  /** The queue a subscription of that quality is bound to. */
  queueFor(filter: string, qos: Qos, share: string | undefined): string {
    if (share === undefined) return qos === 0 ? this.names.qos0 : this.names.qos1
    const name = `${SHARED_PREFIX}${share}-${filter}`
    if (Buffer.byteLength(name) > NAME_BYTES_MAX) {
      throw new Fault('precondition-failed', `the shared subscription '${name}' is longer than ${NAME_BYTES_MAX} bytes`)
    }
    return name
  }

  /** From now on it outlives its connection so long. */
  async expireAfter(seconds: number): Promise<void> {
    this.#expirySeconds = seconds
    for (const name of Object.values(this.names)) {
      const queue = this.queue(name)
      if (queue?.durable !== true) continue
      const wanted = this.#withExpiry(queue.arguments.filter(([key]) => key !== 'x-expires'))
      if (isSameTable(wanted, queue.arguments)) queue.used()
      else await this.access.alterQueue(name, wanted)
    }
  }

  /** The end: nothing of it is left. */
  async remove(): Promise<void> {
    await this.leaveShared()
    for (const { filter, share } of [...this.subscriptions]) this.subscriptions.remove(filter, share)
    for (const name of Object.values(this.names)) {
      if (this.queue(name) !== undefined) await this.access.deleteQueue(name, { ifUnused: false, ifEmpty: false })
    }
  }

  /** The connection of a session that does not last ends: what it shares with others stays theirs. */
  async leaveShared(): Promise<void> {
    for (const { filter, share } of [...this.subscriptions]) {
      if (share !== undefined) await this.unsubscribe(filter, share)
    }
  }

  /** Reads its subscriptions back from the bindings. */
  #restore(): void {
    const vhost = this.#head.broker.virtualHost(this.access.vhost)
    const { qos0, qos1 } = this.names
    for (const [name, qos] of [
      [qos0, 0],
      [qos1, 1],
    ] as const) {
      const queue = vhost?.queue(name)
      if (queue !== undefined) this.#restoreFrom(queue, qos)
    }
    for (const queue of vhost?.queues ?? []) if (queue.name.startsWith(SHARED_PREFIX)) this.#restoreFrom(queue, 1)
  }

  #restoreFrom(queue: Queue, qos: Qos): void {
    const vhost = this.#head.broker.virtualHost(this.access.vhost)
    const isShared = queue.name.startsWith(SHARED_PREFIX)
    for (const { source, routingKey, arguments: arguments_ } of vhost?.bindingsTo(queue) ?? []) {
      if (source !== this.#head.settings.exchange) continue
      if (isShared && sharerOf(arguments_) !== this.clientIdentifier) continue
      if (isShared) this.#share(queue.name)
      const binding = { queue: queue.name, routingKey, arguments: arguments_ }
      this.subscriptions.add(subscriptionOf(binding, { qos, topics: this.#head.topics }))
    }
  }

  #share(queue: string): void {
    this.#shared ??= new Set()
    this.#shared.add(queue)
  }

  /** A shared queue stays as long as somebody is bound to it, and as the longest session may. */
  async #declareShared(name: string): Promise<void> {
    if (this.queue(name) !== undefined) return
    const { durableQueueArguments: arguments_, settings } = this.#head
    const { sessionExpirySecondsMax } = settings
    await this.access.declareQueue({
      name,
      durable: true,
      exclusive: false,
      autoDelete: false,
      arguments: sessionExpirySecondsMax === undefined ? arguments_ : withExpiry(arguments_, sessionExpirySecondsMax),
    })
  }

  async #leaveShared(name: string): Promise<void> {
    if ([...this.subscriptions].some(({ queue }) => queue === name)) return
    this.#shared?.delete(name)
    const vhost = this.#head.broker.virtualHost(this.access.vhost)
    const queue = vhost?.queue(name)
    if (queue === undefined) return
    for (const _ of vhost?.bindingsTo(queue) ?? []) return
    await this.access.deleteQueue(name, { ifUnused: false, ifEmpty: false })
  }

  #bindingOf(subscription: Subscription) {
    const { exchange } = this.#head.settings
    const { clientIdentifier } = this
    return bindingOf(subscription, { exchange, clientIdentifier, topics: this.#head.topics })
  }

  #isSameBinding(one: Subscription, other: Subscription): boolean {
    const [first, second] = [this.#bindingOf(one), this.#bindingOf(other)]
    return first.destination === second.destination && isSameTable(first.arguments, second.arguments)
  }

  #withExpiry(arguments_: Table): Table {
    return this.#expirySeconds === NEVER ? arguments_ : withExpiry(arguments_, this.#expirySeconds)
  }
}

/** The names of a client's queues. */
function sessionNames(clientIdentifier: string): SessionNames {
  const prefix = `mqtt-subscription-${clientIdentifier}`
  return { qos0: `${prefix}qos0`, qos1: `${prefix}qos1`, notes: `${prefix}qos2` }
}

/** Whether queues can be called after a client of that name. */
export function isPossibleIdentifier(clientIdentifier: string): boolean {
  return Buffer.byteLength(sessionNames(clientIdentifier).qos0) <= NAME_BYTES_MAX && !/[\r\n]/.test(clientIdentifier)
}

function withExpiry(arguments_: Table, seconds: number): Table {
  return tableSet(arguments_, 'x-expires', { tag: 'l', value: BigInt(Math.max(1, seconds)) * 1000n })
}

function isSameTable(one: Table, other: Table): boolean {
  const text = (table: Table) =>
    JSON.stringify(table, (_key, value) => (typeof value === 'bigint' ? `${value}` : value))
  return text(one) === text(other)
}
