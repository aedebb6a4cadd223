import type { Clock } from '../../../std/clock.ts'
import type { Json } from '../listing.ts'
import { type Retention, SampleHistory } from './sample-history.ts'
import type { SampleRange } from './sample-range.ts'

/** What is counted of one kind of thing. */
export interface Meter<T> {
  /** As RabbitMQ's JSON names them. */
  readonly names: readonly string[]
  /** Their values now, in the order of the names. */
  read(thing: T): readonly number[]
}

export interface CollectorOptions<T> {
  readonly clock: Clock
  readonly meter: Meter<T>
  readonly retention: Retention
  /** All there are now. */
  all(): Iterable<T>
  /** For how long after somebody has looked sampling goes on. */
  readonly attentionMilliseconds: number
}

/** Things whose samples are kept at a time: who looks at more of them one by one gets the history of the last. */
const HISTORIES_MAX = 500

/**
 * Samples of the figures of one kind of thing. Figures are read while somebody looks and for a while after: of all
 * things when somebody looked at the list, else of those that were looked at. A history is kept of a thing for which
 * somebody asked for one; of the others the last two samples, for the rate.
 */
export class Collector<T extends object> {
  readonly #options: CollectorOptions<T>
  #tracks = new Map<T, Track>()
  #listedAt = Number.NEGATIVE_INFINITY
  #histories = 0

  constructor(options: CollectorOptions<T>) {
    this.#options = options
  }

  /** Somebody looks at all of them. */
  watchAll(): void {
    this.#listedAt = this.#options.clock.monotonic()
  }

  /** The figures of one thing, at which somebody looks. */
  look(thing: T, wanted: { readonly history: boolean } = { history: false }): Figures {
    const { clock, meter, retention } = this.#options
    const now = clock.monotonic()
    const values = meter.read(thing)
    let track = this.#tracks.get(thing)
    if (track === undefined) {
      track = new Track(meter.names, values, now)
      this.#tracks.set(thing, track)
    }
    track.lookedAt = now
    if (wanted.history && track.history === undefined) {
      this.#makeRoom()
      this.#histories++
      track.history = meter.names.map(() => new SampleHistory(retention))
      track.note(clock.now(), 0, values)
    }
    return new Figures(track, values)
  }

  /** Change per second of one figure, without reading it now: for sorting many. */
  rate(thing: T, name: string): number {
    const track = this.#tracks.get(thing)
    return track === undefined ? 0 : track.rate(track.names.indexOf(name))
  }

  /** Reads all that is looked at; false when nothing is any more. */
  sample(tick: number): boolean {
    const { clock, meter, all, attentionMilliseconds } = this.#options
    const now = clock.monotonic()
    const isListed = now - this.#listedAt < attentionMilliseconds
    const kept = new Map<T, Track>()
    this.#histories = 0
    for (const thing of isListed ? all() : this.#tracks.keys()) {
      const known = this.#tracks.get(thing)
      if (!isListed && now - known!.lookedAt >= attentionMilliseconds) continue
      const values = meter.read(thing)
      const track = known ?? new Track(meter.names, values, now)
      track.advance(now, values)
      track.note(clock.now(), tick, values)
      kept.set(thing, track)
      if (track.history !== undefined) this.#histories++
    }
    this.#tracks = kept
    return kept.size > 0
  }

  #makeRoom(): void {
    if (this.#histories < HISTORIES_MAX) return
    for (const track of this.#tracks.values()) {
      if (track.history === undefined) continue
      track.history = undefined
      this.#histories--
      return
    }
  }
}

/** What was read of one thing. */
class Track {
  readonly names: readonly string[]
  lookedAt: number
  history: readonly SampleHistory[] | undefined
  #current: readonly number[]
  #currentAt: number
  #previous: readonly number[] | undefined
  #previousAt = 0

  constructor(names: readonly string[], values: readonly number[], now: number) {
    this.names = names
    this.lookedAt = now
    this.#current = values
    this.#currentAt = now
  }

  advance(now: number, values: readonly number[]): void {
    if (now <= this.#currentAt) return
    this.#previous = this.#current
    this.#previousAt = this.#currentAt
    this.#current = values
    this.#currentAt = now
  }

  note(at: number, tick: number, values: readonly number[]): void {
    this.history?.forEach((history, index) => {
      history.add(at, tick, values[index]!)
    })
  }

  /** Change per second between the last two samples. */
  rate(index: number): number {
    if (this.#previous === undefined) return 0
    const seconds = (this.#currentAt - this.#previousAt) / 1000
    return rounded((this.#current[index]! - this.#previous[index]!) / seconds)
  }
}

/** The figures of one thing as they are now, with their rates. */
export class Figures {
  readonly #track: Track
  readonly #values: readonly number[]

  constructor(track: Track, values: readonly number[]) {
    this.#track = track
    this.#values = values
  }

  /** Writes `name` and `name_details` of each into `target`. */
  write(target: Record<string, Json>, names: readonly string[], range: SampleRange | undefined): void {
    for (const name of names) {
      const index = this.#track.names.indexOf(name)
      target[name] = this.#values[index]!
      target[`${name}_details`] = this.#details(index, range)
    }
  }

  value(name: string): number {
    return this.#values[this.#track.names.indexOf(name)]!
  }

  /** The same as an object. */
  section(names: readonly string[], range: SampleRange | undefined): { readonly [name: string]: Json } {
    const target: Record<string, Json> = {}
    this.write(target, names, range)
    return target
  }

  #details(index: number, range: SampleRange | undefined): Json {
    const rate = this.#track.rate(index)
    const history = this.#track.history?.[index]
    if (range === undefined || history === undefined) return { rate }
    const samples = history.samples(range)
    const newest = samples[0]!
    const oldest = samples.at(-1)!
    const seconds = (newest.timestamp - oldest.timestamp) / 1000
    const total = samples.reduce((sum, { sample }) => sum + sample, 0)
    return {
      rate,
      samples,
      avg_rate: seconds === 0 ? 0 : rounded((newest.sample - oldest.sample) / seconds),
      avg: rounded(total / samples.length),
    }
  }
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000
}
