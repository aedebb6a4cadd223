import type { EffectivePolicy } from './effective-policy.ts'
import { Fault } from './fault.ts'
import type { Policies, PolicyTarget } from './policies/policies.ts'
import { VolatileQueue } from './queues/volatile.ts'
import { describe } from './resource.ts'
import type { DefaultQueueType, VhostRules } from './topology.ts'
import type { VirtualHosts } from './virtual-hosts.ts'

/** How many of what there may be on the whole; undefined for no limit. */
export interface CountLimits {
  readonly queues: number | undefined
  readonly exchanges: number | undefined
  readonly vhosts: number | undefined
  readonly channels: number | undefined
}

export const noCountLimits: CountLimits = {
  queues: undefined,
  exchanges: undefined,
  vhosts: undefined,
  channels: undefined,
}

export interface VhostRulesPorts {
  readonly policies: Policies
  readonly vhosts: () => VirtualHosts
  readonly limits: CountLimits
  /** The type of queues for which neither they nor their virtual host say. */
  readonly defaultQueueType: string
  /** Types of which there are to be no new queues. */
  readonly disabledQueueTypes: readonly string[]
  /** Queues of a virtual host there may be; undefined for no limit. */
  queuesMax(vhost: string): number | undefined
}

/** The rules of one virtual host, as policies and limits have them at the time. */
export function vhostRules(vhost: string, ports: VhostRulesPorts): VhostRules {
  return {
    policy: (target: PolicyTarget): EffectivePolicy => ports.policies.effective(vhost, target),
    get defaultQueueType(): DefaultQueueType {
      const ofVhost = ports.vhosts().record(vhost)?.defaultQueueType
      return { type: ofVhost ?? ports.defaultQueueType, ofVhost: ofVhost !== undefined }
    },
    allowsQueueType: (name) => !ports.disabledQueueTypes.includes(name),
    checkQueueRoom: (name) => checkQueueRoom(vhost, name, ports),
    checkExchangeRoom(name) {
      const max = ports.limits.exchanges
      if (max === undefined || exchangeCount(ports.vhosts()) < max) return
      const refusal = `cannot declare ${describe('exchange', name, vhost)}`
      throw new Fault('precondition-failed', `${refusal}: exchange limit of ${max} is reached`)
    },
  }
}

function checkQueueRoom(vhost: string, name: string, ports: VhostRulesPorts): void {
  const max = ports.queuesMax(vhost)
  if (max !== undefined && queueCount(ports.vhosts(), vhost) >= max) {
    const limit = `queue limit in vhost '${vhost}' (${max}) is reached`
    throw new Fault('precondition-failed', `cannot declare queue '${name}': ${limit}`)
  }
  const { queues } = ports.limits
  if (queues !== undefined && queueCount(ports.vhosts()) >= queues) {
    throw new Fault(
      'precondition-failed',
      `cannot declare queue '${name}': queue limit in cluster (${queues}) is reached`,
    )
  }
}

/** Queues of one virtual host or of all; addresses of direct reply-to are none. */
export function queueCount(vhosts: VirtualHosts, name?: string): number {
  let count = 0
  for (const { vhost } of vhosts.topologies) {
    if (name !== undefined && vhost.name !== name) continue
    for (const queue of vhost.queues) if (!(queue instanceof VolatileQueue)) count++
  }
  return count
}

function exchangeCount(vhosts: VirtualHosts): number {
  let count = 0
  for (const { vhost } of vhosts.topologies) for (const _ of vhost.exchanges) count++
  return count
}
