import type { NodeKind } from './graph.ts'

/** What is to be placed: nodes by number, and which lead to which. */
export interface LayoutInput {
  readonly kinds: readonly NodeKind[]
  readonly edges: readonly (readonly [from: number, to: number])[]
}

/** Where the left upper corner of each node is. */
export interface Layout {
  readonly x: readonly number[]
  readonly y: readonly number[]
}

/** Size of a node, and how far apart they are. */
export const nodeSize = { width: 180, height: 30 } as const
const COLUMN = 280
const ROW = 42
const SWEEPS = 4

/**
 * Places nodes in layers from left to right: exchanges as far to the right as the longest way to them, then queues,
 * then consumers. Within a layer nodes stand near those they are tied to, so that few lines cross. Cycles are allowed.
 */
export function layOut({ kinds, edges }: LayoutInput): Layout {
  const layerOf = assignLayers(kinds, edges)
  const layers: number[][] = []
  for (const [node, layer] of layerOf.entries()) {
    layers[layer] ??= []
    layers[layer].push(node)
  }
  const filled = layers.filter((layer) => layer !== undefined)
  const before = neighbours(kinds.length, edges, (from, to) => layerOf[from]! < layerOf[to]!)
  const after = neighbours(
    kinds.length,
    edges.map(([from, to]) => [to, from] as const),
    (to, from) => layerOf[from]! < layerOf[to]!,
  )
  order(filled, before, after)
  const y = placeRows(filled, before, after)
  const x = new Array<number>(kinds.length)
  for (const [column, layer] of filled.entries()) for (const node of layer) x[node] = column * COLUMN
  return { x, y }
}

/** Kahn's order; where a cycle leaves nothing that could be next, its first node is. */
function assignLayers(kinds: readonly NodeKind[], edges: LayoutInput['edges']): number[] {
  const layerOf = new Array<number>(kinds.length).fill(0)
  const waits = new Array<number>(kinds.length).fill(0)
  const leads: number[][] = kinds.map(() => [])
  for (const [from, to] of edges) {
    if (kinds[from] !== 'exchange' || kinds[to] !== 'exchange' || from === to) continue
    leads[from]!.push(to)
    waits[to]!++
  }
  const exchanges = kinds.flatMap((kind, node) => (kind === 'exchange' ? [node] : []))
  const ready = exchanges.filter((node) => waits[node] === 0)
  const done = new Set<number>()
  let deepest = -1
  let rest = 0
  while (done.size < exchanges.length) {
    while (ready.length === 0) {
      const node = exchanges[rest++]!
      if (!done.has(node)) ready.push(node)
    }
    const node = ready.pop()!
    if (done.has(node)) continue
    done.add(node)
    deepest = Math.max(deepest, layerOf[node]!)
    for (const next of leads[node]!) {
      if (done.has(next)) continue
      layerOf[next] = Math.max(layerOf[next]!, layerOf[node]! + 1)
      if (--waits[next]! === 0) ready.push(next)
    }
  }
  for (const [node, kind] of kinds.entries())
    if (kind !== 'exchange') layerOf[node] = deepest + (kind === 'queue' ? 1 : 2)
  return layerOf
}

function neighbours(
  count: number,
  edges: LayoutInput['edges'],
  isWanted: (from: number, to: number) => boolean,
): readonly (readonly number[])[] {
  const found: number[][] = Array.from({ length: count }, () => [])
  for (const [from, to] of edges) if (isWanted(from, to)) found[to]!.push(from)
  return found
}

type Neighbours = readonly (readonly number[])[]

/** Sorts layers by the mean place of what each node is tied to, there and back. What is tied to nothing comes last. */
function order(layers: number[][], before: Neighbours, after: Neighbours): void {
  const place = new Float64Array(before.length)
  const note = (layer: readonly number[]) => {
    for (const [n, node] of layer.entries()) place[node] = (n + 0.5) / layer.length
  }
  const sort = (layer: number[], tied: Neighbours) => {
    const wanted = new Map(
      layer.map((node) => {
        if (before[node]!.length + after[node]!.length === 0) return [node, 2] as const
        return [node, tied[node]!.length === 0 ? place[node]! : mean(tied[node]!, place)] as const
      }),
    )
    layer.sort((a, b) => wanted.get(a)! - wanted.get(b)!)
    note(layer)
  }
  for (const layer of layers) note(layer)
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const layer of layers) sort(layer, before)
    for (const layer of layers.toReversed()) sort(layer, after)
  }
}

/** Moves nodes towards the middle of what they are tied to, without changing their order or letting them touch. */
function placeRows(layers: readonly (readonly number[])[], before: Neighbours, after: Neighbours): number[] {
  const y = new Array<number>(before.length).fill(0)
  const tallest = Math.max(0, ...layers.map((layer) => layer.length))
  for (const layer of layers) {
    for (const [n, node] of layer.entries()) y[node] = (n + (tallest - layer.length) / 2) * ROW
  }
  const settle = (layer: readonly number[], tied: Neighbours) => {
    const wanted = layer.map((node) => (tied[node]!.length === 0 ? y[node]! : mean(tied[node]!, y)))
    let lowest = Number.NEGATIVE_INFINITY
    let drift = 0
    for (const [n, node] of layer.entries()) {
      y[node] = Math.max(wanted[n]!, lowest + ROW)
      lowest = y[node]
      drift += wanted[n]! - lowest
    }
    for (const node of layer) y[node]! += drift / layer.length
  }
  for (let sweep = 0; sweep < 2; sweep++) {
    for (const layer of layers) settle(layer, before)
    for (const layer of layers.toReversed()) settle(layer, after)
  }
  const top = y.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY)
  return y.map((value) => value - top)
}

function mean(nodes: readonly number[], of: ArrayLike<number>): number {
  let sum = 0
  for (const node of nodes) sum += of[node]!
  return sum / nodes.length
}
