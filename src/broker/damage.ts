import type { Damage } from '../store/log.ts'
import type { Definitions } from './definitions.ts'

/**
 * Something on disk that did not verify, as operators are told. What it cost is named in its own right: a record of
 * the message log whose head cannot be read is of nobody knows whom.
 */
export interface FoundDamage {
  /** What `from` and `to` count: addresses in a log, messages of a queue as it numbered them, offsets of a stream. */
  readonly kind: 'log' | 'message' | 'offset'
  readonly from: number
  /** Behind the last. */
  readonly to: number
  readonly reason: string
  /** `messages`, `definitions`, `stream-7`; undefined for messages and offsets. */
  readonly log: string | undefined
  /** Whose it is, as far as that is known. */
  readonly vhost: string | undefined
  readonly queue: string | undefined
  /** An exchange that keeps messages. */
  readonly exchange: string | undefined
}

/** What one queue, or one exchange that keeps messages, lost. */
export interface Loss {
  readonly kind: 'message' | 'offset'
  readonly vhost: string
  readonly queue?: string
  readonly exchange?: string
  readonly from: number
  readonly to: number
}

/** Losses kept for whoever asks; more are only logged, and counted. */
const LOSSES_MAX = 10_000

/** Messages that were on disk and are lost, since the start. Whoever adds one has logged it. */
export class Losses {
  readonly #known = new Map<string, Loss>()
  #beyond = 0

  get all(): Iterable<Loss> {
    return this.#known.values()
  }

  get count(): number {
    return this.#known.size + this.#beyond
  }

  add(loss: Loss): void {
    const key = `${loss.from} ${loss.kind} ${JSON.stringify([loss.vhost, loss.queue, loss.exchange])}`
    if (this.#known.has(key) || this.#known.size < LOSSES_MAX) this.#known.set(key, loss)
    else this.#beyond += 1
  }
}

/** Everything that was found damaged since the start: first where on disk, then what that cost. */
export function foundDamage(ranges: readonly Damage[], losses: Losses, definitions: Definitions): FoundDamage[] {
  const streams = new Map<string, { vhost: string; name: string }>()
  for (const queue of definitions.all('queue')) {
    if (queue.type === 'stream') streams.set(`stream-${queue.number}`, queue)
  }
  const found: FoundDamage[] = ranges.map(({ log, from, to, reason }) => {
    const stream = streams.get(log)
    return { kind: 'log', from, to, reason, log, vhost: stream?.vhost, queue: stream?.name, exchange: undefined }
  })
  for (const { kind, from, to, vhost, queue, exchange } of losses.all) {
    found.push({ kind, from, to, reason: 'damaged on disk and lost', log: undefined, vhost, queue, exchange })
  }
  return found
}
