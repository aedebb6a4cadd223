import type { Destination } from '../binding.ts'
import { DestinationBag } from './destination-bag.ts'

/** Destinations by exact binding key. */
export class KeyMap {
  readonly #byKey = new Map<string, DestinationBag>()

  add(key: string, destination: Destination): void {
    let bag = this.#byKey.get(key)
    if (bag === undefined) {
      bag = new DestinationBag()
      this.#byKey.set(key, bag)
    }
    bag.add(destination)
  }

  remove(key: string, destination: Destination): void {
    const bag = this.#byKey.get(key)
    if (bag === undefined) return
    bag.remove(destination)
    if (bag.empty) this.#byKey.delete(key)
  }

  /** Names each destination bound with `key` once. */
  each(key: string, found: (destination: Destination) => void): void {
    this.#byKey.get(key)?.each(found)
  }

  /** Distinct keys, for tests that nothing is left behind. */
  get size(): number {
    return this.#byKey.size
  }
}
