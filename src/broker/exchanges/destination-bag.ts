import type { Destination } from '../binding.ts'

/**
 * Destinations with the number of bindings that lead to each: taking one of several bindings away
 * must not cut the destination off, and a queue among a hundred thousand is found at once.
 */
export class DestinationBag {
  readonly #counts = new Map<Destination, number>()

  get empty(): boolean {
    return this.#counts.size === 0
  }

  has(destination: Destination): boolean {
    return this.#counts.has(destination)
  }

  add(destination: Destination): void {
    this.#counts.set(destination, (this.#counts.get(destination) ?? 0) + 1)
  }

  /** Takes one of its bindings away; a destination that is not here is ignored. */
  remove(destination: Destination): void {
    const count = this.#counts.get(destination)
    if (count === undefined) return
    if (count === 1) this.#counts.delete(destination)
    else this.#counts.set(destination, count - 1)
  }

  /** Names each destination once. */
  each(found: (destination: Destination) => void): void {
    for (const destination of this.#counts.keys()) found(destination)
  }
}
