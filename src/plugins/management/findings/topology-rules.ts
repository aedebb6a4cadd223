import type { Broker } from '../../../broker/broker.ts'
import { namePattern } from '../../../broker/name-pattern.ts'
import type { Policy } from '../../../broker/policies/policies.ts'
import type { VirtualHost } from '../../../broker/virtual-host.ts'
import { counted, type Finding } from './finding.ts'

const NEAR = 0.8

/** What looks wrong about how things are declared. */
export function findInTopology(broker: Broker, policies: readonly Policy[], limits: VhostLimits): Finding[] {
  const found: Finding[] = []
  for (const vhost of broker.virtualHosts) {
    found.push(...unbound(vhost), ...transient(vhost), ...nearQueueLimit(vhost, limits(vhost.name)))
    found.push(
      ...idlePolicies(
        vhost,
        policies.filter((policy) => policy.vhost === vhost.name),
      ),
    )
  }
  return found
}

/** `max-queues` of a virtual host, where it has one. */
export type VhostLimits = (vhost: string) => number | undefined

function* unbound({ name: vhost, exchanges }: VirtualHost): Iterable<Finding> {
  for (const { name, internal, bindingCount, alternate, counters } of exchanges) {
    if (name === '' || name.startsWith('amq.') || internal || bindingCount > 0 || alternate !== undefined) continue
    const lost = counters.publishIn - counters.publishOut
    yield {
      rule: 'exchange_without_bindings',
      severity: lost > 0 ? 'warning' : 'info',
      text: `Nothing is bound to exchange '${name}'${lost > 0 ? `: ${counted(lost, 'message')} went nowhere` : ''}.`,
      fix: 'Bind a queue to it, set an alternate exchange, or delete it.',
      ...{ vhost, kind: 'exchange', name },
    }
  }
}

/** What RabbitMQ 4 deprecates. */
function* transient({ name: vhost, queues }: VirtualHost): Iterable<Finding> {
  for (const { name, durable, owner, autoDelete } of queues) {
    if (durable || owner !== undefined) continue
    yield {
      rule: 'deprecated_feature',
      severity: 'info',
      text: `Queue '${name}' is transient and not exclusive, which RabbitMQ is about to give up.`,
      fix: autoDelete ? 'Declare it exclusive, or durable.' : 'Declare it durable, or exclusive.',
      ...{ vhost, kind: 'queue', name },
    }
  }
}

function* nearQueueLimit({ name: vhost, queues }: VirtualHost, max: number | undefined): Iterable<Finding> {
  if (max === undefined || max < 0) return
  const count = [...queues].length
  if (count < max * NEAR) return
  yield {
    rule: 'limit_near',
    severity: 'warning',
    text: `Virtual host '${vhost}' has ${counted(count, 'queue')} of the ${max} it may have.`,
    fix: 'Delete queues nobody needs, or raise max-queues.',
    ...{ vhost, kind: 'vhost', name: vhost, values: { used: count, max } },
  }
}

/** Policies that no queue and no exchange goes by. */
function* idlePolicies(
  { name: vhost, queues, exchanges }: VirtualHost,
  policies: readonly Policy[],
): Iterable<Finding> {
  if (policies.length === 0) return
  const things = [...queues, ...exchanges]
  const used = new Set(things.map(({ policy }) => policy.policy))
  for (const { name, pattern } of policies) {
    if (used.has(name)) continue
    const matcher = namePattern(pattern)
    const shadow = things.find((thing) => thing.policy.policy !== undefined && matcher.matches(thing.name))
    yield {
      rule: shadow === undefined ? 'policy_matches_nothing' : 'policy_shadowed',
      severity: 'info',
      text:
        shadow === undefined
          ? `Policy '${name}' applies to nothing there is.`
          : `Policy '${name}' applies to nothing: '${shadow.name}', which it matches, goes by policy '${shadow.policy.policy}'.`,
      fix:
        shadow === undefined
          ? 'See to its pattern and to what it applies to.'
          : 'Raise its priority, or merge the two: of several policies one counts.',
      ...{ vhost, kind: 'policy', name },
    }
  }
}
