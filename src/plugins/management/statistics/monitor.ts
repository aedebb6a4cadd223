import type { Broker } from '../../../broker/broker.ts'
import type { ChannelInfo, ConnectionInfo } from '../../../broker/connection-info.ts'
import type { ExchangeCounters } from '../../../broker/counters.ts'
import type { Queue } from '../../../broker/queue.ts'
import type { VirtualHost } from '../../../broker/virtual-host.ts'
import type { Node } from '../../../plugin.ts'
import type { Collector, Figures, Meter } from './collector.ts'
import { channelMeter, connectionMeter, exchangeMeter, overviewMeter, queueMeter, vhostMeter } from './meters.ts'
import { basicRetention, globalRetention, type Retention } from './sample-history.ts'
import { Statistics } from './statistics.ts'

const MINUTE = 60_000

/** Longer than the pauses between the looks of any monitor, so that those that look now and then see rates too. */
const ATTENTION = 5 * MINUTE

/** Who opens the overview wants to see what was before. */
const OVERVIEW_ATTENTION = 24 * 60 * MINUTE

/** What is looked at, by its kind. */
interface Kinds {
  readonly overview: Broker
  readonly vhosts: VirtualHost
  readonly queues: Queue
  readonly exchanges: ExchangeCounters
  readonly connections: ConnectionInfo
  readonly channels: ChannelInfo
}

/** The figures of everything the HTTP API shows, with their rates and samples. */
export class Monitor {
  readonly #statistics: Statistics
  readonly #collectors: { readonly [K in keyof Kinds]: Collector<Kinds[K]> }

  constructor(broker: Broker, node: Node) {
    const statistics = new Statistics(broker.clock)
    const collect = <T extends object>(
      meter: Meter<T>,
      all: () => Iterable<T>,
      retention: Retention = basicRetention,
      attentionMilliseconds = ATTENTION,
    ) => statistics.collect({ meter, all, retention, attentionMilliseconds })
    this.#statistics = statistics
    this.#collectors = {
      overview: collect(overviewMeter(node), () => [broker], globalRetention, OVERVIEW_ATTENTION),
      vhosts: collect(vhostMeter(node), () => broker.virtualHosts),
      queues: collect(queueMeter, () => each(broker.virtualHosts, ({ queues }) => queues)),
      exchanges: collect(exchangeMeter, () => each(broker.virtualHosts, countersOf)),
      connections: collect<ConnectionInfo>(connectionMeter, () => node.connections()),
      channels: collect(channelMeter, () => each(node.connections(), (connection) => connection.channels())),
    }
  }

  /** The figures of one thing. Its samples are kept from the time on at which somebody wanted its history. */
  look<K extends keyof Kinds>(kind: K, thing: Kinds[K], wanted?: { readonly history: boolean }): Figures {
    this.#statistics.wake()
    return this.#collectors[kind].look(thing, wanted)
  }

  /** Change per second of one figure of something in a list that is watched. */
  rate<K extends keyof Kinds>(kind: K, thing: Kinds[K], name: string): number {
    return this.#collectors[kind].rate(thing, name)
  }

  /** Somebody looks at a list: from now on all that could be in it are watched. */
  watch(kind: keyof Kinds): void {
    this.#collectors[kind].watchAll()
    this.#statistics.wake()
  }

  close(): void {
    this.#statistics.close()
  }
}

function* countersOf({ defaultExchange, exchanges }: VirtualHost): Iterable<ExchangeCounters> {
  yield defaultExchange
  for (const { counters } of exchanges) yield counters
}

function* each<T, U>(things: Iterable<T>, inside: (thing: T) => Iterable<U>): Iterable<U> {
  for (const thing of things) yield* inside(thing)
}
