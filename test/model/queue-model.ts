import assert from 'node:assert/strict'

/** The arguments the model knows. */
export interface ModelRules {
  readonly maxLength: number | undefined
  readonly maxLengthBytes: number | undefined
  readonly overflow: 'drop-head' | 'reject-publish' | 'reject-publish-dlx'
  readonly messageTtl: number | undefined
  readonly maxPriority: number | undefined
  readonly singleActiveConsumer: boolean
}

export interface ModelMessage {
  /** Also its place in the queue. */
  readonly id: number
  readonly priority: number
  readonly bytes: number
  readonly expiresAt: number
  readonly persistent: boolean
  /** Undefined: either answer is right. */
  redelivered: boolean | undefined
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

/**
 * What a classic queue may do, written down as plainly as possible: a sorted list, and the rules a
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

  constructor(rules: ModelRules) {
    this.#rules = rules
  }

  get depth(): number {
    return this.#ready.length
  }

  get unsettled(): number {
    return this.#held.size
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

  /** A publish and what the queue answered; `handed` is what it handed out meanwhile. */
  publish(
    message: Omit<ModelMessage, 'expiresAt' | 'redelivered'> & { readonly ttl: number },
    refused: boolean,
    handed: readonly Handed[],
  ): void {
    const { overflow, messageTtl = Number.POSITIVE_INFINITY, maxPriority } = this.#rules
    const { id, bytes, ttl, persistent } = message
    this.handedOut(handed.filter((delivery) => delivery.id !== id))
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
    const priority = maxPriority === undefined ? 0 : Math.min(message.priority, maxPriority)
    const expiresAt = this.#now + Math.min(ttl, messageTtl)
    this.#insert({ id, bytes, priority, persistent, expiresAt, redelivered: false })
    this.handedOut(handed.filter((delivery) => delivery.id === id))
  }

  addConsumer(consumer: ModelConsumer): void {
    this.#consumers.push(consumer)
    if (this.#rules.singleActiveConsumer) this.#active ??= consumer
  }

  removeConsumer(consumer: ModelConsumer): void {
    this.#consumers.splice(this.#consumers.indexOf(consumer), 1)
    if (this.#active !== consumer) return
    const highest = Math.max(...this.#consumers.map((other) => other.priority))
    this.#active = this.#consumers.find((other) => other.priority === highest)
  }

  settle(id: number, outcome: 'accepted' | 'requeued' | 'discarded'): void {
    const { message, consumer } = this.#held.get(id)!
    this.#held.delete(id)
    if (consumer !== undefined) consumer.held--
    if (outcome === 'discarded') this.#dead.set(id, ['rejected'])
    if (outcome !== 'requeued') return
    message.redelivered = true
    this.#insert(message)
  }

  purge(): number {
    return this.#ready.splice(0).length
  }

  /** The broker stops and starts: consumers are gone, and so is what was not persistent. */
  restart(): void {
    for (const id of this.holdings) this.settle(id, 'requeued')
    this.#ready = this.#ready.filter((message) => message.persistent)
    // It may remember more as handed out than was, never less.
    for (const message of this.#ready) if (message.redelivered === false) message.redelivered = undefined
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
      const head = this.#ready.shift()!
      this.#dead.set(head.id, head.expiresAt <= this.#now ? ['maxlen', 'expired'] : ['maxlen'])
    }
    this.#expire()
    for (const { id, reason } of died) {
      const reasons = this.#dead.get(id)
      assert.ok(reasons?.includes(reason), `${id} died: ${reason}, not ${reasons ?? 'at all'}`)
      this.#dead.delete(id)
    }
    assert.deepEqual([...this.#dead], [], 'messages that should have died')
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
    if (consumer.blocked) return false
    return consumer.settled || consumer.prefetch === 0 || consumer.held < consumer.prefetch
  }
}

function precedes(a: ModelMessage, b: ModelMessage): boolean {
  return a.priority > b.priority || (a.priority === b.priority && a.id < b.id)
}
