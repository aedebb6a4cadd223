import { useEffect, useRef, useState } from 'preact/hooks'
import type { Graph } from './graph.ts'
import type { Layout, LayoutInput } from './layout.ts'
import workerUrl from './layout-worker.ts?worker&url'

/** A graph with the places of its nodes. */
export interface PlacedGraph extends Graph, Layout {}

interface ScriptPolicy {
  createScriptURL(url: string): string
}

/** Where a browser wants to know which addresses may become scripts; absent in those that do not ask. */
const { trustedTypes } = globalThis as {
  trustedTypes?: { createPolicy(name: string, rules: ScriptPolicy): ScriptPolicy }
}
const policy = trustedTypes?.createPolicy('lapine-layout', { createScriptURL: () => workerUrl })

/** Places a graph in a worker; what was placed before stays until then. It is placed anew when its nodes or edges are others. */
export function useLayout(graph: Graph | undefined): PlacedGraph | undefined {
  const [placed, setPlaced] = useState<{ readonly key: string; readonly layout: Layout } | undefined>()
  const worker = useRef<Worker | undefined>(undefined)
  const number = useRef(0)
  const key =
    graph === undefined ? '' : JSON.stringify([graph.nodes.map(({ id }) => id), graph.edges.map(({ id }) => id)])
  useEffect(() => () => worker.current?.terminate(), [])
  useEffect(() => {
    if (graph === undefined) return
    worker.current ??= new Worker(policy?.createScriptURL(workerUrl) ?? workerUrl, { type: 'module' })
    const wanted = ++number.current
    worker.current.onmessage = ({ data }: MessageEvent<{ readonly number: number; readonly layout: Layout }>) => {
      if (data.number === wanted) setPlaced({ key, layout: data.layout })
    }
    worker.current.postMessage({ number: wanted, input: layoutInput(graph) })
  }, [key])
  const shown = useRef<PlacedGraph | undefined>(undefined)
  if (graph !== undefined && placed?.key === key) shown.current = { ...graph, ...placed.layout }
  return shown.current
}

/** Dead letters go back, so they do not say what stands left of what. */
function layoutInput({ nodes, edges }: Graph): LayoutInput {
  const numbers = new Map(nodes.map(({ id }, n) => [id, n]))
  return {
    kinds: nodes.map(({ kind }) => kind),
    edges: edges
      .filter(({ kind }) => kind !== 'dead-letter')
      .map(({ from, to }) => [numbers.get(from)!, numbers.get(to)!] as const),
  }
}
