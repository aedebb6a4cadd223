import { compact } from '../../format/numbers.ts'
import { t } from '../../strings/strings.ts'
import type { GraphNode } from './graph.ts'
import { nodeSize } from './layout.ts'
import type { PlacedGraph } from './use-layout.ts'

/** What part of the picture is seen: where its origin is on the canvas, and how large it is. */
export interface View {
  readonly left: number
  readonly top: number
  readonly scale: number
}

/** Colours of the theme that is shown. */
export interface Inks {
  readonly text: string
  readonly line: string
  readonly surface: string
  readonly muted: string
  readonly exchange: string
  readonly queue: string
  readonly consumers: string
  readonly route: string
}

/** What stands out: everything else is dimmed when something does. */
export interface Emphasis {
  readonly nodes: ReadonlySet<string> | undefined
  readonly edges: ReadonlySet<string>
  readonly selected: string | undefined
}

const READABLE_SCALE = 0.4
const FIRST_SCALE = 0.7
const { width: nodeWidth, height: nodeHeight } = nodeSize

/** The view in which all is seen. */
export function wholeView(graph: PlacedGraph, width: number, height: number): View {
  const { right, bottom } = extentOf(graph)
  const scale = Math.min(1, (width - 32) / right, (height - 32) / bottom)
  return { left: (width - right * scale) / 2, top: (height - bottom * scale) / 2, scale }
}

/** The view one begins with: all, or as much from the left as can be read. */
export function firstView(graph: PlacedGraph, width: number, height: number): View {
  const whole = wholeView(graph, width, height)
  if (whole.scale >= FIRST_SCALE) return whole
  const { right, bottom } = extentOf(graph)
  const left = Math.max(16, (width - right * FIRST_SCALE) / 2)
  return { left, top: (height - bottom * FIRST_SCALE) / 2, scale: FIRST_SCALE }
}

function extentOf({ x, y }: PlacedGraph): { readonly right: number; readonly bottom: number } {
  const most = (values: readonly number[]) => values.reduce((largest, value) => Math.max(largest, value), 0)
  return { right: most(x) + nodeWidth, bottom: most(y) + nodeHeight }
}

/** The view with another scale in which one point of the canvas stays where it is. */
export function zoomed({ left, top, scale }: View, factor: number, atX: number, atY: number): View {
  const next = Math.min(4, Math.max(0.005, scale * factor))
  return { left: atX - ((atX - left) * next) / scale, top: atY - ((atY - top) * next) / scale, scale: next }
}

/** The node at a point of the canvas. */
export function nodeAt({ nodes, x, y }: PlacedGraph, view: View, atX: number, atY: number): GraphNode | undefined {
  const px = (atX - view.left) / view.scale
  const py = (atY - view.top) / view.scale
  return nodes.find((_, n) => px >= x[n]! && px <= x[n]! + nodeWidth && py >= y[n]! && py <= y[n]! + nodeHeight)
}

/** Draws what of the picture can be seen. */
export function drawPicture(
  context: CanvasRenderingContext2D,
  size: { readonly width: number; readonly height: number },
  graph: PlacedGraph,
  view: View,
  inks: Inks,
  emphasis: Emphasis,
): void {
  context.clearRect(0, 0, size.width, size.height)
  context.save()
  context.translate(view.left, view.top)
  context.scale(view.scale, view.scale)
  const seen = {
    left: -view.left / view.scale,
    top: -view.top / view.scale,
    right: (size.width - view.left) / view.scale,
    bottom: (size.height - view.top) / view.scale,
  }
  drawEdges(context, graph, inks, emphasis, seen)
  drawNodes(context, graph, view.scale, inks, emphasis, seen)
  context.restore()
}

