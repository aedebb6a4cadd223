import { location, setQuery } from '../router/location.ts'
import type { Column } from './column.ts'

/** What of a list is looked at; it stands in the address. */
export interface ListState {
  readonly filter: string
  readonly page: number
  readonly size: number
  readonly sort: string
  readonly reverse: boolean
  /** Ids of the columns that are shown, in order. */
  readonly columns: readonly string[]
}

/** Numbers of rows a page may have. */
export const pageSizes = [50, 100, 200, 500] as const
const PAGE_SIZE = 100

/** Reads it from the address. */
export function listState<T>(columns: readonly Column<T>[], sort: string, reverse = false): ListState {
  const { query } = location.value
  const size = Number(query.size)
  const byDefault = columns.filter(({ optional }) => optional !== true).map(({ id }) => id)
  return {
    filter: query.filter ?? '',
    page: Math.max(1, Math.floor(Number(query.page)) || 1),
    size: (pageSizes as readonly number[]).includes(size) ? size : PAGE_SIZE,
    sort: query.sort ?? sort,
    reverse: query.desc === undefined ? query.sort === undefined && reverse : query.desc === '1',
    columns: query.cols?.split(',') ?? byDefault,
  }
}

/** Sorts by a column; a second time, the other way round. Numbers begin with the largest. */
export function sortBy<T>(state: ListState, { sort, end }: Column<T>): void {
  const reverse = state.sort === sort ? !state.reverse : end === true
  setQuery({ sort, desc: reverse ? '1' : '0', page: undefined })
}

/** The path that asks the server for what the state says. */
export function listPath<T>(
  path: string,
  state: ListState,
  columns: readonly Column<T>[],
  always: string,
  fixed = '',
): string {
  const shown = columns.filter(({ id }) => state.columns.includes(id))
  const needs = new Set([always, ...shown.flatMap(({ needs }) => needs ?? [])].join(',').split(','))
  const query = new URLSearchParams({
    page: String(state.page),
    page_size: String(state.size),
    sort: state.sort,
    sort_reverse: String(state.reverse),
    columns: [...needs].join(','),
  })
  const filter = `${fixed} ${state.filter}`.trim()
  if (filter !== '') query.set('filter', filter)
  return `${path}${path.includes('?') ? '&' : '?'}${query}`
}
