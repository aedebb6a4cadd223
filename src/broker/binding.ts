import type { Table } from '../std/table.ts'
import type { Exchange } from './exchange.ts'
import type { Queue } from './queue.ts'

/** Where a binding leads: a queue, or another exchange. */
export type Destination = Queue | Exchange

/** A value: what `source` sends to `destination` for a key and arguments. Equal ones are one. */
export interface Binding {
  readonly source: string
  readonly destination: Destination
  readonly routingKey: string
  readonly arguments: Table
}
