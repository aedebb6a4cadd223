import { applications } from '../broker/policies/policies.ts'
import type {
  DefaultLimits,
  DefaultOperatorPolicy,
  DefaultUser,
  VhostDefaultSettings,
} from '../broker/vhost-defaults.ts'
import { bytes, duration, integer, pattern, text, type ValueKind, word } from './conf-value.ts'
import { type AnySettingRow, settingFamily } from './setting-row.ts'
import type { SettingsDraft } from './settings.ts'

interface Kinds {
  readonly limits: DefaultLimits
  readonly operatorPolicies: DefaultOperatorPolicy
  readonly users: DefaultUser
}

/** What new virtual hosts begin with, by the name that stands for `$id` or `$name`. */
export type VhostDefaultGroups = { readonly [K in keyof Kinds]: ReadonlyMap<string, Kinds[K]> }

const none: VhostDefaultGroups = { limits: new Map(), operatorPolicies: new Map(), users: new Map() }
const all = { configure: '.*', write: '.*', read: '.*' }

/** Where the rows of one kind of default begin, and what it is before a row says otherwise. */
function rowsFor<K extends keyof Kinds>(kind: K, prefix: string, fresh: (name: string) => Kinds[K]) {
  type V = Kinds[K]
  return <T>(key: string, value: ValueKind<T>, meaning: string, change: (before: V, value: T) => V): AnySettingRow =>
    settingFamily(`${prefix}.${key}`, value, { meaning }, (draft: SettingsDraft, values) => {
      const groups = draft.vhostDefaults ?? none
      const group = new Map<string, V>(groups[kind])
      for (const [name, given] of values) group.set(name, change(group.get(name) ?? fresh(name), given))
      draft.vhostDefaults = { ...groups, [kind]: group }
    })
}

const limit = rowsFor('limits', 'default_limits.vhosts.$id', () => ({ vhosts: '.*', limits: {} }))
const policy = rowsFor('operatorPolicies', 'default_policies.operator.$id', (name) => ({
  ...{ name, vhosts: '.*', pattern: '.*', applyTo: 'all', definition: {} },
}))
const user = rowsFor('users', 'default_users.$name', (name) => ({
  ...{ name, vhosts: '.*', password: undefined, tags: [], permissions: all },
}))

const count = integer(0, 2 ** 31)

/** Keys of the operator policy that the value becomes one of. */
const definitionKinds: readonly (readonly [key: string, kind: ValueKind<number>])[] = [
  ['expires', duration],
  ['message_ttl', duration],
  ['max_length', count],
  ['max_length_bytes', bytes()],
  ['max_in_memory_bytes', bytes()],
  ['max_in_memory_length', count],
  ['delivery_limit', integer(-1, 2 ** 31)],
]

const tags: ValueKind<readonly string[]> = {
  name: 'tags by comma',
  parse: (value) =>
    value
      .split(',')
      .map((tag) => tag.trim())
      .filter((tag) => tag !== ''),
}

export const vhostDefaultRows: readonly AnySettingRow[] = [
  limit(
    'pattern',
    pattern,
    'Virtual hosts, when they are made, that these limits are for; the first that match count.',
    (before, vhosts) => {
      return { ...before, vhosts }
    },
  ),
  ...(['max_connections', 'max_queues'] as const).map((key) =>
    limit(key, integer(-1, 2 ** 31), `Their \`${dashed(key)}\`.`, (before, value) => {
      return { ...before, limits: { ...before.limits, [dashed(key)]: value } }
    }),
  ),
  policy(
    'vhost_pattern',
    pattern,
    'Virtual hosts that are given this operator policy when they are made.',
    (before, vhosts) => {
      return { ...before, vhosts }
    },
  ),
  policy('queue_pattern', pattern, 'Names of queues it applies to.', (before, value) => ({
    ...before,
    pattern: value,
  })),
  policy('apply_to', word(...applications.keys()), 'What it applies to.', (before, applyTo) => ({
    ...before,
    applyTo,
  })),
  ...definitionKinds.map(([key, kind]) =>
    policy(key, kind, `Its \`${dashed(key)}\`.`, (before, value) => {
      return { ...before, definition: { ...before.definition, [dashed(key)]: value } }
    }),
  ),
  user(
    'vhost_pattern',
    pattern,
    'Virtual hosts in which this user is given permissions when they are made.',
    (before, vhosts) => {
      return { ...before, vhosts }
    },
  ),
  user(
    'password',
    text,
    'Password of the user where it is new; without one it logs in by certificate or token.',
    (before, password) => {
      return { ...before, password }
    },
  ),
  user('tags', tags, 'Its tags where it is new.', (before, value) => ({ ...before, tags: value })),
  ...(['configure', 'write', 'read'] as const).map((permission) =>
    user(permission, pattern, `What it may ${permission} there, a regular expression on names.`, (before, value) => {
      return { ...before, permissions: { ...before.permissions, [permission]: value } }
    }),
  ),
]

function dashed(key: string): string {
  return key.replaceAll('_', '-')
}

/** What the broker is to know of it. */
export function brokerVhostDefaults(groups: VhostDefaultGroups | undefined): VhostDefaultSettings | undefined {
  const { limits, operatorPolicies, users } = groups ?? none
  if (limits.size + operatorPolicies.size + users.size === 0) return undefined
  return {
    limits: [...limits.values()].filter((one) => Object.keys(one.limits).length > 0),
    operatorPolicies: [...operatorPolicies.values()].filter(({ definition }) => Object.keys(definition).length > 0),
    users: [...users.values()],
  }
}
