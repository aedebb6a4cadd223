import { Ring } from '../std/ring.ts'
import type { Position } from '../store/log.ts'

/**
 * What a queue keeps in a log of its own, beside the message log. It is told at the end of the turn to
 * write what it took, and tells the message store when more of that is on disk.
 */
export interface SideLog {
  /** Messages taken by this process. */
  readonly taken: number
  /** How many of them, counted from the first, are on disk for good; Infinity once the log is gone with its queue. */
  readonly stored: number
  /** Writes what was taken since the last call and starts the commit. */
  commit(): void
  /** Resolves when all that was taken is on disk. */
  flush(): Promise<void>
  /** Memory is short: lets go of what it can. */
  shed(): void
}

/** What one commit wrote beside the message log. */
interface SideWrite {
  readonly log: SideLog
  readonly through: number
}

/** One end of a turn at which something was written. */
interface Commit {
  readonly mark: number
  /** Where the message log ended. */
  readonly position: Position
  readonly sides: readonly SideWrite[]
}

const noSides: readonly SideWrite[] = []

/**
 * Numbers the commits, so that one mark tells of a message when it is on disk, whichever logs it went to:
 * a mark is reached when that commit and all before it are on disk in every log that they wrote to.
 */
export class CommitMarks {
  /** The newest commit. */
  #last = 0
  #reached = 0
  readonly #commits = new Ring<Commit>()

  /** The newest commit. */
  get last(): number {
    return this.#last
  }

  /** Takes note of a commit: where the message log ends, and the other logs that were written to. */
  add(position: Position, sides: readonly SideLog[]): void {
    const writes = sides.length === 0 ? noSides : sides.map((log) => ({ log, through: log.taken }))
    this.#commits.push({ mark: ++this.#last, position, sides: writes })
  }

  /** The newest mark that is reached when the message log is durable up to a position. */
  reached(durable: Position): number {
    for (let commit = this.#commits.peek(); commit !== undefined; commit = this.#commits.peek()) {
      if (commit.position > durable || commit.sides.some(({ log, through }) => log.stored < through)) break
      this.#reached = commit.mark
      this.#commits.shift()
    }
    return this.#reached
  }
}
