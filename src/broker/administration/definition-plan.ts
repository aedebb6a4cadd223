import { isJsonObject, type JsonObject, type JsonValue } from '../../std/json.ts'

/** What tells things of a category apart. */
const identities: Readonly<Record<string, readonly string[]>> = {
  users: ['name'],
  vhosts: ['name'],
  permissions: ['user', 'vhost'],
  topic_permissions: ['user', 'vhost', 'exchange'],
  parameters: ['component', 'vhost', 'name'],
  global_parameters: ['name'],
  policies: ['vhost', 'name'],
  queues: ['vhost', 'name'],
  exchanges: ['vhost', 'name'],
  bindings: ['vhost', 'source', 'destination', 'destination_type', 'routing_key', 'arguments'],
}

/** One thing that an import would make or change. `changes` names the fields that would be others; values are not told. */
export type PlannedItem = JsonObject & { readonly changes?: readonly string[] }

/** What an import would do, by category. */
export type DefinitionPlan = Readonly<
  Record<string, { readonly create: PlannedItem[]; readonly change: PlannedItem[]; readonly unchanged: number }>
>

/** Compares definitions with those there are. Nothing is ever deleted by an import, so nothing is here. */
export function planDefinitions(given: JsonObject, current: JsonObject, vhost: string | undefined): DefinitionPlan {
  const plan: Record<string, DefinitionPlan[string]> = {}
  for (const [category, keys] of Object.entries(identities)) {
    if (vhost !== undefined && !keys.includes('vhost')) continue
    const known = new Map(objects(current[category]).map((item) => [identityOf(item, keys), item]))
    const planned: DefinitionPlan[string] & { unchanged: number } = { create: [], change: [], unchanged: 0 }
    for (const item of objects(given[category])) {
      const placed = vhost === undefined ? item : { ...item, vhost }
      const identity = Object.fromEntries(keys.map((key) => [key, placed[key] ?? null]))
      const before = known.get(identityOf(placed, keys))
      const changes = before === undefined ? [] : changesOf(before, placed)
      if (before === undefined) planned.create.push(identity)
      else if (changes.length > 0) planned.change.push({ ...identity, changes })
      else planned.unchanged++
    }
    plan[category] = planned
  }
  return plan
}

function changesOf(before: JsonObject, after: JsonObject): string[] {
  return Object.keys(after).filter((key) => canonical(before[key]) !== canonical(after[key]))
}

function identityOf(item: JsonObject, keys: readonly string[]): string {
  return JSON.stringify(keys.map((key) => canonical(item[key])))
}

/** The same text for the same value, in whatever order its fields come; an empty list is an empty object. */
function canonical(value: JsonValue | undefined): string {
  if (Array.isArray(value) && value.length > 0) return `[${value.map(canonical).join()}]`
  if (Array.isArray(value) || value === undefined || value === null) return '{}'
  if (!isJsonObject(value)) return JSON.stringify(value)
  const fields = Object.keys(value).sort()
  return `{${fields.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join()}}`
}

function objects(list: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(list) ? list.filter((item) => isJsonObject(item)) : []
}
