import { readFileSync, writeFileSync } from 'node:fs'
import type { JsonObject } from '../../std/json.ts'
import { type Action, type ActionInput, deed, list } from './admin-action.ts'
import { AdminUsage } from './admin-options.ts'
import { AdminFailure } from './admin-session.ts'
import { transformed } from './definition-transformations.ts'
import { federationActions, shovelActions } from './link-actions.ts'

function json({ session }: ActionInput, text: string | undefined): JsonObject {
  return text === undefined ? {} : (session.parse(text) as JsonObject)
}

const isTrue = (text: string | undefined, otherwise: boolean): boolean =>
  text === undefined ? otherwise : text === 'true'

const queue: Action = deed(
  'PUT',
  ['name*', 'type', 'durable', 'auto-delete', 'arguments'],
  ({ path, session, options }) => path('queues', session.vhost, options.name!),
  (input) => ({
    durable: isTrue(input.options.durable, true),
    auto_delete: isTrue(input.options['auto-delete'], false),
    arguments: { ...json(input, input.options.arguments), 'x-queue-type': input.options.type ?? 'classic' },
  }),
)
const stream: Action = deed(
  'PUT',
  ['name*', 'expiration*', 'max-length-bytes', 'stream-max-segment-size-bytes', 'arguments'],
  ({ path, session, options }) => path('queues', session.vhost, options.name!),
  (input) => {
    const { expiration, 'max-length-bytes': bytes, 'stream-max-segment-size-bytes': segment } = input.options
    return {
      durable: true,
      arguments: {
        ...json(input, input.options.arguments),
        'x-queue-type': 'stream',
        'x-max-age': expiration!,
        ...(bytes === undefined ? {} : { 'x-max-length-bytes': Number(bytes) }),
        ...(segment === undefined ? {} : { 'x-stream-max-segment-size-bytes': Number(segment) }),
      },
    }
  },
)
const exchange: Action = deed(
  'PUT',
  ['name*', 'type', 'durable', 'auto-delete', 'arguments'],
  ({ path, session, options }) => path('exchanges', session.vhost, options.name!),
  (input) => ({
    type: input.options.type ?? 'direct',
    durable: isTrue(input.options.durable, true),
    auto_delete: isTrue(input.options['auto-delete'], false),
    arguments: json(input, input.options.arguments),
  }),
)
const bindingOptions = ['source*', 'destination-type*', 'destination*', 'routing-key*', 'arguments']
const bindingPath = ({ path, session, options }: ActionInput): string =>
  path('bindings', session.vhost, 'e', options.source!, options['destination-type']!.slice(0, 1), options.destination!)
const bind: Action = deed('POST', bindingOptions, bindingPath, (input) => ({
  routing_key: input.options['routing-key']!,
  arguments: json(input, input.options.arguments),
}))
const unbind: Action = {
  options: bindingOptions,
  run: async (input) => {
    const { session, options } = input
    const found = JSON.parse(await session.ask('GET', bindingPath(input))) as readonly JsonObject[]
    const wanted = JSON.stringify(json(input, options.arguments))
    const one = found.find(
      ({ routing_key: key, arguments: given }) => key === options['routing-key'] && JSON.stringify(given) === wanted,
    )
    if (one === undefined) throw new AdminFailure(404, 'Not found: there is no such binding')
    await session.ask('DELETE', `${bindingPath(input)}/${encodeURIComponent(String(one.properties_key))}`)
    return undefined
  },
}

const policyOptions = ['name*', 'pattern*', 'apply-to*', 'priority', 'definition*']
const policy = (kind: string): Action =>
  deed(
    'PUT',
    policyOptions,
    ({ path, session, options }) => path(kind, session.vhost, options.name!),
    (input) => ({
      pattern: input.options.pattern!,
      'apply-to': input.options['apply-to']!,
      priority: Number(input.options.priority ?? 0),
      definition: json(input, input.options.definition),
    }),
  )

/** Changes the definitions of policies; one that would become empty stays as it is. */
function policyChange(
  options: readonly string[],
  change: (definition: JsonObject, input: ActionInput) => JsonObject,
): Action {
  return {
    options,
    run: async (input) => {
      const { session, path, options: given } = input
      const all = JSON.parse(await session.ask('GET', path('policies', session.vhost))) as readonly JsonObject[]
      const chosen = all.filter(({ name }) => given.name === undefined || name === given.name)
      if (chosen.length === 0 && given.name !== undefined)
        throw new AdminFailure(404, `Not found: policy ${given.name}`)
      for (const one of chosen) {
        const definition = change(one.definition as JsonObject, input)
        if (Object.keys(definition).length === 0) continue
        await session.ask(
          'PUT',
          path('policies', session.vhost, String(one.name)),
          JSON.stringify({ ...one, definition }),
        )
      }
      return undefined
    },
  }
}
const without = (definition: JsonObject, { options }: ActionInput): JsonObject =>
  Object.fromEntries(Object.entries(definition).filter(([key]) => key !== options['definition-key']))
