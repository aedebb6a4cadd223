import type { JsonValue } from '../../std/json.ts'
import { type Action, type ActionInput, deed, list } from './admin-action.ts'

/** Options that become keys of a parameter's value: option, key, and whether it is a number or true or false. */
type Fields = readonly (readonly [option: string, key: string, kind?: 'number' | 'flag' | 'json'])[]

function fieldValues({ options, session }: ActionInput, fields: Fields): Record<string, JsonValue> {
  const entries = fields.flatMap(([option, key, kind]) => {
    const text = options[option]
    if (text === undefined) return []
    const value =
      kind === 'number'
        ? Number(text)
        : kind === 'flag'
          ? text === 'true'
          : kind === 'json'
            ? session.parse(text)
            : text
    return [[key, value] as const]
  })
  return Object.fromEntries(entries)
}

function parameter(
  component: string,
  options: readonly string[],
  value: (input: ActionInput) => Record<string, JsonValue>,
): Action {
  const where = ({ path, session, options: { name } }: ActionInput) =>
    path('parameters', component, session.vhost, name!)
  return deed('PUT', ['name*', ...options], where, (input) => ({
    component,
    name: input.options.name!,
    vhost: input.session.vhost,
    value: value(input),
  }))
}

const shovel091: Fields = [
  ['source-uri', 'src-uri'],
  ['destination-uri', 'dest-uri'],
  ['ack-mode', 'ack-mode'],
  ['source-queue', 'src-queue'],
  ['source-exchange', 'src-exchange'],
  ['source-exchange-routing-key', 'src-exchange-key'],
  ['destination-queue', 'dest-queue'],
  ['destination-exchange', 'dest-exchange'],
  ['destination-exchange-routing-key', 'dest-exchange-key'],
  ['predeclared-source', 'src-predeclared', 'flag'],
  ['predeclared-destination', 'dest-predeclared', 'flag'],
  ['reconnect-delay', 'reconnect-delay', 'number'],
  ['publish-properties', 'dest-publish-properties', 'json'],
]
const shovel10: Fields = [
  ['source-uri', 'src-uri'],
  ['destination-uri', 'dest-uri'],
  ['ack-mode', 'ack-mode'],
  ['source-address', 'src-address'],
  ['destination-address', 'dest-address'],
  ['reconnect-delay', 'reconnect-delay', 'number'],
]
const upstream: Fields = [
  ['uri', 'uri'],
  ['reconnect-delay', 'reconnect-delay', 'number'],
  ['trust-user-id', 'trust-user-id', 'flag'],
  ['prefetch-count', 'prefetch-count', 'number'],
  ['ack-mode', 'ack-mode'],
  ['queue-name', 'queue'],
  ['consumer-tag', 'consumer-tag'],
  ['exchange-name', 'exchange'],
  ['queue-type', 'queue-type'],
  ['max-hops', 'max-hops', 'number'],
  ['bind-using-nowait', 'bind-nowait', 'flag'],
  ['resource-cleanup-mode', 'resource-cleanup-mode'],
  ['ttl', 'expires', 'number'],
  ['message-ttl', 'message-ttl', 'number'],
]

/** `source-uri*` where it must be given, and flags without a value. */
function optionsOf(fields: Fields, needed: readonly string[]): string[] {
  return fields.map(([option]) => {
    if (needed.includes(option)) return `${option}*`
    return option.startsWith('predeclared') ? `${option}!` : option
  })
}

function removal(component: string): Action {
  return deed('DELETE', ['name*', 'idempotently!'], ({ path, session, options }) =>
    path('parameters', component, session.vhost, options.name!),
  )
}

/** Shovels. */
export function shovelActions(): Readonly<Record<string, Action>> {
  const uris = ['source-uri', 'destination-uri']
  return {
    'shovels list': list('node name vhost type state', () => '/shovels'),
    'shovels declare_amqp091': {
      ...parameter('shovel', optionsOf(shovel091, uris), (input) => ({
        'src-protocol': 'amqp091',
        'dest-protocol': 'amqp091',
        'ack-mode': 'on-confirm',
        ...fieldValues(input, shovel091),
      })),
      letters: { n: 'name' },
    },
    'shovels declare_amqp10': {
      ...parameter('shovel', optionsOf(shovel10, uris), (input) => ({
        'src-protocol': 'amqp10',
        'dest-protocol': 'amqp10',
        'ack-mode': 'on-confirm',
        ...fieldValues(input, shovel10),
      })),
      letters: { n: 'name' },
    },
    'shovels delete': removal('shovel'),
  }
}

/** Upstreams and links of federation. */
export function federationActions(): Readonly<Record<string, Action>> {
  const declare = parameter('federation-upstream', optionsOf(upstream, ['uri']), (input) =>
    fieldValues(input, upstream),
  )
  return {
    'federation list_all_upstreams': list('name vhost value', () => '/parameters/federation-upstream'),
    'federation declare_upstream': declare,
    'federation declare_upstream_for_queues': declare,
    'federation declare_upstream_for_exchanges': declare,
    'federation delete_upstream': removal('federation-upstream'),
    'federation list_all_links': list('node vhost upstream type status', () => '/federation-links'),
  }
}
