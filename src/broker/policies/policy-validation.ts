import { isJsonObject, type JsonObject, type JsonValue } from '../../std/json.ts'
import { erlangJson, erlangPairs } from '../erlang-json.ts'
import { namePattern } from '../name-pattern.ts'
import { applications, type Policies, type PolicyKind } from './policies.ts'
import { isPolicyValue, type PolicyKey } from './policy-key.ts'

/** A policy before it was checked. */
interface UncheckedPolicy {
  readonly name: string
  readonly pattern: JsonValue | undefined
  readonly definition: JsonValue | undefined
  readonly priority: JsonValue
  readonly applyTo: JsonValue
}

/** What is wrong with a policy, in RabbitMQ's words and order; nothing when it can be set. */
export function policyProblems(policy: UncheckedPolicy, kind: PolicyKind, policies: Policies): readonly string[] {
  const { name, pattern, definition, priority, applyTo } = policy
  const problems = [
    definition === undefined ? missing('definition', name) : definitionProblem(definition, kind, policies),
    applyToProblem(applyTo),
    pattern === undefined ? missing('pattern', name) : patternProblem(pattern),
    typeof priority === 'number' ? undefined : `priority should be a number, actually was ${erlangJson(priority)}`,
  ]
  return problems.filter((problem) => problem !== undefined)
}

function missing(key: string, name: string): string {
  return `Key "${key}" not found in ${name}`
}

function definitionProblem(definition: JsonValue, kind: PolicyKind, policies: Policies): string | undefined {
  if (!isJsonObject(definition)) return `definition must be a dictionary: ${erlangJson(definition)}`
  const entries = Object.entries(definition as JsonObject)
  if (entries.length === 0) return 'no policy provided'
  const known: [PolicyKey, JsonValue][] = []
  const strangers: [string, JsonValue][] = []
  for (const [name, value] of entries) {
    const key = policies.key(name)
    if (key === undefined || (kind === 'operator-policy' && key.merge === undefined)) strangers.push([name, value])
    else known.push([key, value])
  }
  for (const [key, value] of known) {
    const problem = key.validate(value)
    if (problem !== undefined) return problem
    if (!isPolicyValue(value) && !key.ignored) return `${erlangJson(value)} is not a valid ${key.name} value`
  }
  return strangers.length === 0 ? undefined : `${erlangPairs(strangers)} are not recognised policy settings`
}

function applyToProblem(applyTo: JsonValue): string | undefined {
  if (typeof applyTo === 'string' && applications.has(applyTo)) return undefined
  const text = typeof applyTo === 'string' ? applyTo : erlangJson(applyTo)
  return (
    `apply-to '${text}' unrecognised; should be one of: 'queues', 'classic_queues', ` +
    " 'quorum_queues', 'streams', 'exchanges', or 'all'"
  )
}

function patternProblem(pattern: JsonValue): string | undefined {
  if (typeof pattern !== 'string') return `pattern should be a binary but was ${erlangJson(pattern)}`
  try {
    namePattern(pattern)
    return undefined
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return `pattern should be regular expression but is invalid: ${error.message}`
  }
}
