import type { JsonObject } from '../../std/json.ts'
import { AdminUsage } from './admin-options.ts'

type Change = (definitions: JsonObject) => JsonObject

function listIn(definitions: JsonObject, name: string): readonly JsonObject[] {
  return (definitions[name] ?? []) as readonly JsonObject[]
}

const emptied =
  (...names: readonly string[]): Change =>
  (definitions) => ({ ...definitions, ...Object.fromEntries(names.map((name) => [name, []])) })

const mirroring = /^ha-/

const transformations: Readonly<Record<string, Change>> = {
  no_op: (definitions) => definitions,
  strip_cmq_keys_from_policies: (definitions) => ({
    ...definitions,
    policies: listIn(definitions, 'policies').map((policy) => ({
      ...policy,
      definition: Object.fromEntries(
        Object.entries(policy.definition as JsonObject).filter(([key]) => !mirroring.test(key)),
      ),
    })),
  }),
  drop_empty_policies: (definitions) => ({
    ...definitions,
    policies: listIn(definitions, 'policies').filter(
      ({ definition }) => Object.keys(definition as JsonObject).length > 0,
    ),
  }),
  obfuscate_usernames: (definitions) => {
    const names = new Map(listIn(definitions, 'users').map(({ name }, index) => [name, `obfuscated-user-${index + 1}`]))
    const renamed = (list: string, field: string) =>
      listIn(definitions, list).map((one) => ({ ...one, [field]: names.get(one[field]!) ?? one[field]! }))
    return {
      ...definitions,
      users: renamed('users', 'name'),
      permissions: renamed('permissions', 'user'),
      topic_permissions: renamed('topic_permissions', 'user'),
    }
  },
  exclude_users: emptied('users'),
  exclude_permissions: emptied('permissions', 'topic_permissions'),
  exclude_runtime_parameters: emptied('parameters'),
  exclude_policies: emptied('policies'),
}

/** Definitions changed as the names say, in their order. Throws an AdminUsage for a name that is none. */
export function transformed(definitions: JsonObject, names: readonly string[]): JsonObject {
  let changed = definitions
  for (const name of names.filter((one) => one !== '')) {
    const change = Object.hasOwn(transformations, name) ? transformations[name] : undefined
    if (change === undefined)
      throw new AdminUsage(`there is no transformation '${name}': ${Object.keys(transformations).join(', ')}`)
    changed = change(changed)
  }
  return changed
}
