import type { Access } from '../../src/broker/access.ts'
import type { Consumer } from '../../src/broker/consumer.ts'
import type { Delivery, Outcome } from '../../src/broker/delivery.ts'
import { Message } from '../../src/broker/message.ts'
import { encodeProperties, type Properties } from '../../src/broker/properties.ts'
import type { Queue } from '../../src/broker/queue.ts'
import type { Table } from '../../src/std/table.ts'
import { bodyOf } from '../prove/content.ts'
import type { Entry, QueueBook } from './queue-book.ts'
import { streamName } from './stream-book.ts'
import type { World } from './world.ts'

/** A message that was handed out and not answered. */
interface Held {
  readonly delivery: Delivery
  readonly book: QueueBook
  readonly entry: Entry
}

/** A publish that waits for its confirm. */
interface Outstanding {
  readonly mark: number
  readonly name: string
  readonly entries: readonly { readonly durable: boolean; promised: boolean }[]
}

/** What a publish is made of. */
export interface PublishSpec {
  readonly exchange: string
  readonly key: string
  readonly headers: Table
  readonly persistent: boolean
  readonly priority: number | undefined
  readonly ttl: number | undefined
  readonly bytes: number
}

/** What is common to all that is appended to the stream. */
const appended: Omit<PublishSpec, 'bytes'> = {
  exchange: '',
  key: streamName,
  headers: [],
  persistent: true,
  priority: undefined,
  ttl: undefined,
}

/** A subscription of a client. */
export class Subscription implements Consumer {
  readonly tag: string
  readonly priority: number
  readonly settled: boolean
  readonly exclusive = false
  readonly sharesPrefetch = false
  readonly arguments: Table = []
  readonly book: QueueBook
  readonly prefetch: number
  readonly held: Held[] = []
  readonly #world: World
  queue: Queue | undefined
  isCancelled = false

  constructor(world: World, options: Pick<Subscription, 'tag' | 'priority' | 'settled' | 'book' | 'prefetch'>) {
    this.#world = world
    this.tag = options.tag
    this.priority = options.priority
    this.settled = options.settled
    this.book = options.book
    this.prefetch = options.prefetch
  }

  ready(): boolean {
    return this.settled || this.held.length < this.prefetch
  }

  deliver(delivery: Delivery): void {
    const entry = this.#world.delivered(this.book, delivery, this.tag)
    if (entry === undefined) return
    if (this.settled) this.book.leave(entry)
    else this.held.push({ delivery, book: this.book, entry })
  }

  cancelled(): void {
    this.isCancelled = true
  }
}

/** One client: publishes with confirms, consumes, polls. What it does is its habits' business. */
export class Client {
  readonly name: string
  readonly access: Access
  readonly #world: World
  subscriptions: Subscription[] = []
  /** From polling. */
  readonly #polled: Held[] = []
  #outstanding: Outstanding[] = []
  #listening = false
  /** It waits for an answer. */
  busy = false

  constructor(world: World, name: string, access: Access) {
    this.#world = world
    this.name = name
    this.access = access
  }

  /** How many publishes were not confirmed yet. */
  get unconfirmed(): number {
    return this.#outstanding.length
  }

  publish(spec: PublishSpec): void {
    const world = this.#world
    const name = world.nextName(spec.persistent)
    const now = world.life.scheduler.now()
    const targets = [...world.topology.route(spec)].map((queue) => world.topology.queue(queue)!)
    const entries = targets.map((book) => {
      if (book.rules.deadLetters) world.graveyard.expect(name)
      const { persistent, priority, ttl = Number.POSITIVE_INFINITY, bytes } = spec
      return book.arrive({ name, persistent, priority, ttl, bytes, now })
    })
    world.trace.tell(
      `${this.name} publishes ${name} to ${spec.exchange}/${spec.key} for ${targets.map((book) => book.name)}`,
    )
    const answer = this.access.publish(this.#message(name, spec))
    world.trace.tell(`  ${answer}`)
    const stays = entries.filter((entry) => entry.durable && entry.state !== 'left')
    const isVague = targets.some((book) => book.rules.fleeting !== undefined)
    if ((targets.length === 0) !== (answer === 'unroutable') && !isVague) world.complaints.add('routed wrongly', name)
    if (answer === 'transient' && stays.length > 0 && !isVague) world.complaints.add('not stored', name)
    if (answer === 'refused') return world.refused(entries, targets)
    if (answer === 'stored') this.#expectConfirm({ mark: world.life.broker.mark, name, entries })
  }

  /** Appends a message to the stream. */
  append(bytes: number): void {
    const world = this.#world
    const name = world.nextName(true)
    const entry = world.stream.arrive(name)
    world.trace.tell(`${this.name} appends ${name}`)
    const answer = this.access.publish(this.#message(name, { ...appended, bytes }))
    if (answer === 'stored') this.#expectConfirm({ mark: world.life.broker.mark, name, entries: [entry] })
    else world.complaints.add('not appended:', name, answer)
  }

  #message(name: string, spec: PublishSpec): Message {
    const { headers, persistent, priority, ttl, bytes } = spec
    const properties: Properties = {
      ...(headers.length > 0 ? { headers } : {}),
      deliveryMode: persistent ? 2 : 1,
      ...(priority === undefined ? {} : { priority }),
      ...(ttl === undefined ? {} : { expiration: String(ttl) }),
      messageId: name,
    }
    const head = encodeProperties(properties)
    const content = Buffer.concat([head, bodyOf(name, bytes)])
    return new Message(this.access.address(spec.exchange, spec.key), content, 0, head.length, bytes)
  }

  #expectConfirm(outstanding: Outstanding): void {
    this.#outstanding.push(outstanding)
    this.#listen()
  }

