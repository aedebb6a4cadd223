import type { Published } from '../../broker/access.ts'
import type { PublishCounters } from '../../broker/counters.ts'
import type { FrameWriter } from '../../wire/amqp091/writer.ts'

const CAPACITY_MIN = 64

// Marks that say something else than "on disk once this is reached"; those are larger than 0.
const ACCEPTED = 0
const REFUSED = -1
const ANSWERED = -2

/**
 * The publishes of a channel in confirm mode that are not answered yet, by sequence number. `flush`,
 * once a turn, answers what can be: the contiguous beginning in one cumulative confirm, and what was
 * decided out of order one by one.
 */
export class Confirms {
  /** It is on its connection's list for the end of the turn. */
  scheduled = false
  /** Its channel is gone: nothing more is answered. */
  closed = false
  readonly #channel: number
  readonly #totals: PublishCounters
  /** What each publish waits for, in a circular array by sequence number. */
  #marks = new Float64Array(CAPACITY_MIN)
  #first = 1
  #next = 1
  /** The newest publish that waits for the disk. */
  #lastStored = 0
  /** Publishes refused, and publishes answered out of order that older ones still wait before. */
  #refused = 0
  #answered = 0
  /** Sequences decided while an older one waits for the disk. */
  #early: number[] = []

  /** What is confirmed is counted in `totals` too. */
  constructor(channel: number, totals: PublishCounters) {
    this.#channel = channel
    this.#totals = totals
  }

  /** Publishes not answered yet. */
  get length(): number {
    return this.#next - this.#first - this.#answered
  }

  /** Publishes confirmed so far. */
  get confirmed(): number {
    return this.#first - 1 + this.#answered - this.#refused
  }

  /** Counts a publish. `mark` matters when it was stored. */
  add(answer: Published, mark: number): void {
    if (this.#next - this.#first === this.#marks.length) this.#resize(this.#marks.length * 2)
    const sequence = this.#next++
    if (answer === 'stored') this.#lastStored = sequence
    else if (this.#lastStored >= this.#first) this.#early.push(sequence)
    const value = answer === 'stored' ? mark : answer === 'refused' ? REFUSED : ACCEPTED
    this.#marks[sequence & (this.#marks.length - 1)] = value
  }

  /** Writes every answer that is due when all before `durable` is on disk. True when some still wait. */
  flush(frames: FrameWriter, durable: number): boolean {
    const mask = this.#marks.length - 1
    const confirmedBefore = this.confirmed
    let run = 0
    for (; this.#first < this.#next; this.#first++) {
      const mark = this.#marks[this.#first & mask]!
      if (mark > durable) break
      if (mark === REFUSED) {
        this.#acknowledge(frames, this.#first - 1, run)
        run = 0
        frames.basicNack(this.#channel, this.#first, false)
        this.#refused++
      } else if (mark !== ANSWERED) run++
      else {
        this.#answered--
        this.#acknowledge(frames, this.#first - 1, run)
        run = 0
      }
    }
    this.#acknowledge(frames, this.#first - 1, run)
    if (this.#early.length > 0) this.#answerEarly(frames)
    this.#totals.confirm += this.confirmed - confirmedBefore
    if (this.#first < this.#next) return true
    if (this.#marks.length > 4096) this.#marks = new Float64Array(CAPACITY_MIN)
    return false
  }

  #acknowledge(frames: FrameWriter, sequence: number, run: number): void {
    if (run > 0) frames.basicAck(this.#channel, sequence, run > 1)
  }

  #answerEarly(frames: FrameWriter): void {
    const mask = this.#marks.length - 1
    for (const sequence of this.#early) {
      if (sequence < this.#first) continue
      this.#answered++
      if (this.#marks[sequence & mask] === REFUSED) {
        this.#refused++
        frames.basicNack(this.#channel, sequence, false)
      } else frames.basicAck(this.#channel, sequence, false)
      this.#marks[sequence & mask] = ANSWERED
    }
    this.#early = []
  }

  #resize(capacity: number): void {
    const marks = new Float64Array(capacity)
    for (let sequence = this.#first; sequence < this.#next; sequence++) {
      marks[sequence & (capacity - 1)] = this.#marks[sequence & (this.#marks.length - 1)]!
    }
    this.#marks = marks
  }
}
