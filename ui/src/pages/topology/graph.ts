import type { Topology, TopologyBinding } from '../../data/topology.ts'

export type NodeKind = 'exchange' | 'queue' | 'consumers'
export type EdgeKind = 'binding' | 'dead-letter' | 'alternate' | 'consume'

/** Something that is drawn: one thing, or several whose names begin alike. */
export interface GraphNode {
  /** No other node has it. */
  readonly id: string
  readonly kind: NodeKind
  readonly name: string
  /** Type of an exchange or queue. */
  readonly type: string
  readonly messages: number
  readonly consumers: number
  /** Of a group: how many it stands for. */
  readonly members?: number
}

/** What leads from one node to another; several bindings between the same two are one. */
export interface GraphEdge {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly kind: EdgeKind
  /** Routing keys, as many as there are bindings. */
  readonly keys: readonly string[]
}

export interface Graph {
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
}

/** Names of nodes and edges. */
export const exchangeId = (name: string) => `exchange ${name}`
export const queueId = (name: string) => `queue ${name}`
export const edgeId = (kind: EdgeKind, from: string, to: string) => JSON.stringify([kind, from, to])

/** The node a binding leads to. */
export function destinationId({ destination, destination_type: type }: TopologyBinding): string {
  return type === 'queue' ? queueId(destination) : exchangeId(destination)
}

/** What is there to be drawn. Exchanges of the broker's own that nothing uses are left out, and so is the default one. */
export function graphOf(topology: Topology): Graph {
  const edges = edgesOf(topology)
  const used = new Set(edges.flatMap(({ from, to }) => [from, to]))
  const exchanges = topology.exchanges
    .filter(({ name }) => name !== '' && (!name.startsWith('amq.') || used.has(exchangeId(name))))
    .map(
      ({ name, type }): GraphNode => ({
        ...{ id: exchangeId(name), kind: 'exchange', name, type },
        ...{ messages: 0, consumers: 0 },
      }),
    )
  const queues = topology.queues.map(
    (queue): GraphNode => ({
      ...{ id: queueId(queue.name), kind: 'queue', name: queue.name, type: queue.type, consumers: queue.consumers },
      messages: queue.messages_ready + queue.messages_unacknowledged,
    }),
  )
  const consumers = queues
    .filter((queue) => queue.consumers > 0)
    .map(
      (queue): GraphNode => ({
        ...{ id: `consumers ${queue.name}`, kind: 'consumers', name: queue.name, type: '' },
        ...{ messages: 0, consumers: queue.consumers },
      }),
    )
  const nodes = [...exchanges, ...queues, ...consumers].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  const known = new Set(nodes.map(({ id }) => id))
  return { nodes, edges: edges.filter(({ from, to }) => known.has(from) && known.has(to)) }
}

function edgesOf({ exchanges, queues, bindings }: Topology): readonly GraphEdge[] {
  const edges = new Map<string, GraphEdge & { readonly keys: string[] }>()
  const add = (kind: EdgeKind, from: string, to: string, key?: string) => {
    const id = edgeId(kind, from, to)
    const edge = edges.get(id) ?? { id, from, to, kind, keys: [] }
    if (key !== undefined) edge.keys.push(key)
    edges.set(id, edge)
  }
  for (const binding of bindings) {
    if (binding.source !== '') add('binding', exchangeId(binding.source), destinationId(binding), binding.routing_key)
  }
  for (const { name, alternate_exchange: alternate } of exchanges) {
    if (alternate !== undefined) add('alternate', exchangeId(name), exchangeId(alternate))
  }
  for (const { name, consumers, dead_letter_exchange: letters, dead_letter_routing_key: key } of queues) {
    // Through the default exchange a letter goes to the queue its key names.
    if (letters === '' && key !== undefined) add('dead-letter', queueId(name), queueId(key), key)
    else if (letters) add('dead-letter', queueId(name), exchangeId(letters), key)
    if (consumers > 0) add('consume', queueId(name), `consumers ${name}`)
  }
  return [...edges.values()]
}
