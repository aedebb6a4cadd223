import { signal } from '@preact/signals'
import { useEffect, useRef, useState } from 'preact/hooks'
import { timeOfDay } from '../format/times.ts'
import { theme } from '../shell/theme.ts'
import { t } from '../strings/strings.ts'
import { Button } from './button.tsx'
import { draw, frameOf, nearest, type Series } from './chart-plot.ts'
import { ScrollBox } from './scroll-box.tsx'

/** The time the pointer is at, the same in all charts. */
const hovered = signal<number | undefined>(undefined)

/** The part of the time that is looked at more closely, the same in all charts. */
const zoom = signal<readonly [from: number, to: number] | undefined>(undefined)

const DRAG_PIXELS_MIN = 6

interface ChartProps {
  readonly title: string
  readonly series: readonly Series[]
  /** How values are written. */
  format(value: number): string
}

/** Lines over time. Values are read by pointing, or as a table. */
export function Chart({ title, series, format }: ChartProps) {
  const [asTable, setAsTable] = useState(false)
  const times = series.flatMap(({ points }) => points.map(([at]) => at))
  const isEmpty = times.length === 0
  return (
    <figure class="chart card">
      <figcaption>
        <h3>{title}</h3>
        <span class="spacer" />
        {zoom.value !== undefined && (
          <Button kind="quiet" icon="search" label={t.chart.zoomOut} onClick={() => (zoom.value = undefined)} />
        )}
        <Button
          kind="quiet"
          icon={asTable ? 'overview' : 'channel'}
          label={`${asTable ? t.chart.asChart : t.chart.asTable}: ${title}`}
          pressed={asTable}
          onClick={() => setAsTable(!asTable)}
        />
      </figcaption>
      <Legend series={series} format={format} />
      {isEmpty ? (
        <p class="chart-empty hint">{t.chart.noData}</p>
      ) : asTable ? (
        <ValueTable title={title} series={series} format={format} />
      ) : (
        <Canvas title={title} series={series} format={format} first={Math.min(...times)} last={Math.max(...times)} />
      )}
    </figure>
  )
}

function Legend({ series, format }: Pick<ChartProps, 'series' | 'format'>) {
  const at = hovered.value
  return (
    <ul class="legend">
      {series.map(({ name, points }, n) => {
        const value = (at === undefined ? points.at(-1) : nearest(points, at))?.[1]
        return (
          <li key={name}>
            <span class={`swatch series-${n + 1}`} />
            {name}
            <strong>{value === undefined || value === null ? '–' : format(value)}</strong>
          </li>
        )
      })}
      {at !== undefined && <li class="legend-time">{timeOfDay(at)}</li>}
    </ul>
  )
}

function Canvas({ title, series, format, first, last }: ChartProps & { first: number; last: number }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const pressedAt = useRef<number | undefined>(undefined)
  const [width, setWidth] = useState(0)
  const [from, to] = zoom.value ?? [first, last]
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry!.contentRect.width)))
    observer.observe(canvas.current!.parentElement!)
    return () => observer.disconnect()
  }, [])
  const hover = hovered.value
  const shownTheme = theme.value
  useEffect(() => {
    const element = canvas.current!
    const context = element.getContext('2d')
    if (context === null || width === 0) return
    const height = element.clientHeight
    const scale = window.devicePixelRatio
    element.width = width * scale
    element.height = height * scale
    context.scale(scale, scale)
    draw(context, width, height, {
      series,
      colors: colorsBeside(element),
      ink: inkOf(element),
      from,
      to,
      hover,
      format,
    })
  }, [series, width, hover, from, to, shownTheme])
  const timeAt = (event: PointerEvent) => {
    const frame = frameOf(width, 0)
    const part = (event.offsetX - frame.left) / (frame.right - frame.left)
    return from + Math.min(1, Math.max(0, part)) * (to - from)
  }
  const zoomTo = (event: PointerEvent) => {
    const began = pressedAt.current
    pressedAt.current = undefined
    if (began === undefined || Math.abs(event.offsetX - began) < DRAG_PIXELS_MIN) return
    const ends = [timeAt(event), timeAt({ ...event, offsetX: began } as PointerEvent)].sort((a, b) => a - b)
    zoom.value = [ends[0]!, ends[1]!]
  }
  return (
    <div class="chart-canvas">
      <canvas
        ref={canvas}
        role="img"
        aria-label={`${title}: ${series.map(({ name, points }) => `${name} ${format(points.at(-1)?.[1] ?? 0)}`).join(', ')}`}
        onPointerMove={(event) => (hovered.value = timeAt(event))}
        onPointerLeave={() => (hovered.value = undefined)}
        onPointerDown={(event) => (pressedAt.current = event.offsetX)}
        onPointerUp={zoomTo}
        onDblClick={() => (zoom.value = undefined)}
      />
    </div>
  )
}

/** Colours are those of the swatches in the legend, as the theme has them at the moment. */
function colorsBeside(canvas: HTMLElement): string[] {
  const swatches = canvas.closest('.chart')?.querySelectorAll('.swatch') ?? []
  return Array.from(swatches, (swatch) => getComputedStyle(swatch).backgroundColor)
}

function inkOf(canvas: HTMLElement): { line: string; text: string } {
  const { color, borderTopColor } = getComputedStyle(canvas)
  return { text: color, line: borderTopColor }
}

function ValueTable({ title, series, format }: ChartProps) {
  const rows = series[0]?.points ?? []
  return (
    <ScrollBox class="chart-table" label={title}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t.chart.time}</th>
            {series.map(({ name }) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.toReversed().map(([at]) => (
            <tr key={at}>
              <td>{timeOfDay(at)}</td>
              {series.map(({ name, points }) => (
                <td key={name}>{format(nearest(points, at)?.[1] ?? 0)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  )
}
