import { Fault } from '../../../broker/fault.ts'
import type { Clock } from '../../../std/clock.ts'
import { HttpError } from '../http-error.ts'
import { Job, type JobDescription } from './job.ts'

/** Jobs that run at a time, and those that are remembered. */
const RUNNING_MAX = 20
const KEPT_MAX = 200

/** Every job that runs, and the last of those that ran. */
export class Jobs {
  readonly #clock: Clock
  readonly #onError: (error: Error, job: string) => void
  readonly #all = new Map<string, Job>()
  #running = 0
  #number = 0

  constructor(clock: Clock, onError: (error: Error, job: string) => void) {
    this.#clock = clock
    this.#onError = onError
  }

  /** Oldest first. */
  [Symbol.iterator](): Iterator<Job> {
    return this.#all.values()
  }

  get(id: string): Job | undefined {
    return this.#all.get(id)
  }

  /** Throws an HttpError when too many run. */
  start(description: JobDescription, work: (job: Job) => Promise<void>): Job {
    if (this.#running >= RUNNING_MAX) {
      throw new HttpError(503, 'too_many_jobs', `${RUNNING_MAX} jobs are running already`)
    }
    const job = new Job(String(++this.#number), description, this.#clock.now())
    this.#all.set(job.id, job)
    this.#running++
    this.#forget()
    void work(job)
      .then(
        () => {
          job.state = job.isCancelled ? 'cancelled' : 'done'
        },
        (error: Error) => {
          job.state = 'failed'
          job.error = error instanceof Fault || error instanceof HttpError ? error.message : 'Internal Server Error'
          if (job.error !== error.message) this.#onError(error, `job ${job.id}`)
        },
      )
      .finally(() => {
        job.endedAt = this.#clock.now()
        this.#running--
      })
    return job
  }

  /** Stops all at the next thing they would do. */
  close(): void {
    for (const job of this.#all.values()) job.isCancelled = true
  }

  #forget(): void {
    for (const [id, { state }] of this.#all) {
      if (this.#all.size <= KEPT_MAX) return
      if (state !== 'running') this.#all.delete(id)
    }
  }
}
