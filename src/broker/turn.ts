import type { Clock } from '../std/clock.ts'

/** Something with work left for the end of the turn: a queue to dispatch, a connection to flush. */
export interface TurnTask {
  run(): void
}

/**
 * The end-of-turn list. Input is run to its end synchronously; then, once: queues dispatch, logs
 * commit, connections flush. Each phase runs what earlier phases added to it.
 */
export class Turn {
  readonly #clock: Clock
  #dispatches: TurnTask[] = []
  #commits: TurnTask[] = []
  #flushes: TurnTask[] = []
  #scheduled = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Queues add themselves when something became deliverable. The caller keeps itself from adding twice. */
  addDispatch(task: TurnTask): void {
    this.#dispatches.push(task)
    this.#schedule()
  }

  /** The message store adds itself when something was appended. */
  addCommit(task: TurnTask): void {
    this.#commits.push(task)
    this.#schedule()
  }

  /** Heads add connections that have output; one write per connection and turn. */
  addFlush(task: TurnTask): void {
    this.#flushes.push(task)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    this.#clock.defer(this.#end)
  }

  readonly #end = (): void => {
    this.#scheduled = false
    while (this.#dispatches.length > 0) {
      const dispatches = this.#dispatches
      this.#dispatches = []
      for (const task of dispatches) task.run()
    }
    const commits = this.#commits
    this.#commits = []
    for (const task of commits) task.run()
    const flushes = this.#flushes
    this.#flushes = []
    for (const task of flushes) task.run()
  }
}
