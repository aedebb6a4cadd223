import { signal } from '@preact/signals'
import type { Action } from './action.ts'
import { refresh } from './live.ts'
import { ask } from './request.ts'

/** One of the things a job does. */
export interface Task {
  readonly name: string
  readonly action: Action
}

/** Requests that are under way at a time. */
const AT_ONCE = 6

/** Many changes, one after the other; each may fail by itself. */
export class Job {
  readonly all: number
  readonly done = signal(0)
  readonly failures = signal<readonly { readonly name: string; readonly reason: string }[]>([])
  readonly state = signal<'running' | 'stopped' | 'finished'>('running')

  constructor(tasks: readonly Task[]) {
    this.all = tasks.length
    void this.#run(tasks)
  }

  /** Lets what is under way end and begins nothing more. */
  stop(): void {
    if (this.state.value === 'running') this.state.value = 'stopped'
  }

  async #run(tasks: readonly Task[]): Promise<void> {
    const rest = tasks.values()
    await Promise.all(Array.from({ length: AT_ONCE }, () => this.#work(rest)))
    if (this.state.value === 'running') this.state.value = 'finished'
    refresh()
  }

  async #work(rest: Iterator<Task>): Promise<void> {
    while (this.state.value === 'running') {
      const { value: task, done } = rest.next()
      if (done === true) return
      try {
        await ask(task.action.method, task.action.path, task.action.body)
        this.done.value++
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        this.failures.value = [...this.failures.value, { name: task.name, reason }]
      }
    }
  }
}