interface Seen {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/** One path for each way of drawing: thousands of lines are quick so. */
function drawEdges(
  context: CanvasRenderingContext2D,
  { nodes, edges, x, y }: PlacedGraph,
  inks: Inks,
  emphasis: Emphasis,
  seen: Seen,
): void {
  const numbers = new Map(nodes.map(({ id }, n) => [id, n]))
  const plain = new Path2D()
  const dashed = new Path2D()
  const taken = new Path2D()
  for (const { id, from, to, kind } of edges) {
    const a = numbers.get(from)!
    const b = numbers.get(to)!
    const fromX = x[a]! + nodeWidth
    const fromY = y[a]! + nodeHeight / 2
    const toX = x[b]!
    const toY = y[b]! + nodeHeight / 2
    if (Math.min(fromX, toX) > seen.right || Math.max(fromX, toX) < seen.left) continue
    if (Math.min(fromY, toY) > seen.bottom || Math.max(fromY, toY) < seen.top) continue
    const bend = Math.max(50, Math.abs(toX - fromX) / 2)
    const path = emphasis.edges.has(id) ? taken : kind === 'dead-letter' || kind === 'alternate' ? dashed : plain
    path.moveTo(fromX, fromY)
    path.bezierCurveTo(fromX + bend, fromY, toX - bend, toY, toX, toY)
  }
  context.strokeStyle = inks.muted
  context.globalAlpha = emphasis.nodes === undefined ? 0.65 : 0.35
  context.lineWidth = 1.2
  context.stroke(plain)
  context.setLineDash([6, 5])
  context.stroke(dashed)
  context.setLineDash([])
  context.globalAlpha = 1
  context.strokeStyle = inks.route
  context.lineWidth = 3
  context.stroke(taken)
}

function drawNodes(
  context: CanvasRenderingContext2D,
  { nodes, x, y }: PlacedGraph,
  scale: number,
  inks: Inks,
  { nodes: emphasized, selected }: Emphasis,
  seen: Seen,
): void {
  context.textBaseline = 'middle'
  for (const [n, node] of nodes.entries()) {
    const left = x[n]!
    const top = y[n]!
    if (left > seen.right || left + nodeWidth < seen.left || top > seen.bottom || top + nodeHeight < seen.top) continue
    const isOut = emphasized !== undefined && !emphasized.has(node.id)
    context.globalAlpha = isOut ? 0.45 : 1
    context.fillStyle = inks.surface
    context.strokeStyle = node.id === selected ? inks.route : inks.line
    context.lineWidth = node.id === selected ? 3 : 1
    context.beginPath()
    context.roundRect(left, top, nodeWidth, nodeHeight, 6)
    context.fill()
    context.stroke()
    context.fillStyle = inks[node.kind]
    context.fillRect(left, top + 4, 4, nodeHeight - 8)
    if (scale >= READABLE_SCALE) drawText(context, node, left, top + nodeHeight / 2, inks)
  }
  context.globalAlpha = 1
}

function drawText(context: CanvasRenderingContext2D, node: GraphNode, left: number, middle: number, inks: Inks): void {
  const note = noteOf(node)
  context.font = '10px system-ui, sans-serif'
  context.fillStyle = inks.muted
  const noteWidth = context.measureText(note).width
  context.fillText(note, left + nodeWidth - noteWidth - 8, middle)
  context.font = '12px system-ui, sans-serif'
  context.fillStyle = inks.text
  context.fillText(shortened(context, titleOf(node), nodeWidth - noteWidth - 30), left + 12, middle)
}

function titleOf({ kind, name, members, consumers }: GraphNode): string {
  if (members !== undefined) return `${name}…`
  return kind === 'consumers' ? t.topology.consumers(consumers) : name
}

function noteOf({ kind, type, members, messages }: GraphNode): string {
  if (members !== undefined) return t.topology.members(members, t.topology.kinds[kind])
  if (kind === 'queue') return t.topology.messages(compact(messages))
  return kind === 'exchange' ? type : ''
}

function shortened(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text
  let length = Math.floor((text.length * width) / context.measureText(text).width)
  while (length > 1 && context.measureText(`${text.slice(0, length)}…`).width > width) length--
  return `${text.slice(0, length)}…`
}
