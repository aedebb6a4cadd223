import { frameOverhead } from '../../wire/amqp091/codes.ts'

/** What a connection has to do about its heartbeat now. */
export type HeartbeatDue = 'nothing' | 'send' | 'expired'

/**
 * The two sides of a heartbeat of `seconds`. A beat is due when nothing was sent for half of it; the
 * peer has expired when two checks in a row, that far apart, found nothing received.
 */
export class Heartbeat {
  readonly seconds: number
  #nextSend: number
  #nextCheck: number
  #sent = -1
  #received = -1
  #silentChecks = 0

  constructor(seconds: number, now: number) {
    this.seconds = seconds
    this.#nextSend = now + seconds * 500
    this.#nextCheck = now + seconds * 1000
  }

  /** Called often enough for half of it, with the bytes sent and received so far. */
  due(now: number, sent: number, received: number): HeartbeatDue {
    if (now >= this.#nextCheck) {
      this.#nextCheck = now + this.seconds * 1000
      this.#silentChecks = received === this.#received ? this.#silentChecks + 1 : 0
      this.#received = received
      if (this.#silentChecks === 2) return 'expired'
    }
    if (now < this.#nextSend) return 'nothing'
    // From when it was due, so that being looked at a little late does not add up.
    const half = this.seconds * 500
    this.#nextSend = Math.max(this.#nextSend, now - half) + half
    const silent = sent === this.#sent
    // The beat itself does not count as traffic, or an idle connection would beat at every other time only.
    this.#sent = silent ? sent + frameOverhead : sent
    return silent ? 'send' : 'nothing'
  }

  /** The peer could not be heard for a while, so its silence starts to count from now. */
  restart(now: number): void {
    this.#silentChecks = 0
    this.#nextCheck = now + this.seconds * 1000
  }
}
