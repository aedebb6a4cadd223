import type { ConfirmChannel } from 'amqplib'
import type { Chance } from '../fuzz/chance.ts'
import { bodyOf } from './content.ts'
import { type Ledger, nameOf, type Sent } from './ledger.ts'
import { Session } from './session.ts'

const stopMillisecondsMax = 10_000

/** A way into the broker, and the queues that a message sent this way must reach. */
export interface Route {
  readonly exchange: string
  readonly routingKey: string
  readonly ledgers: readonly Ledger[]
}

/** How one publisher goes about it. */
export interface PublisherPlan {
  readonly name: string
  /** Messages unconfirmed at any time. */
  readonly window: number
  /** Bodies are between these, small ones more often. */
  readonly bytes: readonly [least: number, most: number]
  readonly bytesTotalMax: number
  readonly priority: number
}

/** Publishes with confirms until its connection breaks, or its bytes are used up. */
export class Publisher {
  confirmed = 0
  /** Bytes of the bodies of which a confirm came. */
  confirmedBytes = 0
  /** When the last confirm came and the last message went, in milliseconds since 1970. */
  lastConfirmAt = 0
  /** Called at every confirm. */
  onConfirm: ((message: Sent, sentAt: number) => void) | undefined
  /** Whether the broker asked to pause. */
  blockedAt: number | undefined
  onBlocked: ((blocked: boolean) => void) | undefined
  readonly #plan: PublisherPlan
  readonly #routes: readonly Route[]
  readonly #chance: Chance
  readonly #session: Session
  readonly #channel: ConfirmChannel
  #sequence = 0
  #outstanding = 0
  #bytes = 0
  #stopped = false
  #paused = false
  #quiet = Promise.withResolvers<void>()

  private constructor(session: Session, channel: ConfirmChannel, given: PublisherGiven) {
    this.#session = session
    this.#channel = channel
    this.#plan = given.plan
    this.#routes = given.routes
    this.#chance = given.chance
    session.connection.on('blocked', () => this.#setBlocked(Date.now()))
    session.connection.on('unblocked', () => this.#setBlocked(undefined))
  }

  static async open(url: string, given: PublisherGiven): Promise<Publisher> {
    const session = await Session.open(url)
    return new Publisher(session, await session.confirmChannel(), given)
  }

  /** Resolves when the connection is gone. */
  get end(): Promise<void> {
    return this.#session.end
  }

  /** Messages sent of which nothing is known. */
  get outstanding(): number {
    return this.#outstanding
  }

  /** Begins to send, or goes on. */
  start(): void {
    this.#paused = false
    this.#refill()
  }

  /** Sends one message beyond its window. */
  sendOne(): void {
    if (!this.#session.broken) this.#send()
  }

  /** Sends no more, until `start`. */
  pause(): void {
    this.#paused = true
  }

  /** Sends no more; resolves when all is confirmed or it takes too long, or the connection is gone. */
  async stop(): Promise<void> {
    this.#stopped = true
    const late = setTimeout(() => this.#quiet.resolve(), stopMillisecondsMax)
    if (this.#outstanding > 0) await Promise.race([this.#quiet.promise, this.#session.end])
    clearTimeout(late)
    await this.#session.close()
  }

  #refill(): void {
    while (
      !this.#stopped &&
      !this.#paused &&
      !this.#session.broken &&
      this.#outstanding < this.#plan.window &&
      this.#bytes < this.#plan.bytesTotalMax
    ) {
      this.#send()
    }
  }

  #send(): void {
    const { name: publisher, priority } = this.#plan
    const route = this.#chance.pick(this.#routes)
    const message: Sent = { publisher, sequence: ++this.#sequence, size: this.#size(), fate: 'unknown' }
    const messageId = nameOf(message)
    for (const ledger of route.ledgers) ledger.expect(message)
    this.#outstanding += 1
    this.#bytes += message.size
    const sentAt = Date.now()
    const body = bodyOf(messageId, message.size)
    const properties = { persistent: true, messageId, priority }
    this.#channel.publish(route.exchange, route.routingKey, body, properties, (error) => {
      // The library reports a lost connection as it reports a refusal; what is not confirmed may be either.
      this.#outstanding -= 1
      if (error === null) this.#onConfirm(message, sentAt)
      if (this.#stopped && this.#outstanding === 0) this.#quiet.resolve()
    })
  }

  #onConfirm(message: Sent, sentAt: number): void {
    message.fate = 'confirmed'
    this.confirmed += 1
    this.confirmedBytes += message.size
    this.lastConfirmAt = Date.now()
    this.onConfirm?.(message, sentAt)
    this.#refill()
  }

  #size(): number {
    const [least, most] = this.#plan.bytes
    // The larger of few, so that most are small and some are as large as can be.
    const share = Math.min(this.#chance.below(1001), this.#chance.below(1001), this.#chance.below(1001)) / 1000
    return Math.round(least + (most - least) * (this.#chance.oneIn(20) ? 1 : share))
  }

  #setBlocked(at: number | undefined): void {
    this.blockedAt = at
    this.onBlocked?.(at !== undefined)
  }
}

export interface PublisherGiven {
  readonly plan: PublisherPlan
  readonly routes: readonly Route[]
  readonly chance: Chance
}
