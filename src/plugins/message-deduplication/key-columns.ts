import type { Place } from '../../broker/queues/spilled-index.ts'

const CAPACITY_MIN = 64

/** What is known of each key beside the key itself: 28 bytes in columns, by slot. */
export class KeyColumns {
  #expiries = new Float64Array(CAPACITY_MIN)
  #sequences = new Float64Array(CAPACITY_MIN)
  #positions = new Float64Array(CAPACITY_MIN)
  #shares = new Uint32Array(CAPACITY_MIN)
  readonly #free: number[] = []
  #end = 0

  /** A slot for a key that holds until `expiresAt`, wall time in milliseconds. Sequences are not 0. */
  take(sequence: number, expiresAt: number): number {
    const slot = this.#free.pop() ?? this.#end++
    if (slot === this.#expiries.length) this.#grow()
    this.#expiries[slot] = expiresAt
    this.#sequences[slot] = sequence
    this.#positions[slot] = 0
    this.#shares[slot] = 0
    return slot
  }

  give(slot: number): void {
    this.#sequences[slot] = 0
    this.#free.push(slot)
  }

  clear(): void {
    this.#free.length = 0
    this.#end = 0
  }

  expiresAt(slot: number): number {
    return this.#expiries[slot]!
  }

  sequence(slot: number): number {
    return this.#sequences[slot]!
  }

  /** Where the key is in the message log; position 0 while it is nowhere. */
  place(slot: number): Place {
    return { position: this.#positions[slot]!, share: this.#shares[slot]! }
  }

  setPlace(slot: number, { position, share }: Place): void {
    this.#positions[slot] = position
    this.#shares[slot] = share
  }

  /** Calls `visit` with slots whose key lies before a position in the log, until it answers false. */
  visitBefore(before: number, visit: (sequence: number, position: number) => boolean): void {
    for (let slot = 0; slot < this.#end; slot++) {
      const position = this.#positions[slot]!
      if (position === 0 || position >= before || this.#sequences[slot] === 0) continue
      if (!visit(this.#sequences[slot]!, position)) return
    }
  }

  /** Notes new places in the log, by sequence, and tells the old ones. */
  relocate(places: ReadonlyMap<number, Place>, left: (old: Place) => void): void {
    const sequences = [...places.keys()]
    const first = Math.min(...sequences)
    const last = Math.max(...sequences)
    for (let slot = 0; slot < this.#end; slot++) {
      const sequence = this.#sequences[slot]!
      if (sequence < first || sequence > last) continue
      const place = places.get(sequence)
      if (place === undefined || this.#positions[slot] === 0) continue
      left(this.place(slot))
      this.setPlace(slot, place)
    }
  }

  #grow(): void {
    const capacity = this.#expiries.length * 2
    const grown = (old: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> => {
      const column = new Float64Array(capacity)
      column.set(old)
      return column
    }
    this.#expiries = grown(this.#expiries)
    this.#sequences = grown(this.#sequences)
    this.#positions = grown(this.#positions)
    const shares = new Uint32Array(capacity)
    shares.set(this.#shares)
    this.#shares = shares
  }
}
