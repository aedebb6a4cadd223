import { type Action, quote } from './action.ts'
import { path } from './request.ts'

/** A binding as the HTTP API shows it. */
export interface Binding {
  readonly source: string
  readonly vhost: string
  readonly destination: string
  readonly destination_type: 'queue' | 'exchange'
  readonly routing_key: string
  readonly arguments: Readonly<Record<string, unknown>>
  readonly properties_key: string
}

type Ends = Pick<Binding, 'vhost' | 'source' | 'destination' | 'destination_type'>

/** The path of all bindings between two things. */
function between({ vhost, source, destination, destination_type: type }: Ends): string {
  return path`/bindings/${vhost}/e/${source}/${type === 'queue' ? 'q' : 'e'}/${destination}`
}

/** Takes a binding away. */
export function unbind(binding: Binding): Action {
  const { vhost, source, destination, destination_type: type, routing_key: key } = binding
  return {
    method: 'DELETE',
    path: `${between(binding)}/${encodeURIComponent(binding.properties_key)}`,
    cli: `delete binding --vhost ${quote(vhost)} --source ${quote(source)} --destination-type ${type} --destination ${quote(destination)} --routing-key ${quote(key)}`,
  }
}

/** Adds a binding. */
export function bind(ends: Ends, key: string, arguments_: Readonly<Record<string, unknown>>): Action {
  const { vhost, source, destination, destination_type: type } = ends
  return {
    method: 'POST',
    path: between(ends),
    body: { routing_key: key, arguments: arguments_ },
    cli: `declare binding --vhost ${quote(vhost)} --source ${quote(source)} --destination-type ${type} --destination ${quote(destination)} --routing-key ${quote(key)}`,
  }
}
