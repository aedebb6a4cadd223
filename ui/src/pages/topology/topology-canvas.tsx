import { useEffect, useRef, useState } from 'preact/hooks'
import { theme } from '../../shell/theme.ts'
import { t } from '../../strings/strings.ts'
import { Button } from '../../widgets/button.tsx'
import type { GraphNode } from './graph.ts'
import { nodeSize } from './layout.ts'
import { drawPicture, type Emphasis, firstView, type Inks, nodeAt, type View, wholeView, zoomed } from './picture.ts'
import type { PlacedGraph } from './use-layout.ts'

const STEP_PIXELS = 60
const ZOOM = 1.25
const CLICK_PIXELS_MAX = 4

interface TopologyCanvasProps {
  readonly graph: PlacedGraph
  readonly emphasis: Emphasis
  /** Brought into sight when it changes. */
  readonly target: string | undefined
  onSelect(node: GraphNode | undefined): void
}

/** The picture, moved and zoomed by mouse, finger and keys. */
export function TopologyCanvas({ graph, emphasis, target, onSelect }: TopologyCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const [size, setSize] = useState({ width: 0, height: 0 })
  const [moved, setMoved] = useState<View | undefined>()
  const view = moved ?? firstView(graph, size.width, size.height)
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      const { width, height } = entry!.contentRect
      setSize({ width: Math.floor(width), height: Math.floor(height) })
    })
    observer.observe(canvas.current!.parentElement!)
    return () => observer.disconnect()
  }, [])
  useEffect(() => setMoved(undefined), [graph.x, graph.y])
  useEffect(() => {
    const n = graph.nodes.findIndex(({ id }) => id === target)
    if (n < 0 || size.width === 0) return
    const scale = Math.max(view.scale, 0.8)
    const left = size.width / 2 - (graph.x[n]! + nodeSize.width / 2) * scale
    setMoved({ left, top: size.height / 2 - (graph.y[n]! + nodeSize.height / 2) * scale, scale })
  }, [target])
  const shownTheme = theme.value
  useEffect(() => {
    const element = canvas.current!
    const context = element.getContext('2d')
    if (context === null || size.width === 0) return
    const ratio = window.devicePixelRatio
    element.width = size.width * ratio
    element.height = size.height * ratio
    context.scale(ratio, ratio)
    drawPicture(context, size, graph, view, inksOf(element), emphasis)
  }, [graph, size, moved, emphasis, shownTheme])
  const zoom = (factor: number, atX = size.width / 2, atY = size.height / 2) => setMoved(zoomed(view, factor, atX, atY))
  const showAll = () => setMoved(wholeView(graph, size.width, size.height))
  const move = (x: number, y: number) => setMoved({ ...view, left: view.left + x, top: view.top + y })
  const drag = useDrag(view, setMoved, (x, y) => onSelect(nodeAt(graph, view, x, y)))
  const keys: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => move(STEP_PIXELS, 0),
    ArrowRight: () => move(-STEP_PIXELS, 0),
    ArrowUp: () => move(0, STEP_PIXELS),
    ArrowDown: () => move(0, -STEP_PIXELS),
    '+': () => zoom(ZOOM),
    '=': () => zoom(ZOOM),
    '-': () => zoom(1 / ZOOM),
    '0': showAll,
  }
  return (
    <div class="topology-picture card">
      <div class="topology-canvas">
        <canvas
          ref={canvas}
          tabindex={0}
          role="img"
          aria-label={t.topology.canvas(graph.nodes.length)}
          aria-describedby="topology-keys"
          data-scale={view.scale.toFixed(3)}
          data-left={Math.round(view.left)}
          {...drag}
          onWheel={(event) => {
            event.preventDefault()
            zoom(event.deltaY < 0 ? ZOOM : 1 / ZOOM, event.offsetX, event.offsetY)
          }}
          onKeyDown={(event) => {
            const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key]
            if (act === undefined) return
            event.preventDefault()
            act()
          }}
        />
      </div>
      <div class="topology-tools">
        <Button icon="plus" label={t.topology.zoomIn} onClick={() => zoom(ZOOM)} />
        <Button icon="minus" label={t.topology.zoomOut} onClick={() => zoom(1 / ZOOM)} />
        <Button icon="fit" label={t.topology.fit} onClick={showAll} />
      </div>
      <p id="topology-keys" class="hint">
        {t.topology.keysHint}
      </p>
    </div>
  )
}

/** Drags the picture; a press that does not move is a click. */
function useDrag(view: View, show: (view: View) => void, click: (x: number, y: number) => void) {
  const from = useRef<{ readonly x: number; readonly y: number; readonly view: View } | undefined>(undefined)
  return {
    onPointerDown: (event: PointerEvent) => {
      from.current = { x: event.offsetX, y: event.offsetY, view }
      ;(event.currentTarget as Element).setPointerCapture(event.pointerId)
    },
    onPointerMove: (event: PointerEvent) => {
      const start = from.current
      if (start === undefined) return
      const x = event.offsetX - start.x
      const y = event.offsetY - start.y
      if (Math.hypot(x, y) > CLICK_PIXELS_MAX || view !== start.view) {
        show({ ...start.view, left: start.view.left + x, top: start.view.top + y })
      }
    },
    onPointerUp: (event: PointerEvent) => {
      const start = from.current
      from.current = undefined
      if (start === undefined) return
      if (Math.hypot(event.offsetX - start.x, event.offsetY - start.y) <= CLICK_PIXELS_MAX) {
        click(event.offsetX, event.offsetY)
      }
    },
    onPointerCancel: () => {
      from.current = undefined
    },
  }
}

/** The colours of the legend and of the canvas itself, as the theme has them at the moment. */
function inksOf(canvas: HTMLElement): Inks {
  const { color, borderTopColor, backgroundColor, caretColor } = getComputedStyle(canvas)
  const swatch = (name: string) =>
    getComputedStyle(document.querySelector(`.topology-legend .series-${name}`)!).backgroundColor
  return {
    ...{ text: color, line: borderTopColor, surface: backgroundColor, muted: caretColor },
    ...{ exchange: swatch('1'), queue: swatch('4'), consumers: swatch('3'), route: swatch('2') },
  }
}