const updated = (definition: JsonObject, { options, session }: ActionInput): JsonObject => ({
  ...definition,
  [options['definition-key']!]: session.parse(options['new-value']!),
})

const user: Action = deed(
  'PUT',
  ['name*', 'password-hash', 'password', 'tags'],
  ({ path, options }) => path('users', options.name!),
  ({ options: { password, 'password-hash': hash, tags = '' } }) => ({
    tags,
    ...(hash ? { password_hash: hash } : { password: password ?? '' }),
  }),
)
const gone = ['name*', 'idempotently!']
const remove = (kind: string): Action =>
  deed('DELETE', gone, ({ path, session, options }) => path(kind, session.vhost, options.name!))
const inVhost =
  (kind: string) =>
  ({ path, session }: ActionInput) =>
    path(kind, session.vhost)
const everywhere = (kind: string) => () => `/${kind}`
const named =
  (kind: string) =>
  ({ path, options }: ActionInput) =>
    path(kind, options.name!)
const health = (name: string, option?: string): Action =>
  list(
    'status',
    ({ path, options }) => path('health', 'checks', name, ...(option === undefined ? [] : [options[option]!])),
    option === undefined ? [] : [`${option}*`],
  )

const publish: Action = {
  options: ['routing-key', 'exchange', 'payload', 'properties'],
  letters: { k: 'routing-key', e: 'exchange', m: 'payload', p: 'properties' },
  run: async (input) => {
    const { session, options, path } = input
    const place = path('exchanges', session.vhost, options.exchange || 'amq.default', 'publish')
    const body = {
      routing_key: options['routing-key'] ?? '',
      payload: options.payload ?? 'test',
      payload_encoding: 'string',
      properties: json(input, options.properties),
    }
    const { routed } = JSON.parse(await session.ask('POST', place, JSON.stringify(body))) as { routed: boolean }
    return { text: routed ? 'Message published\n' : 'Message published but NOT routed\n' }
  },
}
const get: Action = {
  options: ['queue*', 'count', 'ack-mode'],
  letters: { q: 'queue', c: 'count', a: 'ack-mode' },
  run: async ({ session, options, path }) => {
    const body = {
      count: Number(options.count ?? 1),
      ackmode: options['ack-mode'] ?? 'ack_requeue_false',
      encoding: 'auto',
    }
    const found = await session.ask('POST', path('queues', session.vhost, options.queue!, 'get'), JSON.stringify(body))
    const columns = 'payload_bytes redelivered exchange routing_key message_count properties payload payload_encoding'
    return { columns: columns.split(' '), rows: JSON.parse(found) as readonly JsonObject[] }
  },
}

function exporting(where: (input: ActionInput) => string): Action {
  return {
    options: ['file', 'stdout!', 'transformations'],
    letters: { t: 'transformations' },
    run: async (input) => {
      const { file = '-', transformations = '' } = input.options
      const definitions = JSON.parse(await input.session.ask('GET', where(input))) as JsonObject
      const text = `${JSON.stringify(transformed(definitions, transformations.split(',')), undefined, 2)}\n`
      if (file === '-') return { text }
      writeFileSync(file, text)
      return undefined
    },
  }
}
function importing(where: (input: ActionInput) => string): Action {
  return {
    options: ['file', 'stdin!'],
    run: async (input) => {
      const { file, stdin } = input.options
      if (file === undefined && stdin === undefined) throw new AdminUsage('name a --file, or --stdin')
      const bytes = file === undefined || file === '-' ? await input.session.readInputBytes() : readFileSync(file)
      await input.session.ask('POST', where(input), bytes.toString('utf8'))
      return undefined
    },
  }
}

const memory = (relative: boolean): Action => ({
  options: ['node*'],
  run: async ({ session, options, path }) => {
    const place = path('nodes', options.node!, 'memory', ...(relative ? ['relative'] : []))
    const { memory: found } = JSON.parse(await session.ask('GET', place)) as { memory: JsonObject }
    return { columns: ['key', 'value'], rows: Object.entries(found).map(([key, value]) => ({ key, value })) }
  },
})

