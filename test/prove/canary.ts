import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

/** What a canary saw. Times in milliseconds, from publish to confirm and delivery. */
export interface CanarySong {
  readonly rounds: number
  readonly p50: number
  readonly p99: number
  readonly worst: number
  readonly errors: readonly string[]
}

/** A well-behaved client in a thread of its own, so that it does not feel what its process does to the broker. */
export class Canary {
  readonly #worker: Worker

  private constructor(worker: Worker) {
    this.#worker = worker
  }

  static async release(url: string, pauseMilliseconds = 4): Promise<Canary> {
    const worker = new Worker(new URL('./canary-thread.ts', import.meta.url), {
      workerData: { url, pauseMilliseconds },
    })
    await once(worker, 'message')
    return new Canary(worker)
  }

  /** Ends it; answers what it saw. */
  async recall(): Promise<CanarySong> {
    const song = once(this.#worker, 'message')
    this.#worker.postMessage('stop')
    const [seen] = (await song) as [CanarySong]
    return seen
  }
}

/** What is wrong with a song, if anything. */
export function complaintsAbout(song: CanarySong, p99Max: number): string[] {
  const complaints = song.errors.map((error) => `the canary: ${error}`)
  if (song.p99 > p99Max) complaints.push(`the canary waited ${song.p99.toFixed(1)} ms at the 99th percentile`)
  if (song.rounds === 0) complaints.push('the canary did not sing')
  return complaints
}

/** The song in one line. */
export function describeSong({ rounds, p50, p99, worst }: CanarySong): string {
  return `canary: ${rounds} rounds, p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, worst ${worst.toFixed(0)} ms`
}
