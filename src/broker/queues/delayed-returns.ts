import type { Timer } from '../../std/clock.ts'
import { Heap } from '../../std/heap.ts'
import type { Position } from '../../store/log.ts'
import type { Delivery } from '../delivery.ts'
import type { QueueParts } from './nature.ts'
import { relocate } from './ready-list.ts'
import type { Left, Place } from './spilled-index.ts'

interface Delayed {
  readonly delivery: Delivery
  /** Monotonic milliseconds at which it may be handed out again. */
  readonly readyAt: number
  /** Breaks ties: in the order of coming back. */
  readonly order: number
}

/** Returned messages that wait for their time. They are in memory, as they were when they were out. */
export class DelayedReturns {
  readonly #parts: QueueParts
  readonly #onReady: (delivery: Delivery) => void
  readonly #delayed = new Map<Delivery, Delayed>()
  readonly #heap = new Heap<Delayed>((a, b) => a.readyAt - b.readyAt || a.order - b.order)
  #order = 0
  #timer: Timer | undefined

  constructor(parts: QueueParts, onReady: (delivery: Delivery) => void) {
    this.#parts = parts
    this.#onReady = onReady
  }

  get length(): number {
    return this.#delayed.size
  }

  add(delivery: Delivery, milliseconds: number): void {
    const readyAt = this.#parts.context.clock.monotonic() + milliseconds
    const delayed = { delivery, readyAt, order: this.#order++ }
    this.#delayed.set(delivery, delayed)
    this.#heap.push(delayed)
    if (this.#heap.peek() === delayed) this.#watch()
  }

  purge(): void {
    for (const delivery of this.#delayed.keys()) this.#parts.backlog.leave(delivery)
    this.#delayed.clear()
    this.#heap.clear()
    this.#timer?.cancel()
  }

  close(): void {
    this.#timer?.cancel()
  }

  visitBefore(before: Position, visit: (sequence: number, position: Position) => boolean): void {
    for (const { sequence, position } of this.#delayed.keys()) {
      if (position !== 0 && position < before && !visit(sequence, position)) return
    }
  }

  relocate(places: ReadonlyMap<number, Place>, left: Left): void {
    relocate(this.#delayed.keys(), places, left)
  }

  #watch(): void {
    this.#timer?.cancel()
    const next = this.#heap.peek()
    if (next === undefined) return
    const { clock } = this.#parts.context
    this.#timer = clock.after(Math.max(0, next.readyAt - clock.monotonic()), () => this.#release())
  }

  #release(): void {
    const now = this.#parts.context.clock.monotonic()
    for (let next = this.#heap.peek(); next !== undefined && next.readyAt <= now; next = this.#heap.peek()) {
      this.#heap.pop()
      this.#delayed.delete(next.delivery)
      this.#onReady(next.delivery)
    }
    this.#watch()
  }
}
