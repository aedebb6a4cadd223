import type { Topology, TopologyBinding, TopologyQueue } from '../../data/topology.ts'
import { type Letter, matches } from './binding-match.ts'
import { destinationId, edgeId, exchangeId, queueId } from './graph.ts'

/** What the broker answers about where a message would go. */
export interface RoutePreview {
  readonly queues: readonly string[]
  readonly exchanges: readonly string[]
  readonly unpredictable: readonly string[]
}

/** A queue a message would reach. */
export interface Reached {
  readonly name: string
  /** Bindings that lead it there; none for the default exchange. */
  readonly by: readonly TopologyBinding[]
  readonly queue: TopologyQueue | undefined
}

/** The way of a message through a topology. */
export interface RouteTrace {
  readonly letter: Letter
  readonly reached: readonly Reached[]
  /** Bindings of exchanges on its way that do not fit. */
  readonly missed: readonly TopologyBinding[]
  readonly unpredictable: readonly string[]
  /** Ids of nodes and edges on its way. */
  readonly nodes: ReadonlySet<string>
  readonly edges: ReadonlySet<string>
}

/** Explains a preview: the broker says where the message goes, the bindings say why. */
export function traceRoute(topology: Topology, letter: Letter, preview: RoutePreview): RouteTrace {
  const passed = new Map(
    topology.exchanges.filter(({ name }) => preview.exchanges.includes(name)).map((one) => [one.name, one]),
  )
  const taken: TopologyBinding[] = []
  const missed: TopologyBinding[] = []
  for (const binding of topology.bindings) {
    const exchange = passed.get(binding.source)
    if (exchange === undefined || binding.source === '') continue
    const fits = matches(exchange.type, binding, letter)
    if (fits === true) taken.push(binding)
    else if (fits === false) missed.push(binding)
  }
  const alternates = [...passed.values()].filter(
    ({ name, alternate_exchange: alternate }) =>
      alternate !== undefined && passed.has(alternate) && !taken.some(({ source }) => source === name),
  )
  const to = (queue: string) => taken.filter((one) => one.destination_type === 'queue' && one.destination === queue)
  return {
    ...{ letter, missed, unpredictable: preview.unpredictable },
    reached: preview.queues.map((name) => ({
      name,
      by: to(name),
      queue: topology.queues.find((queue) => queue.name === name),
    })),
    nodes: new Set([...preview.exchanges.map(exchangeId), ...preview.queues.map(queueId)]),
    edges: new Set([
      ...taken.map((binding) => edgeId('binding', exchangeId(binding.source), destinationId(binding))),
      ...alternates.map(({ name, alternate_exchange: other }) =>
        edgeId('alternate', exchangeId(name), exchangeId(other!)),
      ),
    ]),
  }
}
