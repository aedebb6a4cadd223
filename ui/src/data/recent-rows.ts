import { type ReadonlySignal, signal } from '@preact/signals'

const ROWS_MAX = 1000
const BATCH_MILLISECONDS = 200

/** A row with a number no other has. */
export type Numbered<T> = T & { readonly id: number }

/** What happened last, newest first: at most 1000 rows, each with a number of its own. */
export class RecentRows<T> {
  readonly #rows = signal<readonly Numbered<T>[]>([])
  readonly #paused = signal(false)
  readonly #waiting = signal(0)
  #fresh: Numbered<T>[] = []
  #timer: ReturnType<typeof setTimeout> | undefined
  #number = 0

  /** The rows that are shown. */
  get rows(): ReadonlySignal<readonly Numbered<T>[]> {
    return this.#rows
  }

  /** Whether the rows stand still; what comes meanwhile is kept. */
  get paused(): ReadonlySignal<boolean> {
    return this.#paused
  }

  /** Rows that came while it was paused. */
  get waiting(): ReadonlySignal<number> {
    return this.#waiting
  }

  /** Many in one moment change the screen once. */
  push(row: T): void {
    this.#fresh.push({ ...row, id: ++this.#number })
    if (this.#fresh.length > 2 * ROWS_MAX) this.#fresh = this.#fresh.slice(-ROWS_MAX)
    this.#timer ??= setTimeout(() => this.#flush(), BATCH_MILLISECONDS)
  }

  pause(paused: boolean): void {
    this.#paused.value = paused
    this.#flush()
  }

  clear(): void {
    this.#fresh = []
    this.#rows.value = []
    this.#waiting.value = 0
  }

  #flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#waiting.value = this.#paused.value ? Math.min(ROWS_MAX, this.#fresh.length) : 0
    if (this.#paused.value || this.#fresh.length === 0) return
    this.#rows.value = [...this.#fresh.reverse(), ...this.#rows.value].slice(0, ROWS_MAX)
    this.#fresh = []
  }
}
