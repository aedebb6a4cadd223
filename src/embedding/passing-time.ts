import type { Broker } from '../broker/broker.ts'
import type { Node } from '../plugin.ts'
import type { VirtualClock } from '../std/virtual-clock.ts'
import { type Duration, milliseconds } from './duration.ts'
import { isUnsent } from './unsent.ts'

/** So many passes of the event loop without any sign of life are rest. */
const QUIET_PASSES = 5

/** Milliseconds without any sign of life after which what is held back is not waited for any more. */
const UNSENT_WAITS = 100

/** Waits for what clients and broker have under way in this process, and moves the time of a broker that has its own. */
export class PassingTime {
  readonly #broker: Broker
  readonly #node: Node
  readonly #clock: VirtualClock | undefined

  constructor(broker: Broker, node: Node, clock: VirtualClock | undefined) {
    this.#broker = broker
    this.#node = node
    this.#clock = clock
  }

  /** The broker's time of day, milliseconds since the epoch. */
  now(): number {
    return this.#broker.clock.now()
  }

  /**
   * Moves the broker's time on: what falls due happens at its very moment, one thing after the other, and each time
   * clients in this process get to answer. Throws where the broker lives in real time.
   */
  async advance(duration: Duration): Promise<void> {
    const clock = this.#clock
    if (clock === undefined) throw new Error("this broker lives in real time: create it with clock: 'virtual'")
    await this.settled()
    const until = clock.monotonic() + milliseconds(duration)
    for (let due = clock.nextDue; due !== undefined && due <= until; due = clock.nextDue) {
      clock.advance(Math.max(0, due - clock.monotonic()))
      // Most timers only look at the clock: nobody need be waited for.
      if (!clock.isIdle) await this.settled()
    }
    clock.advance(Math.max(0, until - clock.monotonic()))
  }

  /**
   * Resolves when all that clients in this process have sent is routed, stored, confirmed and delivered, and nothing more
   * comes of it. What waits for time to pass is not waited for.
   */
  async settled(): Promise<void> {
    for (let waited = 0; ; waited++) {
      const before = this.#signs()
      await this.#rest()
      // What the system holds back is on its way all the same, unless nobody reads it.
      if (waited >= UNSENT_WAITS || !this.#isUnsent) return
      await new Promise((resolve) => setTimeout(resolve, 1))
      if (this.#signs() !== before) waited = 0
    }
  }

  /** Resolves when nothing has happened for some passes of the event loop. */
  async #rest(): Promise<void> {
    let before = this.#signs()
    for (let quiet = 0; quiet < QUIET_PASSES; ) {
      await new Promise((resolve) => setImmediate(resolve))
      if (this.#broker.durable < this.#broker.mark && this.#isSyncing) await this.#broker.flush()
      const now = this.#signs()
      quiet = now === before && (this.#clock?.isIdle ?? true) ? quiet + 1 : 0
      before = now
    }
  }

  get #isUnsent(): boolean {
    const [any] = this.#node.connections()
    return any !== undefined && isUnsent(new Set(this.#node.listeners.map(({ port }) => port)))
  }

  /** In memory, what is not durable yet waits for time to pass. */
  get #isSyncing(): boolean {
    return this.#node.diskFreeBytes !== undefined
  }

  /** Changes whenever something happens. */
  #signs(): string {
    let bytes = 0
    let pending = 0
    let count = 0
    for (const connection of this.#node.connections()) {
      bytes += connection.bytesReceived + connection.bytesSent
      pending += connection.bytesPending
      count += 1
    }
    return `${count} ${bytes} ${pending} ${this.#broker.mark} ${this.#broker.durable}`
  }
}
