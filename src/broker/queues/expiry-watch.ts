/** Looking through so many deliveries may be done once in a millisecond. */
const LOOKED_THROUGH_PER_MILLISECOND = 1024

/**
 * Knows when something in a list may have expired, at the cost of one comparison for a message: as
 * long as messages expire in the order in which they wait, the head tells; else the list must be
 * looked through, not before `earliest`, and no more often than its length allows.
 */
export class ExpiryWatch {
  /** Expiry of the last message taken in. */
  last = Number.POSITIVE_INFINITY
  /** No message expires before. */
  earliest = Number.POSITIVE_INFINITY
  /** None expires before one that waits before it. */
  #ordered = true
  #lookAt = Number.NEGATIVE_INFINITY

  /** A message is put behind all others, expiring at another time than the last one. */
  note(expiresAt: number, isFirst: boolean): void {
    if (isFirst) {
      this.#ordered = true
      this.earliest = expiresAt
    } else {
      if (expiresAt < this.last) this.#ordered = false
      if (expiresAt < this.earliest) this.earliest = expiresAt
    }
    this.last = expiresAt
  }

  /** A message is put back; `head` is when the head expires, Infinity for never or if there is none. */
  noteReturned(expiresAt: number, head: number): void {
    if (expiresAt !== head) this.#ordered = false
    if (expiresAt < this.earliest) this.earliest = expiresAt
    if (expiresAt > this.last) this.last = expiresAt
  }

  /** A message comes from disk; `before` is when the one that waits before it expires. */
  noteRead(expiresAt: number, before: number): void {
    if (expiresAt < before) this.#ordered = false
    if (expiresAt < this.earliest) this.earliest = expiresAt
  }

  /** When to look through the list; Infinity while the head tells. */
  get lookThroughAt(): number {
    return this.#ordered ? Number.POSITIVE_INFINITY : this.notBefore(this.earliest)
  }

  /** The same for something else that takes as long to be looked through. */
  notBefore(time: number): number {
    return time === Number.POSITIVE_INFINITY ? time : Math.max(time, this.#lookAt)
  }

  /** The list was looked through: so many, of which none expires before `earliest`. */
  lookedThrough(now: number, count: number, earliest: number): void {
    this.earliest = earliest
    // So that the next message is noted whenever it expires.
    this.last = Number.NaN
    this.postpone(now, count)
  }

  /** Looking at so many took its time. */
  postpone(now: number, count: number): void {
    this.#lookAt = Math.max(this.#lookAt, now + Math.floor(count / LOOKED_THROUGH_PER_MILLISECOND))
  }
}
