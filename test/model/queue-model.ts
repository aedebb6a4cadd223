import assert from 'node:assert/strict'
import type { Outcome } from '../../src/broker/delivery.ts'

/** The arguments the model knows. */
export interface ModelRules {
  readonly type: 'classic' | 'quorum'
  /** Failed attempts a message survives; negative for any number. Quorum queues only. */
  readonly deliveryLimit: number
  readonly maxLength: number | undefined
  readonly maxLengthBytes: number | undefined
  readonly overflow: 'drop-head' | 'reject-publish' | 'reject-publish-dlx'
  readonly messageTtl: number | undefined
  readonly maxPriority: number | undefined
  readonly singleActiveConsumer: boolean
}

export interface ModelMessage {
  readonly id: number
  /** Where it stands among those of its priority: those that came back where that counts, then the others in their order. */
  place: number
  /** Its place after a restart. */
  home: number
  readonly priority: number
  readonly bytes: number
  readonly expiresAt: number
  readonly persistent: boolean
  /** Undefined: either answer is right. */
  redelivered: boolean | undefined
  failed: number
}

export interface ModelConsumer {
  readonly tag: string
  readonly priority: number
  /** How many it may hold unsettled; 0 for any number. */
  readonly prefetch: number
  readonly settled: boolean
  held: number
  /** Its connection cannot take more. */
  blocked: boolean
}

/** A message handed out; `tag` is undefined for a poll. */
export interface Handed {
  readonly id: number
  readonly tag: string | undefined
  readonly redelivered: boolean
}

/** A message thrown out. */
export interface Died {
  readonly id: number
  readonly reason: string
}

/** Before all that was never out, in the order of coming back. */
const RETURNED = -1_000_000_000

/**
 * What a classic or quorum queue may do, written down as plainly as possible: a sorted list, and the rules a
 * delivery must obey. It does not predict which of several consumers is served; it says what would
 * be wrong, what must have been thrown out, and, when the turn is over, what was left undone.
 */
export class QueueModel {
  readonly #rules: ModelRules
  /** Highest priority first, then oldest first. */
  #ready: ModelMessage[] = []
  readonly #held = new Map<number, { readonly message: ModelMessage; readonly consumer: ModelConsumer | undefined }>()
  #consumers: ModelConsumer[] = []
  #active: ModelConsumer | undefined
  /** Published in this turn: may be served although expired; its order among other priorities is open. */
  readonly #fresh = new Set<number>()
  /** Thrown out and not yet seen to be, with what may be said of it. */
  readonly #dead = new Map<number, readonly string[]>()
  #now = 0
  #returns = 0
  #places = 0

  constructor(rules: ModelRules) {
    this.#rules = rules
  }

  get depth(): number {
    return this.#ready.length
  }

  get unsettled(): number {
    return this.#held.size
  }

  get isPollable(): boolean {
    return this.#rules.type === 'classic' || !this.#rules.singleActiveConsumer
  }

  get consumerCount(): number {
    return this.#consumers.length
  }

