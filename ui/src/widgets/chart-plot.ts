import type { Point } from '../data/samples.ts'
import { timeOfDay } from '../format/times.ts'

/** One line of a chart. */
export interface Series {
  readonly name: string
  readonly points: readonly Point[]
}

/** What is drawn, and how. */
export interface Plot {
  readonly series: readonly Series[]
  readonly colors: readonly string[]
  readonly ink: { readonly line: string; readonly text: string }
  readonly from: number
  readonly to: number
  readonly hover: number | undefined
  format(value: number): string
}

/** Where the lines are drawn, in CSS pixels within the canvas. */
export interface Frame {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

const FONT = '11px system-ui, sans-serif'

/** Room for the axes. */
export function frameOf(width: number, height: number): Frame {
  return { left: 54, right: width - 8, top: 8, bottom: height - 20 }
}

/** The least round number that is not below `value`: 1, 2 or 5 times a power of ten. */
function roundUp(value: number): number {
  if (value <= 0) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  const step = [1, 2, 4, 5, 8, 10].find((one) => value <= one * power) ?? 10
  return step * power
}

/** Draws axes, lines and the crosshair. */
export function draw(context: CanvasRenderingContext2D, width: number, height: number, plot: Plot): void {
  const frame = frameOf(width, height)
  const highest = Math.max(0, ...plot.series.flatMap(({ points }) => points.map(([, value]) => value ?? 0)))
  const top = roundUp(highest)
  const x = (at: number) => frame.left + ((at - plot.from) / (plot.to - plot.from || 1)) * (frame.right - frame.left)
  const y = (value: number) => frame.bottom - (value / top) * (frame.bottom - frame.top)
  context.clearRect(0, 0, width, height)
  context.font = FONT
  drawLevels(context, frame, top, y, plot)
  drawTimes(context, frame, x, plot)
  context.save()
  context.beginPath()
  context.rect(frame.left, frame.top - 4, frame.right - frame.left, frame.bottom - frame.top + 8)
  context.clip()
  for (const [n, { points }] of plot.series.entries()) drawLine(context, points, plot.colors[n]!, x, y)
  context.restore()
  if (plot.hover !== undefined) drawCrosshair(context, frame, plot, x, y)
}

type Scale = (value: number) => number

function drawLevels(context: CanvasRenderingContext2D, frame: Frame, top: number, y: Scale, plot: Plot): void {
  context.textAlign = 'right'
  context.textBaseline = 'middle'
  for (const part of [0, 0.5, 1]) {
    const at = Math.round(y(top * part)) + 0.5
    context.strokeStyle = plot.ink.line
    context.beginPath()
    context.moveTo(frame.left, at)
    context.lineTo(frame.right, at)
    context.stroke()
    context.fillStyle = plot.ink.text
    context.fillText(plot.format(top * part), frame.left - 6, at)
  }
}

function drawTimes(context: CanvasRenderingContext2D, frame: Frame, x: Scale, { from, to, ink }: Plot): void {
  const count = Math.max(1, Math.floor((frame.right - frame.left) / 90))
  context.fillStyle = ink.text
  context.textBaseline = 'top'
  for (let n = 0; n <= count; n++) {
    const at = from + ((to - from) * n) / count
    context.textAlign = n === 0 ? 'left' : n === count ? 'right' : 'center'
    context.fillText(timeOfDay(at, to - from < 900_000), x(at), frame.bottom + 6)
  }
}

function drawLine(context: CanvasRenderingContext2D, points: readonly Point[], color: string, x: Scale, y: Scale) {
  context.strokeStyle = color
  context.lineWidth = 1.5
  context.lineJoin = 'round'
  context.beginPath()
  let pen = false
  for (const [at, value] of points) {
    if (value === null) {
      pen = false
      continue
    }
    if (pen) context.lineTo(x(at), y(value))
    else context.moveTo(x(at), y(value))
    pen = true
  }
  context.stroke()
  context.lineWidth = 1
}

function drawCrosshair(context: CanvasRenderingContext2D, frame: Frame, plot: Plot, x: Scale, y: Scale): void {
  const at = plot.hover!
  if (at < plot.from || at > plot.to) return
  context.strokeStyle = plot.ink.text
  context.beginPath()
  context.moveTo(Math.round(x(at)) + 0.5, frame.top)
  context.lineTo(Math.round(x(at)) + 0.5, frame.bottom)
  context.stroke()
  for (const [n, { points }] of plot.series.entries()) {
    const point = nearest(points, at)
    if (point === undefined || point[1] === null) continue
    context.fillStyle = plot.colors[n]!
    context.beginPath()
    context.arc(x(point[0]), y(point[1]), 3, 0, Math.PI * 2)
    context.fill()
  }
}

/** The point that is closest to a time. */
export function nearest(points: readonly Point[], at: number): Point | undefined {
  let best: Point | undefined
  for (const point of points) {
    if (best === undefined || Math.abs(point[0] - at) < Math.abs(best[0] - at)) best = point
  }
  return best
}
