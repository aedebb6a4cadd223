import type { Table } from '../std/table.ts'
import type { Binding, Destination } from './binding.ts'
import type { Message } from './message.ts'

/**
 * The bindings of one exchange, held in the shape its type needs to answer `route` fast.
 * The exchange adds each distinct binding once; equality is its business, not the router's.
 */
export interface Router {
  add(binding: Binding): void
  remove(binding: Binding): void
  /**
   * Calls `found` for every destination `routingKey` (and, for types that look at content,
   * `message`) leads to; the same destination may be named twice.
   */
  route(routingKey: string, message: Message | undefined, found: (destination: Destination) => void): void
}

/** A kind of exchange: a factory with argument validation; plug-ins add more. */
export interface ExchangeType {
  readonly name: string
  /** True when the routing key alone decides, so that routes may be cached. */
  readonly byKeyAlone: boolean
  /** Throws a Fault for bad exchange arguments. */
  validate?(arguments_: Table, description: string): void
  /** Throws a Fault for a bad binding. */
  validateBinding?(binding: Binding): void
  create(arguments_: Table): Router
}
