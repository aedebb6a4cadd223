import type { Broker } from '../../../broker/broker.ts'
import type { QueueCounters } from '../../../broker/counters.ts'
import type { Queue } from '../../../broker/queue.ts'

/** What changed about a queue since somebody looked before. */
export interface QueueChange {
  /** Milliseconds between the two looks. */
  readonly elapsed: number
  readonly published: number
  readonly acknowledged: number
  readonly redelivered: number
  readonly delivered: number
  /** Thrown out for whatever reason. */
  readonly died: number
  /** Monotonic milliseconds since which every look found it longer than the one before; undefined when it is not. */
  readonly growingSince: number | undefined
  /** Messages more in each second, since then. */
  readonly growthRate: number
}

interface Seen {
  readonly at: number
  readonly depth: number
  readonly counts: Counts
  readonly growingSince: number | undefined
  readonly growingFrom: number
  change: QueueChange | undefined
}

type Counts = Readonly<Record<'published' | 'acknowledged' | 'redelivered' | 'delivered' | 'died', number>>

/** What changed on the node as a whole. */
export interface NodeChange {
  readonly elapsed: number
  readonly connections: number
  readonly channels: number
  /** By virtual host: messages that reached no queue. */
  readonly unroutable: ReadonlyMap<string, number>
}

/** Looks closer together than this are one. */
const LOOK_MILLISECONDS = 5000

/** Looks further apart say nothing of what is now. */
const FORGOTTEN_MILLISECONDS = 10 * 60_000

/** What was seen at the last look, kept so that the next one can tell what changes. Nothing runs between two looks. */
export class Observations {
  readonly #broker: Broker
  #queues = new WeakMap<Queue, Seen>()
  #node: { at: number; connections: number; channels: number; unroutable: Map<string, number> } | undefined
  #change: NodeChange | undefined
  #lookedAt = Number.NEGATIVE_INFINITY

  constructor(broker: Broker) {
    this.#broker = broker
  }

  /** To be called before the changes are asked for. */
  look(): void {
    const now = this.#broker.clock.monotonic()
    if (now - this.#lookedAt < LOOK_MILLISECONDS) return
    if (now - this.#lookedAt > FORGOTTEN_MILLISECONDS) {
      this.#queues = new WeakMap()
      this.#node = undefined
    }
    this.#lookedAt = now
    for (const { queues } of this.#broker.virtualHosts) for (const queue of queues) this.#see(queue, now)
    this.#seeNode(now)
  }

  /** Undefined until somebody looked twice. */
  of(queue: Queue): QueueChange | undefined {
    return this.#queues.get(queue)?.change
  }

  get node(): NodeChange | undefined {
    return this.#change
  }

  #see(queue: Queue, at: number): void {
    const before = this.#queues.get(queue)
    const { depth } = queue
    const counts = countsOf(queue.counters)
    if (before === undefined) {
      this.#queues.set(queue, { at, depth, counts, growingSince: undefined, growingFrom: depth, change: undefined })
      return
    }
    const grows = depth > before.depth
    const growingSince = grows ? (before.growingSince ?? before.at) : undefined
    const growingFrom = grows && before.growingSince !== undefined ? before.growingFrom : before.depth
    const change = {
      elapsed: at - before.at,
      published: counts.published - before.counts.published,
      acknowledged: counts.acknowledged - before.counts.acknowledged,
      redelivered: counts.redelivered - before.counts.redelivered,
      delivered: counts.delivered - before.counts.delivered,
      died: counts.died - before.counts.died,
      growingSince,
      growthRate: growingSince === undefined ? 0 : ((depth - growingFrom) / (at - growingSince)) * 1000,
    }
    this.#queues.set(queue, { at, depth, counts, growingSince, growingFrom, change })
  }

  #seeNode(at: number): void {
    const { churn } = this.#broker.statistics
    const unroutable = new Map(
      Array.from(this.#broker.virtualHosts, ({ name, traffic }) => {
        const { dropUnroutable, returnUnroutable } = traffic.publishing()
        return [name, dropUnroutable + returnUnroutable]
      }),
    )
    const seen = { at, connections: churn.connectionsCreated, channels: churn.channelsCreated, unroutable }
    const before = this.#node
    this.#node = seen
    if (before === undefined) {
      this.#change = undefined
      return
    }
    this.#change = {
      elapsed: at - before.at,
      connections: seen.connections - before.connections,
      channels: seen.channels - before.channels,
      unroutable: new Map(
        Array.from(unroutable, ([name, count]) => [name, count - (before.unroutable.get(name) ?? count)]),
      ),
    }
  }
}

function countsOf(counters: QueueCounters): Counts {
  const { deliver, deliverNoAck, get, getNoAck, expired, rejected, maxlen, deliveryLimit } = counters
  return {
    published: counters.publish,
    acknowledged: counters.ack,
    redelivered: counters.redeliver,
    delivered: deliver + deliverNoAck + get + getNoAck,
    died: expired + rejected + maxlen + deliveryLimit,
  }
}
