import { type Action, quote } from './action.ts'
import { path } from './request.ts'
import type { Details } from './samples.ts'

/** An exchange as lists have it. */
export interface Exchange {
  readonly name: string
  readonly vhost: string
  readonly type: string
  readonly durable?: boolean
  readonly auto_delete?: boolean
  readonly internal?: boolean
  readonly arguments?: Readonly<Record<string, unknown>>
  readonly policy?: string | null
  readonly message_stats?: { readonly publish_in_details?: Details; readonly publish_out_details?: Details }
}

/** Its name in a path of the API, where the default exchange has one. */
export function exchangePath({ vhost, name }: Pick<Exchange, 'vhost' | 'name'>): string {
  return path`/exchanges/${vhost}/${name === '' ? 'amq.default' : name}`
}

/** Deletes an exchange. */
export function deleteExchange(exchange: Pick<Exchange, 'vhost' | 'name'>): Action {
  const { vhost, name } = exchange
  return {
    method: 'DELETE',
    path: exchangePath(exchange),
    cli: `delete exchange --vhost ${quote(vhost)} --name ${quote(name)}`,
  }
}
