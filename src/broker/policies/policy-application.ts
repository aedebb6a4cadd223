import type { EffectivePolicy } from '../effective-policy.ts'
import type { Events } from '../events.ts'
import type { Topology } from '../topology.ts'
import type { Policies } from './policies.ts'

/** Things looked at before others get their turn. */
const SLICE = 500

export interface PolicyApplicationPorts {
  readonly policies: Policies
  readonly events: Events
  /** Resolves when others have had their turn. */
  rest(): Promise<void>
}

/** Tells queues and exchanges of a virtual host what policies say of them now; those it changed nothing for are left alone. */
export async function applyPolicies(topology: Topology, actor: string, ports: PolicyApplicationPorts): Promise<void> {
  const { vhost } = topology
  let count = 0
  for (const exchange of [...vhost.exchanges]) {
    const policy = ports.policies.effective(vhost.name, {
      kind: 'exchange',
      name: exchange.name,
      type: exchange.type.name,
    })
    // Where messages go may depend on it: remembered routes are void.
    if (!isSame(policy, exchange.policy)) {
      exchange.applyPolicy(policy)
      vhost.topologyVersion++
    }
    if (++count % SLICE === 0) await ports.rest()
  }
  for (const queue of [...vhost.queues]) {
    const { name, type } = queue
    const policy = ports.policies.effective(vhost.name, { kind: 'queue', name, type })
    if (!isSame(policy, queue.policy) && vhost.queue(name) === queue) {
      queue.applyPolicy(policy)
      const isCleared = policy.policy === undefined && policy.operatorPolicy === undefined
      ports.events.emit(isCleared ? 'queue.policy.cleared' : 'queue.policy.updated', () => ({
        name,
        vhost: vhost.name,
        type,
        user_who_performed_action: actor,
        ...(isCleared ? {} : { policy: policy.policy, definition: policy.definition }),
      }))
    }
    if (++count % SLICE === 0) await ports.rest()
  }
}

function isSame(a: EffectivePolicy, b: EffectivePolicy): boolean {
  if (a === b) return true
  if (a.policy !== b.policy || a.operatorPolicy !== b.operatorPolicy) return false
  const entries = Object.entries(a.definition)
  return (
    entries.length === Object.keys(b.definition).length && entries.every(([key, value]) => b.definition[key] === value)
  )
}
