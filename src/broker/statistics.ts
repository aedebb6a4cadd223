import type { ChurnCounters, MessageTotals } from './counters.ts'
import type { Traffic } from './traffic.ts'
import type { VirtualHosts } from './virtual-hosts.ts'

/**
 * What was counted on the node since its start, for whoever shows it. Queues, exchanges and channels have counters of
 * their own; sums are made here, when asked for.
 */
export class Statistics {
  readonly churn: ChurnCounters
  readonly #vhosts: VirtualHosts

  constructor(vhosts: VirtualHosts, churn: ChurnCounters) {
    this.#vhosts = vhosts
    this.churn = churn
  }

  /** Over every queue and publisher that ever was in a virtual host; undefined when there is none of that name. */
  vhost(name: string): MessageTotals | undefined {
    return this.#vhosts.topology(name)?.vhost.totals()
  }

  /** What went in and out, by protocol, and what was counted in queues that are gone, by type. */
  traffic(): Traffic {
    return this.#vhosts.traffic()
  }

  /** The same over every virtual host there ever was. */
  node(): MessageTotals {
    return this.#vhosts.totals()
  }
}
