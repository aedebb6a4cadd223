import type { Table } from '../std/table.ts'
import type { Binding } from './binding.ts'
import type { Exchange } from './exchange.ts'
import type { ExchangeContext } from './exchange-context.ts'
import type { Message } from './message.ts'
import type { Sink } from './queue.ts'
import type { NoteOf } from './recovered-notes.ts'

/** Where a router sends a message: on to another exchange, or to where it stays. */
export type Found = (destination: Sink | Exchange) => void

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
  route(routingKey: string, message: Message | undefined, found: Found): void
  /**
   * All that it may route to is in place: at once after a declare, at start when everything was recovered.
   * The start waits for what it has to read back.
   */
  open?(): void | Promise<void>
  /** Somebody bound, now; `add` also tells of bindings that were there before the start. */
  bound?(binding: Binding): void
  /** A queue refused a message it routed just now: the publisher is told, and may send it again. */
  refused?(message: Message): void
  /** The exchange is deleted. */
  close?(): void
  /** What is to be shown of it beside its bindings (`messages_delayed`). */
  info?(): Readonly<Record<string, number>>
}

/** A kind of exchange: a factory with argument validation; plug-ins add more. */
export interface ExchangeType {
  readonly name: string
  /** True when the routing key alone decides, so that routes may be cached. */
  readonly byKeyAlone: boolean
  /** True when it decides once for a message, by its first routing key, whatever `CC` and `BCC` add. */
  readonly perMessage?: boolean
  /** True when it keeps messages in the message log, as a queue does. */
  readonly keepsMessages?: boolean
  /** Throws a Fault for bad exchange arguments. */
  validate?(arguments_: Table, description: string): void
  /** Throws a Fault for a bad binding. `arguments_` are the exchange's. */
  validateBinding?(binding: Binding, arguments_: Table): void
  /** What exchanges with these arguments want to know at start of each message they keep. */
  noteOf?(arguments_: Table): NoteOf | undefined
  create(arguments_: Table, context: ExchangeContext): Router
}
