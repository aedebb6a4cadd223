import type { Clock } from '../std/clock.ts'
import type { Logger } from '../std/logger.ts'

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

  readonly #logger: Logger

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock
    this.#logger = logger
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
      for (const task of dispatches) this.#run(task)
    }
    const commits = this.#commits
    this.#commits = []
    // Whoever fails to write what was accepted must not go on: this one is not caught.
    for (const task of commits) task.run()
    const flushes = this.#flushes
    this.#flushes = []
    for (const task of flushes) this.#run(task)
  }

  /** A bug in one queue or connection must not take the turn from the others. */
  #run(task: TurnTask): void {
    try {
      task.run()
    } catch (error) {
      this.#logger.error(`a task of the turn failed: ${(error as Error).stack ?? String(error)}`)
    }
  }
}
