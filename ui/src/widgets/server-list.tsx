import type { ComponentChildren } from 'preact'
import { useLive } from '../data/live.ts'
import { setQuery } from '../router/location.ts'
import { t } from '../strings/strings.ts'
import type { Column } from './column.ts'
import { DataTable, type Selection } from './data-table.tsx'
import { FilterField } from './filter-field.tsx'
import { ListMenu } from './list-menu.tsx'
import { listPath, listState, sortBy } from './list-state.ts'
import { Pager } from './pager.tsx'
import { Empty, Show } from './states.tsx'

/** A page of a list, as RabbitMQ's API answers. */
export interface ListPage<T> {
  readonly items: readonly T[]
  readonly page: number
  readonly page_count: number
  readonly filtered_count: number
  readonly total_count: number
}

interface ServerListProps<T> {
  readonly label: string
  /** What is asked; may have a query of its own. */
  readonly path: string
  readonly columns: readonly Column<T>[]
  /** Paths that every row needs. */
  readonly always: string
  readonly sort: string
  readonly reverse?: boolean
  /** Words one may filter by, offered while one types. */
  readonly filters: readonly string[]
  /** Words that are always part of the filter. */
  readonly fixedFilter?: string
  keyOf(row: T): string
  /** The rows with what has changed since they were asked for. */
  readonly current?: (rows: readonly T[]) => readonly T[]
  readonly selection?: Selection | undefined
  /** What stands above the table at its end. */
  readonly tools?: ComponentChildren
  /** What stands above the table when rows are selected. */
  readonly bulk?: (page: ListPage<T>) => ComponentChildren
  /** What is shown when there is nothing at all. */
  readonly empty: ComponentChildren
}

/** A list that the server filters, sorts and cuts into pages; what of it is looked at stands in the address. */
export function ServerList<T>(props: ServerListProps<T>) {
  const { columns, label, selection } = props
  const state = listState(columns, props.sort, props.reverse)
  const live = useLive<ListPage<T>>(listPath(props.path, state, columns, props.always, props.fixedFilter))
  const chosen = state.columns.flatMap((id) => columns.find((column) => column.id === id) ?? [])
  return (
    <>
      <div class="toolbar">
        <FilterField filters={props.filters} />
        <ListMenu columns={columns} state={state} rows={live.data.value?.items ?? []} name={label} />
        <span class="spacer" />
        {props.tools}
      </div>
      <Show live={live}>
        {(page) => {
          if (page.filtered_count === 0 && state.filter === '') return <div class="card">{props.empty}</div>
          const rows = props.current?.(page.items) ?? page.items
          return (
            <>
              {props.bulk?.(page)}
              {rows.length === 0 ? (
                <div class="card">
                  <Empty title={t.table.noneFits}>
                    <button type="button" class="link" onClick={() => setQuery({ filter: undefined, page: undefined })}>
                      {t.table.clearFilter}
                    </button>
                  </Empty>
                </div>
              ) : (
                <DataTable
                  label={label}
                  columns={chosen}
                  rows={rows}
                  keyOf={props.keyOf}
                  sort={state.sort}
                  reverse={state.reverse}
                  onSort={(column) => sortBy(state, column)}
                  selection={selection}
                />
              )}
              <Pager page={page} state={state} />
            </>
          )
        }}
      </Show>
    </>
  )
}
