import type { Action } from './action.ts'
import { refresh } from './live.ts'
import { ask } from './request.ts'

/** Something the broker does that takes longer than a request, as it tells of it. */
export interface Job {
  readonly id: string
  readonly state: 'running' | 'done' | 'cancelled' | 'failed'
  /** How many things it is about; null where it finds out on its way. */
  readonly total: number | null
  readonly looked: number
  readonly done: number
  readonly failed: number
  readonly error?: string
  readonly results?: readonly JobResult[]
}

/** What became of one thing. */
export interface JobResult {
  readonly queue?: string
  readonly name?: string
  readonly sequence?: number
  readonly outcome: 'done' | 'failed'
  readonly reason?: string
}

const LOOK_MILLISECONDS = 400

/** Starts a job and tells how far it is until it has ended or `stop` says so. Throws an ApiError. */
export async function runJob(action: Action, tell: (job: Job) => void, stop: AbortSignal): Promise<void> {
  let job = await ask<Job>(action.method, action.path, action.body)
  while (!stop.aborted) {
    job = await ask<Job>('GET', `/x/jobs/${encodeURIComponent(job.id)}`)
    tell(job)
    if (job.state !== 'running') break
    await new Promise((resolve) => setTimeout(resolve, LOOK_MILLISECONDS))
  }
  refresh()
}

/** Stops a job at the next thing. */
export async function cancelJob({ id }: Job): Promise<void> {
  await ask('DELETE', `/x/jobs/${encodeURIComponent(id)}`)
}
