import { type Action, quote } from './action.ts'
import { path } from './request.ts'

/** A policy or an operator policy. */
export interface Policy {
  readonly vhost: string
  readonly name: string
  readonly pattern: string
  readonly 'apply-to': string
  readonly definition: Readonly<Record<string, unknown>>
  readonly priority: number
}

/** Which of the two. */
export type PolicyKind = 'policies' | 'operator-policies'

/** What policies may apply to. */
export const appliesTo = ['queues', 'classic_queues', 'quorum_queues', 'streams', 'exchanges', 'all'] as const

/** Keys policies may have, with an example of a value; operator policies have fewer. */
export const policyKeys: Readonly<Record<string, string>> = {
  'message-ttl': '60000',
  expires: '3600000',
  'max-length': '10000',
  'max-length-bytes': '1000000',
  overflow: 'drop-head',
  'dead-letter-exchange': '',
  'dead-letter-routing-key': '',
  'dead-letter-strategy': 'at-most-once',
  'delivery-limit': '20',
  'consumer-timeout': '1800000',
  'max-age': '7D',
  'stream-max-segment-size-bytes': '500000000',
  'alternate-exchange': '',
}

/** Those of operator policies. */
export const operatorKeys = ['message-ttl', 'expires', 'max-length', 'max-length-bytes', 'overflow', 'delivery-limit']

/** What was typed for a key: a number where it is one. */
export function policyValue(text: string): unknown {
  return /^-?\d+$/.test(text) ? Number(text) : text === 'true' ? true : text === 'false' ? false : text
}

const commands = { policies: 'policy', 'operator-policies': 'operator_policy' } as const

/** Makes or changes a policy. */
export function setPolicy(kind: PolicyKind, { vhost, name, ...body }: Policy): Action {
  const { pattern, priority, definition } = body
  return {
    method: 'PUT',
    path: `/${kind}${path`/${vhost}/${name}`}`,
    body,
    cli: `set_${commands[kind]} -p ${quote(vhost)} --priority ${priority} --apply-to ${body['apply-to']} ${[name, pattern, JSON.stringify(definition)].map(quote).join(' ')}`,
  }
}

/** Deletes it. */
export function deletePolicy(kind: PolicyKind, { vhost, name }: Pick<Policy, 'vhost' | 'name'>): Action {
  return {
    method: 'DELETE',
    path: `/${kind}${path`/${vhost}/${name}`}`,
    cli: `clear_${commands[kind]} -p ${quote(vhost)} ${quote(name)}`,
  }
}
