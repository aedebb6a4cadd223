import { count } from '../../format/numbers.ts'
import { t } from '../../strings/strings.ts'
import type { Column } from '../../widgets/column.ts'
import { DataTable } from '../../widgets/data-table.tsx'
import { Empty } from '../../widgets/states.tsx'
import type { Graph, GraphEdge, GraphNode } from './graph.ts'
import { NodeLink } from './node-details.tsx'

/** Of more the page of the thing tells. */
const TOLD_MAX = 6

/** The same as the picture, in words. */
export function TopologyList({ graph, vhost, filter }: { graph: Graph; vhost: string; filter: string }) {
  const titles = t.topology.columns
  const names = new Map(graph.nodes.map((node) => [node.id, node]))
  const from = Map.groupBy(graph.edges, (edge) => edge.from)
  const to = Map.groupBy(graph.edges, (edge) => edge.to)
  const words = (edges: readonly GraphEdge[] = [], end: 'from' | 'to') => {
    const told = edges.slice(0, TOLD_MAX).map((edge) => edgeText(edge, names.get(edge[end])!))
    return [...told, ...(edges.length > TOLD_MAX ? [t.topology.more(edges.length - TOLD_MAX)] : [])].join('; ')
  }
  const columns: readonly Column<GraphNode>[] = [
    { id: 'kind', title: titles.kind, show: ({ kind }) => t.topology.kinds[kind] },
    { id: 'name', title: titles.name, show: (node) => <NodeLink vhost={vhost} node={node} /> },
    { id: 'from', title: titles.from, show: ({ id }) => words(to.get(id), 'from') },
    { id: 'to', title: titles.to, show: ({ id }) => words(from.get(id), 'to') },
    {
      id: 'messages',
      title: titles.messages,
      end: true,
      show: ({ kind, messages }) => (kind === 'queue' ? count(messages) : ''),
    },
  ]
  const rows = graph.nodes.filter(({ kind, name }) => kind !== 'consumers' && name.toLowerCase().includes(filter))
  if (rows.length === 0) {
    return (
      <div class="card">
        <Empty title={t.table.noneFits} />
      </div>
    )
  }
  return <DataTable label={t.topology.title} columns={columns} rows={rows} keyOf={({ id }) => id} />
}

function edgeText({ kind, keys }: GraphEdge, other: GraphNode): string {
  if (kind === 'consume') return t.topology.consumers(other.consumers)
  const name = t.topology.keyed(other.name, keys)
  return kind === 'binding' ? name : `${t.topology.edges[kind]}: ${name}`
}
