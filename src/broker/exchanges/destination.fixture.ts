import type { Table } from '../../std/table.ts'
import type { Binding, Destination } from '../binding.ts'
import type { ExchangeContext } from '../exchange-context.ts'
import type { Router } from '../exchange-type.ts'
import type { Message } from '../message.ts'

/** What the core's routers do not need. */
export const nowhere = {} as ExchangeContext

/** Something to bind to: routers look at nothing of it but its identity. */
export function destination(name: string): Destination {
  return { name } as Destination
}

/** A binding from an exchange nobody looks at. */
export function binding(to: Destination, routingKey: string, arguments_: Table = []): Binding {
  return { source: 'x', destination: to, routingKey, arguments: arguments_ }
}

/** The distinct names of where a key leads, sorted. */
export function routed(router: Router, routingKey: string, message?: Message): string[] {
  const names = new Set<string>()
  router.route(routingKey, message, (to) => names.add(to.name))
  return [...names].sort()
}
