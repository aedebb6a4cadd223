import { type Signal, signal } from '@preact/signals'
import { RecentRows } from '../../data/recent-rows.ts'
import { type TailedMessage, type TailRequest, tail } from '../../data/tail.ts'

/** `ended`: it has stopped by itself. */
type TailState =
  | { readonly is: 'idle' | 'begins' | 'stopped' | 'ended' }
  | { readonly is: 'running'; readonly until: number }
  | { readonly is: 'failed'; readonly reason: string }

/** One look at messages that go by: what was seen, and whether it goes on. */
export class TailSession {
  readonly state: Signal<TailState> = signal({ is: 'idle' })
  /** Messages that went by too fast. */
  readonly skipped = signal(0)
  readonly recent = new RecentRows<TailedMessage>()
  #abort: AbortController | undefined

  start(request: TailRequest): void {
    this.stop()
    const abort = new AbortController()
    this.#abort = abort
    this.state.value = { is: 'begins' }
    this.skipped.value = 0
    this.recent.clear()
    this.recent.pause(false)
    const listener = {
      begun: (seconds: number) => {
        this.state.value = { is: 'running', until: Date.now() + seconds * 1000 }
      },
      message: (message: TailedMessage) => this.recent.push(message),
      skipped: (messages: number) => {
        this.skipped.value += messages
      },
    }
    tail(request, listener, abort.signal).then(
      () => {
        if (!abort.signal.aborted) this.state.value = { is: 'ended' }
      },
      (error: unknown) => {
        if (abort.signal.aborted) return
        this.state.value = { is: 'failed', reason: error instanceof Error ? error.message : String(error) }
      },
    )
  }

  stop(): void {
    if (this.#abort === undefined) return
    this.#abort.abort()
    this.#abort = undefined
    if (this.state.value.is === 'running' || this.state.value.is === 'begins') this.state.value = { is: 'stopped' }
  }
}