/** What the second generation can do, by group and verb. */
export const secondGenerationActions: Readonly<Record<string, Action>> = {
  'bindings declare': bind,
  'bindings delete': unbind,
  'bindings list': list(
    'source vhost destination destination_type routing_key arguments properties_key',
    inVhost('bindings'),
  ),
  'exchanges bind': bind,
  'exchanges unbind': unbind,
  'exchanges declare': exchange,
  'exchanges delete': remove('exchanges'),
  'exchanges list': list('name vhost type durable auto_delete arguments', inVhost('exchanges')),
  'queues declare': queue,
  'queues delete': remove('queues'),
  'queues list': list('name vhost type durable auto_delete messages consumers arguments', inVhost('queues')),
  'queues purge': deed('DELETE', ['name*'], ({ path, session, options }) =>
    path('queues', session.vhost, options.name!, 'contents'),
  ),
  'queues rebalance': deed('POST', [], everywhere('rebalance/queues')),
  'streams declare': stream,
  'vhosts declare': deed(
    'PUT',
    ['name*', 'default-queue-type', 'description', 'tracing!'],
    named('vhosts'),
    ({ options }) => ({
      ...(options.description === undefined ? {} : { description: options.description }),
      ...(options['default-queue-type'] === undefined ? {} : { default_queue_type: options['default-queue-type'] }),
      tracing: options.tracing !== undefined,
    }),
  ),
  'vhosts delete': deed('DELETE', gone, named('vhosts')),
  'vhosts list': list('name description tags default_queue_type tracing', everywhere('vhosts')),
  'users declare': user,
  'users delete': deed('DELETE', gone, named('users')),
  'users list': list('name password_hash tags', everywhere('users')),
  'users permissions': list('user vhost configure read write', everywhere('permissions')),
  'users connections': {
    ...list('name vhost state', ({ path, options }) => path('connections', 'username', options.username!), [
      'username*',
    ]),
    letters: { u: 'username' },
  },
  'users limits': list(
    'user value',
    ({ path, options }) => path('user-limits', ...(options.user === undefined ? [] : [options.user])),
    ['user'],
  ),
  'permissions declare': deed(
    'PUT',
    ['user*', 'configure*', 'read*', 'write*'],
    ({ path, session, options }) => path('permissions', session.vhost, options.user!),
    ({ options: { configure, read, write } }) => ({ configure: configure!, read: read!, write: write! }),
  ),
  'permissions delete': deed('DELETE', ['user*', 'idempotently!'], ({ path, session, options }) =>
    path('permissions', session.vhost, options.user!),
  ),
  'permissions list': list('user vhost configure read write', everywhere('permissions')),
  'connections list': list('name node user vhost state protocol channels', everywhere('connections')),
  'connections close': deed('DELETE', ['name*'], named('connections')),
  'user_connections close': {
    ...deed('DELETE', ['username*'], ({ path, options }) => path('connections', 'username', options.username!)),
    letters: { u: 'username' },
  },
  'user_connections list': {
    ...list('name vhost state', ({ path, options }) => path('connections', 'username', options.username!), [
      'username*',
    ]),
    letters: { u: 'username' },
  },
  'channels list': list(
    'name vhost user state consumer_count prefetch_count messages_unacknowledged',
    everywhere('channels'),
  ),
  'consumers list': list(
    'consumer_tag queue active ack_required prefetch_count exclusive arguments',
    inVhost('consumers'),
  ),
  'parameters list': list(
    'component name vhost value',
    ({ path, session, options }) =>
      options.component === undefined ? '/parameters' : path('parameters', options.component, session.vhost),
    ['component'],
  ),
  'parameters list_all': list('component name vhost value', everywhere('parameters')),
  'parameters list_in': list(
    'component name vhost value',
    ({ path, session, options }) => path('parameters', options.component!, session.vhost),
    ['component*'],
  ),
  ...parameterActions(),
  'global_parameters list': list('name value', everywhere('global-parameters')),
  'global_parameters set': deed('PUT', ['name*', 'value*'], named('global-parameters'), ({ options, session }) => ({
    name: options.name!,
    value: session.parse(options.value!),
  })),
  'global_parameters clear': deed('DELETE', ['name*'], named('global-parameters')),
  'policies declare': policy('policies'),
  'policies delete': remove('policies'),
  'policies list': list('name vhost pattern apply-to priority definition', everywhere('policies')),
  'policies list_in': list('name vhost pattern apply-to priority definition', inVhost('policies'), ['apply-to']),
  'policies delete_definition_key': policyChange(['name*', 'definition-key*'], without),
  'policies delete_definition_key_from_all_in': policyChange(['definition-key*'], without),
  'policies update_definition': policyChange(['name*', 'definition-key*', 'new-value*'], updated),
  'policies update_definitions_of_all_in': policyChange(['definition-key*', 'new-value*'], updated),
  'policies list_matching_object': {
    options: ['name*', 'type*'],
    run: async (input) => {
      const columns = ['name', 'vhost', 'pattern', 'apply-to', 'priority', 'definition']
      const all = JSON.parse(await input.session.ask('GET', inVhost('policies')(input))) as readonly JsonObject[]
      const { name, type } = input.options
      const rows = all.filter(
        (one) => ['all', type].includes(String(one['apply-to'])) && new RegExp(String(one.pattern)).test(name!),
      )
      return { columns, rows }
    },
  },
  'operator_policies declare': policy('operator-policies'),
  'operator_policies delete': remove('operator-policies'),
  'operator_policies list': list('name vhost pattern apply-to priority definition', everywhere('operator-policies')),
  'vhost_limits declare': deed(
    'PUT',
    ['name*', 'value*'],
    ({ path, session, options }) => path('vhost-limits', session.vhost, options.name!),
    ({ options }) => ({ value: Number(options.value) }),
  ),
  'vhost_limits delete': remove('vhost-limits'),
  'vhost_limits list': list('vhost value', everywhere('vhost-limits')),
  'user_limits declare': deed(
    'PUT',
    ['user*', 'name*', 'value*'],
    ({ path, options }) => path('user-limits', options.user!, options.name!),
    ({ options }) => ({ value: Number(options.value) }),
  ),
  'user_limits delete': deed('DELETE', ['user*', 'name*'], ({ path, options }) =>
    path('user-limits', options.user!, options.name!),
  ),
  'user_limits list': list(
    'user value',
    ({ path, options }) => path('user-limits', ...(options.user === undefined ? [] : [options.user])),
    ['user'],
  ),
  'feature_flags list': list('name state stability provided_by desc', everywhere('feature-flags')),
  'feature_flags enable': deed(
    'PUT',
    ['name*'],
    ({ path, options }) => path('feature-flags', options.name!, 'enable'),
    ({ options }) => ({ name: options.name! }),
  ),
  'feature_flags enable_all': list('name state', everywhere('feature-flags')),
  'deprecated_features list': list('name deprecation_phase state desc', everywhere('deprecated-features')),
  'deprecated_features list_used': list('name deprecation_phase state', everywhere('deprecated-features/used')),
  'deprecated_features_in_use list': list('name deprecation_phase state', everywhere('deprecated-features/used')),
  'nodes list': list('name uptime run_queue processors os_pid fd_total mem_limit', everywhere('nodes')),
  'nodes memory_breakdown_in_bytes': memory(false),
  'nodes memory_breakdown_in_percent': memory(true),
  'show memory_breakdown_in_bytes': memory(false),
  'show memory_breakdown_in_percent': memory(true),
  'show overview': list(
    'product_name product_version rabbitmq_version cluster_name node queue_totals object_totals',
    everywhere('overview'),
  ),
  'show churn': list('churn_rates', everywhere('overview')),
  'show endpoint': {
    options: [],
    run: async ({ session }) => ({
      text: `${session.values['base-uri'] ?? `http://${session.host}:${session.values.port ?? '15672'}`}/api\n`,
    }),
  },
  'health_check local_alarms': health('local-alarms'),
  'health_check cluster_wide_alarms': health('alarms'),
  'health_check node_is_quorum_critical': health('node-is-quorum-critical'),
  'health_check deprecated_features_in_use': list('name', everywhere('deprecated-features/used')),
  'health_check port_listener': health('port-listener', 'port'),
  'health_check protocol_listener': health('protocol-listener', 'protocol'),
  'definitions export': exporting(everywhere('definitions')),
  'definitions export_from_vhost': exporting(inVhost('definitions')),
  'definitions import': importing(everywhere('definitions')),
  'definitions import_into_vhost': importing(inVhost('definitions')),
  'publish message': publish,
  'get messages': get,
  'get message': get,
  ...shovelActions(),
  ...federationActions(),
}

function parameterActions(): Readonly<Record<string, Action>> {
  const where = ({ path, session, options }: ActionInput): string =>
    path('parameters', options.component!, session.vhost, options.name!)
  const set = deed('PUT', ['name*', 'component*', 'value*'], where, ({ options, session }) => ({
    component: options.component!,
    name: options.name!,
    vhost: session.vhost,
    value: session.parse(options.value!),
  }))
  const clear = deed('DELETE', ['name*', 'component*'], where)
  return { 'parameters set': set, 'parameters declare': set, 'parameters clear': clear, 'parameters delete': clear }
}
