import { count } from '../../format/numbers.ts'
import { href, location, setQuery } from '../../router/location.ts'
import { t } from '../../strings/strings.ts'
import { Button } from '../../widgets/button.tsx'
import type { GraphNode } from './graph.ts'

/** Prefixes whose groups are shown in full; they stand in the address. */
export function openedGroups(): ReadonlySet<string> {
  const text = location.value.query.open
  return new Set(text === undefined ? [] : text.split(' ').map(decodeURIComponent))
}

/** Shows the members of a group. */
function openGroup(prefix: string): void {
  setQuery({ open: [...openedGroups(), prefix].map(encodeURIComponent).join(' ') })
}

/** A link to the page of what a node stands for. */
export function NodeLink({ vhost, node }: { readonly vhost: string; readonly node: GraphNode }) {
  const isExchange = node.kind === 'exchange'
  const tab = node.kind === 'consumers' ? 'consumers' : undefined
  return (
    <a class="name" href={href([isExchange ? 'exchanges' : 'queues', vhost, node.name], { tab })}>
      {node.name}
    </a>
  )
}

/** What was chosen in the picture. */
export function NodeDetails({ vhost, node }: { readonly vhost: string; readonly node: GraphNode }) {
  return (
    <p class="inline-row" role="status">
      <span class="dim">{t.topology.kinds[node.kind]}</span>
      {node.members === undefined ? (
        <NodeLink vhost={vhost} node={node} />
      ) : (
        <Button icon="plus" onClick={() => openGroup(node.name)}>
          {t.topology.openGroup(node.name)}
        </Button>
      )}
      {node.kind === 'queue' && <span>{t.topology.messages(count(node.messages))}</span>}
      {node.consumers > 0 && <span>{t.topology.consumers(node.consumers)}</span>}
    </p>
  )
}

/** All groups of the picture, to be opened without pointing at them. */
export function Groups({ nodes }: { readonly nodes: readonly GraphNode[] }) {
  const groups = nodes.filter(({ members }) => members !== undefined)
  const prefixes = [...new Set(groups.map(({ name }) => name))]
  if (prefixes.length === 0) return null
  return (
    <details>
      <summary>{t.topology.groups}</summary>
      <div class="inline-row">
        {prefixes.map((prefix) => (
          <Button key={prefix} icon="plus" onClick={() => openGroup(prefix)}>
            {t.topology.openGroup(prefix)}
          </Button>
        ))}
      </div>
    </details>
  )
}
