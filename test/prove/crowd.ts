import { setTimeout as pause } from 'node:timers/promises'
import type { Chance } from '../fuzz/chance.ts'
import type { Ledger } from './ledger.ts'
import { Publisher } from './publisher.ts'

const publisherCount = 3
const windowMessages = 100
const bodyBytes = 10 * 1024
const nudgeMilliseconds = 200

/** Some publishers that fill one queue as fast as they can. */
export class Crowd {
  readonly #publishers: readonly Publisher[]
  /** What was confirmed when all had been told to pause, and when that was. */
  confirmedBytesAtBlocked = 0
  allBlockedAt: number | undefined

  private constructor(publishers: readonly Publisher[]) {
    this.#publishers = publishers
  }

  /** `name` tells these publishers from those of other crowds. */
  static async open(url: string, name: string, given: { ledger: Ledger; chance: Chance }): Promise<Crowd> {
    const { ledger, chance } = given
    const route = { exchange: '', routingKey: ledger.queue, ledgers: [ledger] }
    const publishers: Publisher[] = []
    for (let nth = 0; nth < publisherCount; nth++) {
      const plan = {
        name: `${name}-${nth}`,
        window: windowMessages,
        bytes: [bodyBytes, bodyBytes] as const,
        bytesTotalMax: Number.POSITIVE_INFINITY,
        priority: 0,
      }
      publishers.push(await Publisher.open(url, { plan, routes: [route], chance }))
    }
    return new Crowd(publishers)
  }

  get confirmed(): number {
    return this.#publishers.reduce((sum, { confirmed }) => sum + confirmed, 0)
  }

  get confirmedBytes(): number {
    return this.#publishers.reduce((sum, { confirmedBytes }) => sum + confirmedBytes, 0)
  }

  get isAnyBlocked(): boolean {
    return this.#publishers.some(({ blockedAt }) => blockedAt !== undefined)
  }

  start(): void {
    for (const publisher of this.#publishers) publisher.start()
  }

  pause(): void {
    for (const publisher of this.#publishers) publisher.pause()
  }

  async stop(): Promise<void> {
    for (const publisher of this.#publishers) await publisher.stop()
  }

  /** Resolves when all connections are gone. */
  async gone(): Promise<void> {
    for (const publisher of this.#publishers) {
      publisher.pause()
      await publisher.end
    }
  }

  /** Resolves when so much is confirmed; nothing more is sent then. */
  async reaches(bytes: number): Promise<void> {
    await new Promise<void>((resolve) => {
      for (const publisher of this.#publishers) {
        publisher.onConfirm = () => {
          if (this.confirmedBytes >= bytes) resolve()
        }
      }
    })
    for (const publisher of this.#publishers) publisher.onConfirm = undefined
    this.pause()
    await this.quiet()
  }

  /** Resolves when all are told to pause, which they do. */
  async blocked(): Promise<void> {
    const blocked = Promise.withResolvers<void>()
    const nudger = setInterval(() => this.#nudge(), nudgeMilliseconds)
    for (const publisher of this.#publishers) {
      publisher.onBlocked = (isBlocked) => {
        if (!isBlocked) return
        publisher.pause()
        if (this.#publishers.every(({ blockedAt }) => blockedAt !== undefined)) blocked.resolve()
      }
    }
    try {
      await blocked.promise
    } finally {
      clearInterval(nudger)
    }
    this.allBlockedAt = Date.now()
    this.confirmedBytesAtBlocked = this.confirmedBytes
  }

  /** Publishes on; resolves when all that is outstanding is confirmed, and more. `begun`: the first confirm came. */
  async goesOn(begun: () => void, isLate: () => boolean): Promise<boolean> {
    const expected = this.#publishers.map(({ confirmed, outstanding }) => confirmed + outstanding + windowMessages)
    for (const publisher of this.#publishers) {
      publisher.onBlocked = undefined
      publisher.onConfirm = begun
      publisher.start()
    }
    while (this.#publishers.some(({ confirmed }, nth) => confirmed < expected[nth]!)) {
      if (isLate()) return false
      await pause(5)
    }
    this.pause()
    return true
  }

  /** Waits until no confirm came for half a second. */
  async quiet(): Promise<void> {
    let before = -1
    for (let tries = 0; tries < 20 && before !== this.confirmedBytes; tries++) {
      before = this.confirmedBytes
      await pause(500)
    }
  }

  /** A publisher is told to pause when it publishes; one that waits for confirms in vain has to be made to. */
  #nudge(): void {
    for (const publisher of this.#publishers) {
      const isIdle = Date.now() - publisher.lastConfirmAt > nudgeMilliseconds
      if (isIdle && publisher.blockedAt === undefined) publisher.sendOne()
    }
  }
}
