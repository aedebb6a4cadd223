import type { ComponentChildren } from 'preact'

interface TileProps {
  readonly title: string
  readonly value: ComponentChildren
  readonly note?: string
  /** How much of a limit is used, from 0 to 1. */
  readonly part?: number
}

/** One number and what it is. */
export function Tile({ title, value, note, part }: TileProps) {
  return (
    <div class="tile card">
      <h2>{title}</h2>
      <p class="tile-value">{value}</p>
      {part !== undefined && (
        <meter min={0} max={1} low={0.6} high={0.8} optimum={0} value={part} aria-label={`${title}, ${note ?? ''}`} />
      )}
      {note !== undefined && <p class="hint">{note}</p>}
    </div>
  )
}
