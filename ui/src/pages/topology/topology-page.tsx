import { useMemo, useState } from 'preact/hooks'
import { type Topology, useTopology } from '../../data/topology.ts'
import { useVhosts } from '../../data/vhosts.ts'
import { location, setQuery, vhost } from '../../router/location.ts'
import { t } from '../../strings/strings.ts'
import { Button } from '../../widgets/button.tsx'
import { download } from '../../widgets/download.ts'
import { FilterField } from '../../widgets/filter-field.tsx'
import { Empty, Loading, Show } from '../../widgets/states.tsx'
import { currentTab, Tabs } from '../../widgets/tabs.tsx'
import { type GraphNode, graphOf } from './graph.ts'
import { grouped } from './grouping.ts'
import { Legend } from './legend.tsx'
import { toMermaid } from './mermaid.ts'
import { Groups, NodeDetails, openedGroups } from './node-details.tsx'
import type { Emphasis } from './picture.ts'
import type { RouteTrace } from './route-trace.ts'
import { Simulator } from './simulator.tsx'
import { TopologyCanvas } from './topology-canvas.tsx'
import { TopologyList } from './topology-list.tsx'
import { type PlacedGraph, useLayout } from './use-layout.ts'

const tabs = [
  { id: 'picture', title: t.topology.tabs.picture },
  { id: 'list', title: t.topology.tabs.list },
] as const

/** What leads where in a virtual host, and the way a message would take. */
export function TopologyPage() {
  const vhosts = useVhosts()
  const place = vhost.value ?? (vhosts.length === 0 || vhosts.includes('/') ? '/' : vhosts[0]!)
  return (
    <>
      <h1>{t.topology.title}</h1>
      <OfVhost key={place} place={place} />
    </>
  )
}

function OfVhost({ place }: { readonly place: string }) {
  const live = useTopology(place)
  return <Show live={live}>{(topology) => <Shown place={place} topology={topology} />}</Show>
}

function Shown({ place, topology }: { readonly place: string; readonly topology: Topology }) {
  const [trace, setTrace] = useState<RouteTrace | undefined>()
  const { open = '', filter = '' } = location.value.query
  const whole = useMemo(() => graphOf(topology), [topology])
  const graph = useMemo(() => grouped(whole, openedGroups()), [whole, open])
  const placed = useLayout(graph)
  const tab = currentTab(tabs)
  const bindings = topology.bindings.filter(({ source }) => source !== '').length
  const wanted = filter.toLowerCase()
  return (
    <>
      <p class="lead">
        {t.topology.lead(place, topology.exchanges.length, topology.queues.length, bindings)}{' '}
        {graph !== whole && t.topology.grouped(whole.nodes.length)}
      </p>
      <div class="toolbar">
        <FilterField filters={['orders']} />
        {open !== '' && <Button onClick={() => setQuery({ open: undefined })}>{t.topology.closeGroups}</Button>}
        <Button icon="download" onClick={() => download('topology.mmd', 'text/plain', toMermaid(graph))}>
          {t.topology.mermaid}
        </Button>
      </div>
      <Tabs tabs={tabs} label={t.topology.views} />
      <div id="tab-panel" class="tab-panel" role="tabpanel" aria-labelledby={`tab-${tab.id}`}>
        {tab.id === 'list' ? (
          <TopologyList graph={whole} vhost={place} filter={wanted} />
        ) : whole.nodes.length === 0 ? (
          <div class="card">
            <Empty title={t.topology.none}>
              <p>{t.topology.noneHint}</p>
            </Empty>
          </div>
        ) : placed === undefined ? (
          <Loading />
        ) : (
          <Picture graph={placed} vhost={place} trace={trace} wanted={wanted} />
        )}
      </div>
      <Simulator vhost={place} topology={topology} trace={trace} onTrace={setTrace} />
    </>
  )
}

interface PictureProps {
  readonly graph: PlacedGraph
  readonly vhost: string
  readonly trace: RouteTrace | undefined
  readonly wanted: string
}

function Picture({ graph, vhost, trace, wanted }: PictureProps) {
  const [selected, setSelected] = useState<GraphNode | undefined>()
  const emphasis = useMemo((): Emphasis => {
    const none = trace === undefined && wanted === ''
    const found = graph.nodes.filter(({ name }) => wanted !== '' && name.toLowerCase().includes(wanted))
    const nodes = none ? undefined : new Set([...found.map(({ id }) => id), ...(trace?.nodes ?? [])])
    return { nodes, edges: trace?.edges ?? new Set(), selected: selected?.id }
  }, [graph, trace, wanted, selected])
  const first = wanted === '' ? undefined : graph.nodes.find(({ name }) => name.toLowerCase().includes(wanted))
  return (
    <>
      <Legend />
      <TopologyCanvas graph={graph} emphasis={emphasis} target={first?.id} onSelect={setSelected} />
      <Groups nodes={graph.nodes} />
      {selected !== undefined && <NodeDetails vhost={vhost} node={selected} />}
    </>
  )
}
