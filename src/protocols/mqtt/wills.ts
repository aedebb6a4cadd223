import type { Clock, Timer } from '../../std/clock.ts'

/** Wills that wait for their delay, by session. */
export class Wills {
  readonly #clock: Clock
  readonly #waiting = new Map<string, { readonly timer: Timer; readonly publish: () => void }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Calls `publish` after the delay, unless the session goes on before. */
  delay(session: string, seconds: number, publish: () => void): void {
    this.cancel(session)
    const timer = this.#clock.after(seconds * 1000, () => {
      this.#waiting.delete(session)
      publish()
    })
    this.#waiting.set(session, { timer, publish })
  }

  /** The session goes on: its will is not published. */
  cancel(session: string): void {
    this.#waiting.get(session)?.timer.cancel()
    this.#waiting.delete(session)
  }

  /** The session ends, which is when a will that waits is published at the latest. */
  endOfSession(session: string): void {
    const found = this.#waiting.get(session)
    this.cancel(session)
    found?.publish()
  }

  /** The broker stops: nobody would wait any longer. */
  publishAll(): void {
    for (const session of [...this.#waiting.keys()]) this.endOfSession(session)
  }
}
