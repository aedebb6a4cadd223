import type { JsonValue } from '../../std/json.ts'
import { erlangJson, erlangPairs } from '../erlang-json.ts'
import { Fault } from '../fault.ts'
import type { Limits } from '../users.ts'

/** What may be limited. */
export const limitNames = {
  user: ['max-connections', 'max-channels'],
  vhost: ['max-connections', 'max-queues'],
} as const

/** What is wrong with limits, in RabbitMQ's words. */
export function limitProblems(
  name: string,
  of: keyof typeof limitNames,
  limits: Readonly<Record<string, unknown>>,
): readonly string[] {
  const known: readonly string[] = limitNames[of]
  const entries = Object.entries(limits) as [string, JsonValue][]
  const strangers = entries.filter(([limit]) => !known.includes(limit))
  const problems = entries
    .filter(([limit, value]) => known.includes(limit) && !Number.isSafeInteger(value))
    .map(([limit, value]) => `${limit} should be a number, actually was ${erlangJson(value)}`)
  return strangers.length === 0 ? problems : [`Unrecognised terms ${erlangPairs(strangers)} in ${name}`, ...problems]
}

/** Throws a Fault for limits that are none. */
export function checkLimits(
  name: string,
  of: keyof typeof limitNames,
  limits: Readonly<Record<string, unknown>>,
): Limits {
  const problems = limitProblems(name, of, limits)
  if (problems.length > 0) throw validationFailed(problems)
  return limits as Limits
}

/** RabbitMQ's text for what was checked and found wrong. */
export function validationFailed(problems: readonly string[]): Fault {
  return new Fault('precondition-failed', `Validation failed\n\n${problems.join('\n')}\n`)
}
