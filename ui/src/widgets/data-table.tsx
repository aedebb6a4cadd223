import { useEffect, useRef, useState } from 'preact/hooks'
import { t } from '../strings/strings.ts'
import type { Column } from './column.ts'
import { Icon } from './icon.tsx'
import { ScrollBox } from './scroll-box.tsx'

/** Rows the page has beyond the edges of the screen. */
const SPARE_ROWS = 20
/** Shorter lists are written out. */
const VIRTUAL_ROWS_MIN = 120

export interface Selection {
  readonly keys: ReadonlySet<string>
  toggle(key: string): void
  set(keys: Iterable<string>): void
}

interface DataTableProps<T> {
  readonly label: string
  readonly columns: readonly Column<T>[]
  readonly rows: readonly T[]
  /** A name that no other row has, also read out where a row is selected. */
  keyOf(row: T): string
  readonly sort?: string
  readonly reverse?: boolean
  onSort?(column: Column<T>): void
  readonly selection?: Selection | undefined
  onOpen?(row: T): void
}

/** A table that can be sorted, of which only what is on the screen is written out. */
export function DataTable<T>(props: DataTableProps<T>) {
  const { label, columns, rows, keyOf, selection } = props
  const body = useRef<HTMLTableSectionElement>(null)
  const [first, last] = useVisibleRows(body, rows.length)
  const width = columns.length + (selection === undefined ? 0 : 1)
  return (
    <ScrollBox class="table-box" label={label}>
      <table class="table" aria-rowcount={rows.length + 1}>
        <thead>
          <tr>
            {selection !== undefined && <SelectAll keys={rows.map(keyOf)} selection={selection} />}
            {columns.map((column) => (
              <HeadCell key={column.id} column={column} {...props} />
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          <Spacer rows={first} width={width} />
          {rows.slice(first, last).map((row, n) => (
            <Row key={keyOf(row)} row={row} index={first + n + 2} name={keyOf(row)} {...props} />
          ))}
          <Spacer rows={rows.length - last} width={width} />
        </tbody>
      </table>
    </ScrollBox>
  )
}

function HeadCell<T>({ column, sort, reverse, onSort }: { column: Column<T> } & DataTableProps<T>) {
  const sorted = column.sort !== undefined && column.sort === sort
  const order = sorted ? (reverse === true ? 'descending' : 'ascending') : undefined
  return (
    <th scope="col" class={column.end === true ? 'end' : ''} aria-sort={order}>
      {column.sort === undefined || onSort === undefined ? (
        column.title
      ) : (
        <button type="button" onClick={() => onSort(column)}>
          {column.title}
          {sorted && <Icon name={reverse === true ? 'down' : 'up'} />}
        </button>
      )}
    </th>
  )
}

type RowProps<T> = DataTableProps<T> & { readonly row: T; readonly index: number; readonly name: string }

function Row<T>({ row, index, name, columns, selection }: RowProps<T>) {
  const selected = selection?.keys.has(name)
  return (
    <tr aria-rowindex={index} class={selected === true ? 'selected' : ''}>
      {selection !== undefined && (
        <td class="select">
          <input
            type="checkbox"
            aria-label={t.table.select(name)}
            checked={selected === true}
            onChange={() => selection.toggle(name)}
          />
        </td>
      )}
      {columns.map((column) => (
        <td key={column.id} class={column.end === true ? 'end' : ''}>
          {column.show(row)}
        </td>
      ))}
    </tr>
  )
}

function SelectAll({ keys, selection }: { readonly keys: readonly string[]; readonly selection: Selection }) {
  const chosen = keys.filter((key) => selection.keys.has(key)).length
  const all = chosen === keys.length && chosen > 0
  return (
    <td class="select">
      <input
        type="checkbox"
        aria-label={t.table.selectPage}
        checked={all}
        indeterminate={chosen > 0 && !all}
        onChange={() => selection.set(all ? [] : keys)}
      />
    </td>
  )
}

function Spacer({ rows, width }: { readonly rows: number; readonly width: number }) {
  if (rows <= 0) return null
  return (
    <tr>
      <td colSpan={width} style={{ height: `calc(${rows} * var(--row))`, padding: 0 }} />
    </tr>
  )
}

/** The first row that is written out, and the first that is not any more. */
function useVisibleRows(body: { readonly current: HTMLElement | null }, count: number): readonly [number, number] {
  const [range, setRange] = useState<readonly [number, number]>([0, VIRTUAL_ROWS_MIN])
  useEffect(() => {
    if (count <= VIRTUAL_ROWS_MIN) return
    const look = () => {
      const element = body.current
      if (element === null) return
      const height = element.offsetHeight / Math.max(1, count)
      const above = Math.floor(-element.getBoundingClientRect().top / height)
      const first = Math.max(0, Math.min(count - 1, above) - SPARE_ROWS)
      const last = Math.min(count, above + Math.ceil(window.innerHeight / height) + SPARE_ROWS)
      setRange((before) => (before[0] === first && before[1] === last ? before : [first, Math.max(first, last)]))
    }
    look()
    window.addEventListener('scroll', look, { passive: true })
    window.addEventListener('resize', look)
    return () => {
      window.removeEventListener('scroll', look)
      window.removeEventListener('resize', look)
    }
  }, [count])
  return count <= VIRTUAL_ROWS_MIN ? [0, count] : range
}
