import type { Destination } from '../binding.ts'

/**
 * Destinations with the number of bindings that lead to each: taking one of several bindings away
 * must not cut the destination off, and a queue among a hundred thousand is found at once. One alone, as most often
 * with a million keys, needs no map.
 */
export class DestinationBag {
  #only: Destination | undefined
  /** Bindings that lead to the only one. */
  #count = 0
  #counts: Map<Destination, number> | undefined

  get empty(): boolean {
    return this.#only === undefined && this.#counts === undefined
  }

  has(destination: Destination): boolean {
    return this.#only === destination || this.#counts?.has(destination) === true
  }

  add(destination: Destination): void {
    if (this.#counts !== undefined) this.#counts.set(destination, (this.#counts.get(destination) ?? 0) + 1)
    else if (this.#only === undefined || this.#only === destination) {
      this.#only = destination
      this.#count++
    } else {
      this.#counts = new Map([
        [this.#only, this.#count],
        [destination, 1],
      ])
      this.#only = undefined
    }
  }

  /** Takes one of its bindings away; a destination that is not here is ignored. */
  remove(destination: Destination): void {
    if (this.#only === destination) {
      if (--this.#count === 0) this.#only = undefined
      return
    }
    const count = this.#counts?.get(destination)
    if (this.#counts === undefined || count === undefined) return
    if (count > 1) this.#counts.set(destination, count - 1)
    else this.#counts.delete(destination)
    if (this.#counts.size > 1) return
    for (const [only, bindings] of this.#counts) {
      this.#only = only
      this.#count = bindings
    }
    this.#counts = undefined
  }

  /** Names each destination once. */
  each(found: (destination: Destination) => void): void {
    if (this.#only !== undefined) found(this.#only)
    else if (this.#counts !== undefined) for (const destination of this.#counts.keys()) found(destination)
  }
}
