import type { Complaints } from './complaints.ts'

/** The stream that every run has. */
export const streamName = 'stream'

/** One message of the stream. */
interface StreamEntry {
  readonly name: string
  /** A stream keeps all it takes. */
  readonly durable: true
  /** It has to be there: its publisher was told so, or somebody read it. */
  promised: boolean
}

/** What a stream was sent, against what it holds: all that was promised, in the order it was published, once. */
export class StreamBook {
  readonly #complaints: Complaints
  #entries: StreamEntry[] = []
  /** Its declaration was answered. */
  isDeclared = false

  constructor(complaints: Complaints) {
    this.#complaints = complaints
  }

  arrive(name: string): StreamEntry {
    const entry: StreamEntry = { name, durable: true, promised: false }
    this.#entries.push(entry)
    return entry
  }

  /** All of it was read after a start, so nothing can come any more of what is not there. */
  inspected(found: readonly string[]): void {
    const places = new Map(this.#entries.map(({ name }, place) => [name, place]))
    const there = new Set<string>()
    let furthest = -1
    for (const name of found) {
      const place = places.get(name)
      if (place === undefined) this.#complaints.add('unexpected', streamName, name)
      else if (there.has(name)) this.#complaints.add('duplicated', streamName, name)
      else if (place < furthest) this.#complaints.add('disordered', streamName, name)
      there.add(name)
      furthest = Math.max(furthest, place ?? 0)
    }
    for (const { name, promised } of this.#entries) {
      if (promised && !there.has(name)) this.#complaints.add('lost', streamName, name)
    }
    this.#entries = this.#entries.filter(({ name }) => there.has(name))
    for (const entry of this.#entries) entry.promised = true
  }
}