  #listen(): void {
    if (this.#listening) return
    this.#listening = true
    const { broker } = this.#world.life
    if (broker.durable >= this.#outstanding[0]!.mark) return this.#onDurable(broker.durable)
    broker.onceDurable((durable) => this.#onDurable(durable))
  }

  #onDurable(durable: number): void {
    this.#listening = false
    const world = this.#world
    while (this.#outstanding.length > 0 && this.#outstanding[0]!.mark <= durable) {
      const { name, entries } = this.#outstanding.shift()!
      world.trace.tell(`${this.name} has ${name} confirmed`)
      if (world.life.fault !== undefined) world.complaints.add('confirmed after a fault', name)
      world.confirmed += 1
      for (const entry of entries) if (entry.durable) entry.promised = true
    }
    if (this.#outstanding.length > 0) this.#listen()
  }

  subscribe(options: ConstructorParameters<typeof Subscription>[1]): void {
    const subscription = new Subscription(this.#world, options)
    this.#world.trace.tell(`${this.name} consumes ${options.book.name} as ${options.tag}`)
    subscription.queue = this.access.consume(options.book.name, subscription)
    this.subscriptions.push(subscription)
  }

  /** Ends a subscription; what it holds stays with the client, to be answered. */
  unsubscribe(subscription: Subscription): void {
    this.#world.trace.tell(`${this.name} cancels ${subscription.tag}`)
    this.subscriptions = this.subscriptions.filter((other) => other !== subscription)
    this.#polled.push(...subscription.held.splice(0))
    subscription.queue?.remove(subscription)
  }

  /** Asks for one message; the answer comes when it comes. */
  poll(book: QueueBook): void {
    this.busy = true
    this.#world.trace.tell(`${this.name} gets from ${book.name}`)
    // It is taken out at once and answered when the disk knows that it was; meanwhile it may expire.
    const asked = this.#world.life.scheduler.now()
    this.access.get(book.name).then(
      (delivery) => {
        this.busy = false
        if (delivery === undefined) return
        const entry = this.#world.delivered(book, delivery, `${this.name}'s get`, asked)
        if (entry !== undefined) this.#polled.push({ delivery, book, entry })
      },
      (error: Error) => this.#world.failed(error, `get from ${book.name}`, this, book),
    )
  }

  /** How many messages it has to answer. */
  get held(): number {
    return this.subscriptions.reduce((sum, { held }) => sum + held.length, this.#polled.length)
  }

  /** Answers one of the messages it has: the `index`-th. */
  settle(index: number, outcome: Outcome): void {
    let at = index
    for (const subscription of [undefined, ...this.subscriptions]) {
      const held = subscription?.held ?? this.#polled
      if (at >= held.length) {
        at -= held.length
        continue
      }
      const wasReady = subscription?.ready()
      const [{ delivery, book, entry }] = held.splice(at, 1) as [Held]
      this.#world.trace.tell(`${this.name} ${outcome} ${entry.name} of ${book.name}`)
      if (outcome === 'requeued') book.giveBack(entry)
      else if (outcome === 'failed') book.fail(entry)
      else book.leave(entry, outcome === 'discarded' && book.rules.deadLetters)
      delivery.queue.settle(delivery, outcome)
      if (wasReady === false && subscription?.ready() === true) subscription.queue?.wake()
      return
    }
  }

  /** The connection is gone: consumers first, then what they held goes back. */
  disconnect(): void {
    for (const subscription of this.subscriptions) this.unsubscribe(subscription)
    while (this.held > 0) this.settle(0, 'failed')
    this.access.close()
  }
}
