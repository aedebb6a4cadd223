/** How often somebody tried to log in, by protocol. */
export class LoginAttempts {
  readonly #counts = new Map<string, { succeeded: number; failed: number }>()

  /** `amqp091`, `http`, …: heads name themselves. */
  note(protocol: string, outcome: 'succeeded' | 'failed'): void {
    let counts = this.#counts.get(protocol)
    if (counts === undefined) {
      counts = { succeeded: 0, failed: 0 }
      this.#counts.set(protocol, counts)
    }
    counts[outcome]++
  }

  [Symbol.iterator](): Iterator<[protocol: string, counts: { readonly succeeded: number; readonly failed: number }]> {
    return this.#counts.entries()
  }

  /** Begins to count anew. */
  reset(): void {
    this.#counts.clear()
  }
}
