const capacity = 1 << 20

/**
 * What of a publisher's stream is confirmed. Confirms may come one by one, in any order, or
 * cumulatively; a sampled message counts as confirmed once everything up to it is.
 */
export class ConfirmWindow {
  readonly #settled = new Uint8Array(capacity)
  readonly #sampleTimes: number[] = []
  readonly #sampleSequences: number[] = []
  readonly #onSample: (sentAt: number) => void
  #sent = 0
  #lowest = 0
  #settledCount = 0

  constructor(onSample: (sentAt: number) => void) {
    this.#onSample = onSample
  }

  /** Messages sent and not yet confirmed or refused. */
  get outstanding(): number {
    return this.#sent - this.#settledCount
  }

  /** Counts `count` messages as sent, the first of them at `time` if it shall be timed. */
  sent(count: number, time?: number): void {
    if (this.#sent + count - this.#lowest > capacity) throw new Error('more unconfirmed messages than the window holds')
    if (time !== undefined) {
      this.#sampleSequences.push(this.#sent + 1)
      this.#sampleTimes.push(time)
    }
    this.#sent += count
  }

  /** Settles the message of number `tag` (from 1), or all up to it. */
  settle(tag: number, reach: 'one' | 'up-to'): void {
    if (tag > this.#sent || tag < 1) throw new Error(`the broker confirmed message ${tag} of ${this.#sent}`)
    if (reach === 'up-to') {
      while (this.#lowest < tag) this.#advance()
    } else if (tag > this.#lowest) {
      if (this.#settled[tag % capacity] === 1) throw new Error(`the broker confirmed message ${tag} twice`)
      this.#settled[tag % capacity] = 1
      this.#settledCount += 1
      while (this.#settled[(this.#lowest + 1) % capacity] === 1) this.#advance()
    } else {
      throw new Error(`the broker confirmed message ${tag} twice`)
    }
    while (this.#sampleSequences.length > 0 && this.#sampleSequences[0]! <= this.#lowest) {
      this.#sampleSequences.shift()
      this.#onSample(this.#sampleTimes.shift()!)
    }
  }

  #advance(): void {
    this.#lowest += 1
    const slot = this.#lowest % capacity
    if (this.#settled[slot] === 1) this.#settled[slot] = 0
    else this.#settledCount += 1
  }
}
