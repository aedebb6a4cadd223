import type { Broker } from '../../broker/broker.ts'
import type { Queue } from '../../broker/queue.ts'
import type { Timer } from '../../std/clock.ts'

/** Upper bounds, in seconds, of the times in queues that are told apart. */
export const queueTimeBounds: readonly number[] = [0.01, 0.1, 1, 10, 60, 600, 3600, 86400]

const SAMPLE_MILLISECONDS = 1000
/** How long it is looked on after somebody has asked. */
const PATIENCE_MILLISECONDS = 300_000
/** Points of the past that are kept of a queue; beyond that every other one goes. */
const POINTS_MAX = 256
/** Messages that stand for all that left a queue between two looks. */
const WITNESSES_MAX = 8

/** How long messages were in queues. */
export interface TimesInQueue {
  readonly counts: readonly number[]
  /** In seconds. */
  readonly sum: number
}

/**
 * How old the first message of a queue is, and how long messages wait in it, without a look at any of them: whoever
 * knows how many had come when, and how many have gone since, knows when the one that goes now had come. Queues are
 * looked at each second while somebody asks for metrics; a message costs nothing. What is told is true for queues that
 * hand out in the order of arrival, to a second, and between two looks by interpolation.
 */
export class QueueTimes {
  readonly #broker: Broker
  readonly #tracks = new WeakMap<Queue, Track>()
  /** Over all queues there were. */
  readonly all = new Times()
  #timer: Timer | undefined
  #wantedUntil = 0

  constructor(broker: Broker) {
    this.#broker = broker
  }

  /** Somebody asks: it is looked at the queues now, and from now on. */
  look(): void {
    const now = this.#broker.clock.monotonic()
    this.#wantedUntil = now + PATIENCE_MILLISECONDS
    this.#sample(now)
    this.#timer ??= this.#next()
  }

  /** Seconds since the first message that waits has come, as far as that is known; 0 where none waits. */
  age(queue: Queue): number {
    return this.#tracks.get(queue)?.age(queue, this.#broker.clock.monotonic()) ?? 0
  }

  times(queue: Queue): TimesInQueue | undefined {
    return this.#tracks.get(queue)?.times
  }

  close(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #next(): Timer {
    return this.#broker.clock.after(SAMPLE_MILLISECONDS, () => {
      const now = this.#broker.clock.monotonic()
      this.#timer = undefined
      if (now >= this.#wantedUntil) return
      this.#sample(now)
      this.#timer = this.#next()
    })
  }

  #sample(now: number): void {
    for (const { queues } of this.#broker.virtualHosts) {
      for (const queue of queues) {
        // Nobody waits in a stream.
        if (queue.type === 'stream') continue
        const track = this.#tracks.get(queue)
        if (track === undefined) this.#tracks.set(queue, new Track(queue, now, this.all))
        else track.sample(queue, now)
      }
    }
  }
}

/** How often which time was spent. */
class Times implements TimesInQueue {
  readonly counts: number[] = Array.from(queueTimeBounds, () => 0).concat(0)
  sum = 0

  add(seconds: number, count: number): void {
    const place = queueTimeBounds.findIndex((bound) => seconds <= bound)
    this.counts[place < 0 ? queueTimeBounds.length : place]! += count
    this.sum += seconds * count
  }
}

/** When how many had come, growing in both. */
interface Point {
  readonly time: number
  readonly arrived: number
}

/** What is known of one queue. */
class Track {
  readonly times = new Times()
  readonly #all: Times
  /** The oldest is the last that has at least one message that waits behind it. */
  #points: Point[]
  /** How many had gone at the last look. */
  #gone: number
  #lookedAt: number

  constructor(queue: Queue, now: number, all: Times) {
    this.#all = all
    this.#lookedAt = now
    // What waits already has come at this moment, or earlier.
    this.#points = [{ time: now, arrived: queue.counters.publish }]
    this.#gone = queue.counters.publish - queue.depth
  }

  sample({ counters, depth }: Queue, now: number): void {
    const last = this.#points.at(-1)!
    const arrived = counters.publish
    const gone = arrived - depth
    const before = this.#lookedAt
    this.#lookedAt = now
    if (arrived === last.arrived && gone === this.#gone) return
    if (arrived > last.arrived) {
      // What has come has come since the last look, however long nothing had come before.
      if (before > last.time) this.#points.push({ time: before, arrived: last.arrived })
      this.#points.push({ time: now, arrived })
    }
    // What was given back goes again, and has been counted.
    if (gone > this.#gone) this.#leave(gone, before, now)
    this.#forget()
  }

  age({ counters, depth }: Queue, now: number): number {
    return depth === 0 ? 0 : (now - this.#arrivalOf(counters.publish - depth + 1, now)) / 1000
  }

  #leave(gone: number, from: number, to: number): void {
    const count = gone - this.#gone
    const witnesses = Math.min(count, WITNESSES_MAX)
    for (let number = 0; number < witnesses; number++) {
      const share = Math.floor((count * (number + 1)) / witnesses) - Math.floor((count * number) / witnesses)
      const part = (number + 0.5) / witnesses
      const arrival = this.#arrivalOf(this.#gone + count * part, to)
      const seconds = Math.max(0, from + (to - from) * part - arrival) / 1000
      this.times.add(seconds, share)
      this.#all.add(seconds, share)
    }
    this.#gone = gone
  }

  /** When the message with that number has come; between two looks as if they came evenly. */
  #arrivalOf(number: number, now: number): number {
    const points = this.#points
    let low = 0
    let high = points.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (points[middle]!.arrived >= number) high = middle
      else low = middle + 1
    }
    const after = points[low]
    const before = points[low - 1]
    if (before === undefined) return after?.time ?? now
    if (after === undefined) return now
    return before.time + ((after.time - before.time) * (number - before.arrived)) / (after.arrived - before.arrived)
  }

  /** What nobody waits behind, and what is too much to keep. */
  #forget(): void {
    let first = 0
    while (first < this.#points.length - 1 && this.#points[first + 1]!.arrived <= this.#gone) first++
    if (first > 0) this.#points.splice(0, first)
    if (this.#points.length > POINTS_MAX) {
      const last = this.#points.length - 1
      this.#points = this.#points.filter((_, index) => index % 2 === 0 || index === last)
    }
  }
}
