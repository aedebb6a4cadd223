import type { ComponentChildren } from 'preact'
import { ScrollBox } from './scroll-box.tsx'

interface SimpleTableProps {
  readonly label: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly ComponentChildren[])[]
}

/** A short table that needs no sorting. */
export function SimpleTable({ label, head, rows }: SimpleTableProps) {
  return (
    <ScrollBox class="table-box" label={label}>
      <table class="table">
        <thead>
          <tr>
            {head.map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells, n) => (
            <tr key={n}>
              {cells.map((cell, m) => (
                <td key={m}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  )
}
