import type { JsonObject } from '../listing.ts'

/** Results kept of one job; of more the counts are. */
const RESULTS_MAX = 1000

/** What became of one thing a job was about. */
export interface JobResult {
  /** `{queue, vhost}`, or `{sequence}` of a message. */
  readonly item: JsonObject
  readonly outcome: 'done' | 'failed'
  readonly reason?: string
  readonly details?: JsonObject
}

/** What is to be done, and for whom. */
export interface JobDescription {
  readonly action: string
  /** `orders.dead in /`. */
  readonly about: string
  readonly user: string
  /** How many things it is about, where that is known before. */
  readonly total: number | undefined
}

export type JobState = 'running' | 'done' | 'cancelled' | 'failed'

/** Something that takes longer than a request should: it runs by itself, tells how far it is, and can be stopped. */
export class Job {
  readonly id: string
  readonly description: JobDescription
  readonly startedAt: number
  state: JobState = 'running'
  endedAt: number | undefined
  /** Things looked at; more than the results where it chooses among them. */
  looked = 0
  done = 0
  failed = 0
  error: string | undefined
  /** Asked by what runs, between two things. */
  isCancelled = false
  readonly #results: JobResult[] = []

  constructor(id: string, description: JobDescription, now: number) {
    this.id = id
    this.description = description
    this.startedAt = now
  }

  note(result: JobResult): void {
    if (result.outcome === 'done') this.done++
    else this.failed++
    // Failures are what one wants to see.
    if (this.#results.length < RESULTS_MAX) this.#results.push(result)
    else if (result.outcome === 'failed') {
      const done = this.#results.findIndex(({ outcome }) => outcome === 'done')
      if (done >= 0) this.#results.splice(done, 1, result)
    }
  }

  /** As JSON; without what became of each thing in lists. */
  show(): JsonObject {
    const { action, about, user, total } = this.description
    return {
      id: this.id,
      ...{ action, about, user, state: this.state },
      started_at: this.startedAt,
      ended_at: this.endedAt ?? null,
      total: total ?? null,
      ...{ looked: this.looked, done: this.done, failed: this.failed },
      ...(this.error === undefined ? {} : { error: this.error }),
    }
  }

  showDetails(): JsonObject {
    const results = this.#results.map(({ item, outcome, reason, details }) => ({
      ...item,
      outcome,
      ...(reason === undefined ? {} : { reason }),
      ...details,
    }))
    return { ...this.show(), results, results_omitted: this.done + this.failed - results.length }
  }
}
