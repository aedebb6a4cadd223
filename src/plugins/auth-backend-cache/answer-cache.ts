import { Fault } from '../../broker/fault.ts'
import type { Clock } from '../../std/clock.ts'

export interface AnswerCacheOptions {
  readonly clock: Clock
  readonly milliseconds: number
  /** Also a no is remembered. */
  readonly refusals: boolean
}

/** Answers remembered at a time; the oldest are forgotten first. */
const ANSWERS_MAX = 100_000

interface Answer {
  /** Monotonic milliseconds after which it is forgotten. */
  readonly until: number
  readonly outcome: { readonly value: unknown } | { readonly refusal: Fault }
}

/** Remembers answers for a while. A question that is being asked is not asked again meanwhile. */
export class AnswerCache {
  readonly #options: AnswerCacheOptions
  readonly #answers = new Map<string, Answer>()
  readonly #asked = new Map<string, Promise<unknown>>()

  constructor(options: AnswerCacheOptions) {
    this.#options = options
  }

  /** The answer, if it is remembered and is no refusal by a Fault. */
  known<T>(key: string): T | undefined {
    const answer = this.#find(key)
    return answer !== undefined && 'value' in answer.outcome ? (answer.outcome.value as T) : undefined
  }

  /** The answer remembered, or asked for. `isRefusal` tells a no from a yes; a Fault is a no in any case. */
  async ask<T>(key: string, ask: () => Promise<T>, isRefusal: (value: T) => boolean = () => false): Promise<T> {
    const answer = this.#find(key)
    if (answer !== undefined) {
      if ('refusal' in answer.outcome) throw answer.outcome.refusal
      return answer.outcome.value as T
    }
    const asked = this.#asked.get(key) ?? this.#askNow(key, ask, isRefusal as (value: unknown) => boolean)
    return asked as Promise<T>
  }

  clear(): void {
    this.#answers.clear()
  }

  #askNow(key: string, ask: () => Promise<unknown>, isRefusal: (value: unknown) => boolean): Promise<unknown> {
    const asking = this.#await(key, ask, isRefusal).finally(() => this.#asked.delete(key))
    this.#asked.set(key, asking)
    return asking
  }

  /** An error that is no refusal (the backend is out of order) is never remembered. */
  async #await(key: string, ask: () => Promise<unknown>, isRefusal: (value: unknown) => boolean): Promise<unknown> {
    try {
      const value = await ask()
      if (this.#options.refusals || !isRefusal(value)) this.#remember(key, { value })
      return value
    } catch (error) {
      if (error instanceof Fault && this.#options.refusals) this.#remember(key, { refusal: error })
      throw error
    }
  }

  #find(key: string): Answer | undefined {
    const answer = this.#answers.get(key)
    if (answer === undefined || this.#options.clock.monotonic() < answer.until) return answer
    this.#answers.delete(key)
    return undefined
  }

  #remember(key: string, outcome: Answer['outcome']): void {
    const { clock, milliseconds } = this.#options
    if (milliseconds === 0) return
    this.#answers.delete(key)
    if (this.#answers.size >= ANSWERS_MAX) this.#answers.delete(this.#answers.keys().next().value!)
    this.#answers.set(key, { until: clock.monotonic() + milliseconds, outcome })
  }
}
