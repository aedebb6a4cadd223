import type { ComponentChildren } from 'preact'

/** A column of a list that the server sorts. */
export interface Column<T> {
  readonly id: string
  readonly title: string
  /** What the server sorts by; absent where it cannot. */
  readonly sort?: string
  /** What the server is asked for, as paths with commas. */
  readonly needs?: string
  /** Numbers stand at the end. */
  readonly end?: boolean
  /** Shown only when the user chooses it. */
  readonly optional?: boolean
  show(row: T): ComponentChildren
  /** What stands in an exported file; the JSON of the row by default. */
  text?(row: T): string | number
}
