import { readFileSync } from 'node:fs'
import { isJsonObject, type JsonObject, type JsonValue } from '../../../std/json.ts'
import type { BrokerClient } from '../broker-client.ts'
import { type ControlCommands, ControlError, ControlExit, type Given } from '../control-command.ts'

type Plan = Readonly<
  Record<
    string,
    { readonly create: readonly JsonObject[]; readonly change: readonly JsonObject[]; readonly unchanged: number }
  >
>

async function definitionsOf(source: string, broker: BrokerClient, readInput: Given['readInput']): Promise<JsonObject> {
  if (source === 'live') return (await broker.get('definitions')) as JsonObject
  const text = source === '-' ? await readInput() : readFileSync(source, 'utf8')
  try {
    const value = JSON.parse(text.replace(/^\uFEFF/, '')) as JsonValue
    if (isJsonObject(value)) return value
  } catch {
    // Told below.
  }
  throw new ControlError(ControlExit.data, `${source} holds no definitions as JSON`)
}

async function planOf(broker: BrokerClient, definitions: JsonObject): Promise<Plan> {
  return (await broker.ask('POST', ['x', 'definitions', 'plan'], definitions)).body as unknown as Plan
}

function describe(plan: Plan): string {
  const lines = Object.entries(plan).flatMap(([category, { create, change }]) => [
    ...create.map((one) => `+ ${category} ${identity(one)}`),
    ...change.map((one) => `~ ${category} ${identity(one)}`),
  ])
  const unchanged = Object.values(plan).reduce((sum, one) => sum + one.unchanged, 0)
  return `${lines.map((line) => `${line}\n`).join('')}${lines.length} to change, ${unchanged} as they are`
}

function identity(one: JsonObject): string {
  return Object.values(one)
    .map((value) => (typeof value === 'object' ? JSON.stringify(value) : String(value)))
    .join(' ')
}

/** Definitions by category and by what makes each one itself. */
function indexed(definitions: JsonObject): Map<string, string> {
  const found = new Map<string, string>()
  for (const [category, items] of Object.entries(definitions)) {
    if (!Array.isArray(items)) continue
    for (const item of items as readonly JsonObject[]) {
      const names = [
        'vhost',
        'name',
        'user',
        'exchange',
        'source',
        'destination_type',
        'destination',
        'routing_key',
        'component',
      ]
      const isBinding = category === 'bindings'
      const key = [...names.map((name) => item[name] ?? ''), isBinding ? JSON.stringify(item.arguments) : '']
      found.set(
        `${category} ${key
          .filter((part) => part !== '')
          .map(String)
          .join(' ')}`,
        stable(item),
      )
    }
  }
  return found
}

function stable(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(stable).join(',')}]`
  if (!isJsonObject(value)) return JSON.stringify(value)
  return `{${Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${stable(value[key]!)}`)
    .join(',')}}`
}

/** Definitions before they are imported. */
export const planningCommands: ControlCommands = {
  plan: {
    summary: 'Tells what an import of definitions would create and change; changes nothing',
    parameters: ['file | -'],
    run: async (broker, { args: [path], readInput }) => {
      const plan = await planOf(broker, await definitionsOf(path!, broker, readInput))
      return { value: plan as unknown as JsonObject, text: describe(plan) }
    },
  },
  apply: {
    summary: 'Imports definitions and tells what was created and changed',
    parameters: ['file | -'],
    run: async (broker, { args: [path], readInput }) => {
      const definitions = await definitionsOf(path!, broker, readInput)
      const plan = await planOf(broker, definitions)
      await broker.ask('POST', ['definitions'], definitions)
      return { value: plan as unknown as JsonObject, text: `${describe(plan).replace(/to change/, 'changed')}` }
    },
  },
  diff: {
    summary: 'Compares two files of definitions, or one with those of the broker (live); exit code 1 when they differ',
    parameters: ['file | live', 'file | live'],
    run: async (broker, { args, readInput, print }) => {
      const [before, after] = (await Promise.all(args.map((source) => definitionsOf(source, broker, readInput)))) as [
        JsonObject,
        JsonObject,
      ]
      const [left, right] = [indexed(before), indexed(after)]
      const lines = [...new Set([...left.keys(), ...right.keys()])].sort().flatMap((key) => {
        const [was, is] = [left.get(key), right.get(key)]
        if (was === is) return []
        return [was === undefined ? `+ ${key}` : is === undefined ? `- ${key}` : `~ ${key}\n    ${was}\n    ${is}`]
      })
      if (lines.length === 0) return { value: [], text: 'no difference' }
      print(`${lines.join('\n')}\n`)
      throw new ControlError(1, `${lines.length} differences`)
    },
  },
}
