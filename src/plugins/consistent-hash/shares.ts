import { hash32 } from '../../std/hash32.ts'
import { mixed32 } from '../../std/pseudo-random.ts'

/** Somebody who gets a share of all keys. */
interface Holder<T> {
  readonly owner: T
  /** Tells this holder's draws from those of the others. */
  readonly seed: number
  readonly weight: number
}

/**
 * Shares all keys out among holders, to each as its weight says. Every holder draws a lot for a key,
 * and the highest has it (rendezvous hashing): so a holder that comes takes keys from all others in
 * proportion, one that goes leaves its keys to them in proportion, and no other key moves. Nothing
 * depends on the order in which holders came.
 */
export class Shares<T> {
  readonly #holders: Holder<T>[] = []
  /** How many holders have each weight. */
  readonly #weights = new Map<number, number>()

  /** `name` must be the holder's own, and the same after a restart. */
  add(owner: T, name: string, weight: number): void {
    this.#holders.push({ owner, seed: hash32(name), weight })
    this.#weights.set(weight, (this.#weights.get(weight) ?? 0) + 1)
  }

  remove(owner: T): void {
    const index = this.#holders.findIndex((holder) => holder.owner === owner)
    if (index < 0) return
    const { weight } = this.#holders.splice(index, 1)[0]!
    const count = this.#weights.get(weight)! - 1
    if (count === 0) this.#weights.delete(weight)
    else this.#weights.set(weight, count)
  }

  /** Whose the key with this hash is; undefined while there is nobody. */
  of(hash: number): T | undefined {
    return this.#weights.size > 1 ? this.#weighed(hash) : this.#highest(hash)
  }

  #highest(hash: number): T | undefined {
    let best: T | undefined
    let bestLot = -1
    for (const { owner, seed } of this.#holders) {
      const lot = drawn(hash, seed)
      if (lot <= bestLot) continue
      best = owner
      bestLot = lot
    }
    return best
  }

  /** The logarithm of a lot, divided by the weight, is the highest for each holder as often as its weight says. */
  #weighed(hash: number): T | undefined {
    let best: T | undefined
    let bestScore = Number.NEGATIVE_INFINITY
    for (const { owner, seed, weight } of this.#holders) {
      const score = Math.log((drawn(hash, seed) + 0.5) / 0x1_0000_0000) / weight
      if (score <= bestScore) continue
      best = owner
      bestScore = score
    }
    return best
  }
}

function drawn(hash: number, seed: number): number {
  return mixed32(mixed32(hash ^ seed) + seed)
}