  /** Who is handed out, the longest first. */
  get holdings(): readonly number[] {
    return [...this.#held.keys()]
  }

  now(milliseconds: number): void {
    this.#now = milliseconds
  }

  /** A publish and what the queue answered; `handed` is what it handed out meanwhile, `depth` how long it is now. */
  publish(
    message: Pick<ModelMessage, 'id' | 'bytes' | 'persistent'> & {
      readonly ttl: number
      readonly priority: number | undefined
    },
    refused: boolean,
    handed: readonly Handed[],
    depth: number,
  ): void {
    const { overflow, messageTtl = Number.POSITIVE_INFINITY, type } = this.#rules
    const { id, bytes, ttl, persistent } = message
    const own = handed.findIndex((delivery) => delivery.id === id)
    this.handedOut(own < 0 ? handed : handed.slice(0, own))
    if (!refused) this.#makeRoom(own < 0 ? depth - 1 : depth)
    if (overflow !== 'drop-head' && this.#wouldOverflow(bytes)) this.#expire()
    if (refused) {
      assert.notEqual(overflow, 'drop-head', 'a queue that drops its head refused a message')
      assert.ok(this.#wouldOverflow(bytes), 'a queue that is not full refused a message')
      assert.ok(this.#ready.length === 0 || !this.#anyEligible(), 'a message was refused while others could be served')
      if (overflow === 'reject-publish-dlx') this.#dead.set(id, ['maxlen'])
      return
    }
    assert.ok(overflow === 'drop-head' || !this.#wouldOverflow(bytes), 'a full queue took a message')
    this.#fresh.add(id)
    const expiresAt = this.#now + Math.min(ttl, messageTtl)
    const priority = this.#priority(message.priority)
    const place = ++this.#places
    const survives = persistent || type === 'quorum'
    this.#insert({
      id,
      place,
      home: place,
      bytes,
      priority,
      persistent: survives,
      expiresAt,
      redelivered: false,
      failed: 0,
    })
    this.handedOut(own < 0 ? [] : handed.slice(own))
  }

  addConsumer(consumer: ModelConsumer): void {
    this.#consumers.push(consumer)
    if (!this.#rules.singleActiveConsumer) return
    this.#active ??= consumer
    this.#promote()
  }

  removeConsumer(consumer: ModelConsumer): void {
    this.#consumers.splice(this.#consumers.indexOf(consumer), 1)
    if (this.#active === consumer) this.#active = this.#highest()
  }

  settle(id: number, outcome: Outcome): void {
    const { message, consumer } = this.#held.get(id)!
    this.#held.delete(id)
    if (consumer !== undefined) consumer.held--
    if (this.#rules.singleActiveConsumer) this.#promote()
    if (outcome === 'discarded') this.#dead.set(id, ['rejected'])
    if (outcome !== 'requeued' && outcome !== 'failed') return
    message.redelivered = true
    if (outcome === 'failed') message.failed++
    if (this.#rules.type === 'quorum') this.#comeBack(message)
    else this.#insert(message)
  }

  /** Quorum queues count attempts, and what comes back goes before everything else, or behind it. */
  #comeBack(message: ModelMessage): void {
    const { deliveryLimit } = this.#rules
    if (deliveryLimit >= 0 && message.failed > deliveryLimit) this.#dead.set(message.id, ['delivery_limit'])
    else {
      if (deliveryLimit >= 0) message.place = RETURNED + ++this.#returns
      else message.place = message.home = ++this.#places
      this.#insert(message)
    }
  }

  #priority(named: number | undefined): number {
    const { type, maxPriority } = this.#rules
    if (type === 'quorum') return Math.min(named ?? 4, 31)
    return maxPriority === undefined ? 0 : Math.min(named ?? 0, maxPriority)
  }

  #highest(): ModelConsumer | undefined {
    const highest = Math.max(...this.#consumers.map((other) => other.priority))
    return this.#consumers.find((other) => other.priority === highest)
  }

  /** On quorum queues the consumer of highest priority becomes active as soon as the active one holds nothing. */
  #promote(): void {
    if (this.#rules.type !== 'quorum' || this.#active === undefined || this.#active.held > 0) return
    const highest = this.#highest()
    if (highest !== undefined && highest.priority > this.#active.priority) this.#active = highest
  }

  purge(): number {
    return this.#ready.splice(0).length
  }

  /** The broker stops and starts: consumers are gone, and so is what was not persistent. */
  restart(): void {
    this.#ready.push(...[...this.#held.values()].map((held) => held.message))
    this.#held.clear()
    this.#ready = this.#ready.filter((message) => message.persistent)
    // It may remember more as handed out than was, never less.
    for (const message of this.#ready) if (message.redelivered === false) message.redelivered = undefined
    // Where it was is forgotten, not that it failed.
    for (const message of this.#ready) if (message.place < 0) message.place = message.home
    this.#ready.sort((a, b) => (precedes(a, b) ? -1 : 1))
    this.#consumers = []
    this.#active = undefined
  }

  /** Checks what was handed out, in that order. */
  handedOut(deliveries: readonly Handed[]): void {
    for (const delivery of deliveries) this.#handedOut(delivery)
  }

  /** The turn is over: `died` is what was thrown out in it, and nothing may be left that had to be done. */
  rest(died: readonly Died[]): void {
    this.#fresh.clear()
    this.#expire()
    assert.ok(this.#ready.length === 0 || !this.#anyEligible(), 'a message waits for a consumer that is ready')
    while (this.#rules.overflow === 'drop-head' && this.#overflows()) {
      this.#dropHead()
    }
    this.#expire()
    for (const { id, reason } of died) {
      const reasons = this.#dead.get(id)
      assert.ok(reasons?.includes(reason), `${id} died: ${reason}, not ${reasons ?? 'at all'}`)
      this.#dead.delete(id)
    }
    assert.deepEqual([...this.#dead], [], 'messages that should have died')
  }

  /** What is too much is dropped at the next publish, unless who is served first cannot be told before the turn is over. */
  #makeRoom(depth: number): void {
    if (this.#rules.overflow !== 'drop-head' || !this.#overflows() || this.#ready.length <= depth) return
    this.#expire()
    while (this.#overflows() && this.#ready.length > depth) this.#dropHead()
  }

  #dropHead(): void {
    const head = this.#ready.shift()!
    this.#dead.set(head.id, head.expiresAt <= this.#now ? ['maxlen', 'expired'] : ['maxlen'])
  }

  #handedOut({ id, tag, redelivered }: Handed): void {
    const message = this.#ready.find((other) => other.id === id)
    assert.ok(message !== undefined, `${id} was delivered and was not waiting`)
    this.#ready = this.#ready.filter((other) => other !== message)
    if (this.#ready.some((other) => precedes(other, message))) this.#expire()
    const before = this.#ready.filter((other) => precedes(other, message) && !this.#overtakes(message, other))
    assert.deepEqual(before, [], `${id} was delivered before others`)
    assert.ok(this.#fresh.has(id) || message.expiresAt > this.#now, `${id} was delivered after it had expired`)
    if (message.redelivered !== undefined) assert.equal(redelivered, message.redelivered, `redelivered of ${id}`)
    const consumer = tag === undefined ? undefined : this.#requireEligible(tag, id)
    if (consumer?.settled === true) return
    if (consumer !== undefined) consumer.held++
    message.redelivered = true
    this.#held.set(id, { message, consumer })
  }

  #requireEligible(tag: string, id: number): ModelConsumer {
    const consumer = this.#consumers.find((other) => other.tag === tag)
    assert.ok(consumer !== undefined && this.#eligible(consumer), `${tag} got ${id} and could not take it`)
    const higher = this.#consumers.filter((other) => other.priority > consumer.priority && this.#eligible(other))
    assert.deepEqual(higher, [], `${tag} got ${id} before a consumer of higher priority`)
    return consumer
  }

  /** Within a turn the order of a publish and a delivery is open. */
  #overtakes(message: ModelMessage, other: ModelMessage): boolean {
    return this.#fresh.has(other.id) && other.priority !== message.priority
  }

  /** Somebody of higher priority waits for it to let go of what it holds. */
  #isLeaving(consumer: ModelConsumer): boolean {
    if (this.#rules.type !== 'quorum' || !this.#rules.singleActiveConsumer) return false
    return (this.#highest()?.priority ?? consumer.priority) > consumer.priority
  }

  #insert(message: ModelMessage): void {
    this.#ready.push(message)
    this.#ready.sort((a, b) => (precedes(a, b) ? -1 : 1))
  }

  /** Throws out what is expired, wherever it waits. */
  #expire(): void {
    const expired = this.#ready.filter((message) => message.expiresAt <= this.#now)
    for (const { id } of expired) this.#dead.set(id, ['expired'])
    this.#ready = this.#ready.filter((message) => !expired.includes(message))
  }

  #bytes(): number {
    return this.#ready.reduce((sum, message) => sum + message.bytes, 0)
  }

  #overflows(): boolean {
    const { maxLength = Number.POSITIVE_INFINITY, maxLengthBytes = Number.POSITIVE_INFINITY } = this.#rules
    return this.#ready.length > maxLength || this.#bytes() > maxLengthBytes
  }

  #wouldOverflow(bytes: number): boolean {
    const { maxLength = Number.POSITIVE_INFINITY, maxLengthBytes = Number.POSITIVE_INFINITY } = this.#rules
    return this.#ready.length + 1 > maxLength || this.#bytes() + bytes > maxLengthBytes
  }

  #anyEligible(): boolean {
    return this.#consumers.some((consumer) => this.#eligible(consumer))
  }

  #eligible(consumer: ModelConsumer): boolean {
    if (this.#rules.singleActiveConsumer && consumer !== this.#active) return false
    if (this.#isLeaving(consumer)) return false
    if (consumer.blocked) return false
    return consumer.settled || consumer.prefetch === 0 || consumer.held < consumer.prefetch
  }
}

function precedes(a: ModelMessage, b: ModelMessage): boolean {
  if (a.place < 0 || b.place < 0) return a.place < b.place
  return a.priority > b.priority || (a.priority === b.priority && a.place < b.place)
}
