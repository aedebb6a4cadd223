import { edgeId, type Graph, type GraphEdge, type GraphNode } from './graph.ts'

/** More nodes than this are put together by the beginnings of their names. */
const NODES_MAX = 300

/** What a name begins with: all before the first separator. */
function prefixOf(name: string): string {
  return /^[^.:/_-]+[.:/_-]/.exec(name)?.[0] ?? name
}

/**
 * A graph of at most some hundred nodes: those of a kind whose names begin alike are one, unless their prefix is
 * among `opened`. Small graphs stay as they are.
 */
export function grouped(graph: Graph, opened: ReadonlySet<string>): Graph {
  if (graph.nodes.length <= NODES_MAX) return graph
  const groups = new Map<string, GraphNode[]>()
  for (const node of graph.nodes) {
    const prefix = prefixOf(node.name)
    const key = opened.has(prefix) ? node.id : `group ${node.kind} ${prefix}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [node])
    else group.push(node)
  }
  const nodes: GraphNode[] = []
  const shownAs = new Map<string, string>()
  for (const [key, members] of groups) {
    const node = members.length === 1 ? members[0]! : groupNode(key, members)
    nodes.push(node)
    for (const { id } of members) shownAs.set(id, node.id)
  }
  return { nodes, edges: merged(graph.edges, shownAs) }
}

function groupNode(id: string, members: readonly GraphNode[]): GraphNode {
  const first = members[0]!
  const sum = (of: (node: GraphNode) => number) => members.reduce((total, node) => total + of(node), 0)
  return {
    ...{ id, kind: first.kind, name: prefixOf(first.name), type: first.type, members: members.length },
    ...{ messages: sum(({ messages }) => messages), consumers: sum(({ consumers }) => consumers) },
  }
}

function merged(edges: readonly GraphEdge[], shownAs: ReadonlyMap<string, string>): readonly GraphEdge[] {
  const found = new Map<string, GraphEdge & { readonly keys: string[] }>()
  for (const edge of edges) {
    const from = shownAs.get(edge.from)!
    const to = shownAs.get(edge.to)!
    const id = edgeId(edge.kind, from, to)
    const one = found.get(id)
    if (one === undefined) found.set(id, { id, from, to, kind: edge.kind, keys: [...edge.keys] })
    else one.keys.push(...edge.keys)
  }
  return [...found.values()]
}
