import type { DefinitionOf } from '../definition.ts'
import type { Definitions } from '../definitions.ts'
import { type EffectivePolicy, NO_POLICY, type PolicyValue } from '../effective-policy.ts'
import { type NamePattern, namePattern } from '../name-pattern.ts'
import { type PolicyKey, unsupportedKeys } from './policy-key.ts'

/** A policy, or an operator policy. */
export type Policy = DefinitionOf<'policy'> | DefinitionOf<'operator-policy'>
export type PolicyKind = Policy['kind']

/** What policies apply to: exchanges, or queues of one type. */
export interface PolicyTarget {
  readonly kind: 'exchange' | 'queue'
  readonly name: string
  /** Of a queue, as in `x-queue-type`. */
  readonly type: string
}

interface CompiledPolicy {
  readonly policy: Policy
  readonly pattern: NamePattern
}

/** What `apply-to` may be, and whether it means a target. */
export const applications: ReadonlyMap<string, (target: PolicyTarget) => boolean> = new Map<
  string,
  (target: PolicyTarget) => boolean
>([
  ['all', () => true],
  ['queues', ({ kind }) => kind === 'queue'],
  ['classic_queues', ({ kind, type }) => kind === 'queue' && type === 'classic'],
  ['quorum_queues', ({ kind, type }) => kind === 'queue' && type === 'quorum'],
  ['streams', ({ kind, type }) => kind === 'queue' && type === 'stream'],
  ['exchanges', ({ kind }) => kind === 'exchange'],
])

/** The policies of all virtual hosts, kept in the definitions; answers which of them apply to what. */
export class Policies {
  readonly #definitions: Definitions
  readonly #keys = new Map<string, PolicyKey>()
  /** By virtual host, of highest priority first. */
  readonly #compiled: Readonly<Record<PolicyKind, Map<string, CompiledPolicy[]>>> = {
    policy: new Map(),
    'operator-policy': new Map(),
  }

  constructor(definitions: Definitions, keys: readonly PolicyKey[]) {
    this.#definitions = definitions
    for (const key of keys) this.addKey(key)
    for (const policy of definitions.all('policy')) this.#compile(policy)
    for (const policy of definitions.all('operator-policy')) this.#compile(policy)
  }

  addKey(key: PolicyKey): void {
    this.#keys.set(key.name, key)
  }

  removeKey(name: string): void {
    this.#keys.delete(name)
  }

  key(name: string): PolicyKey | undefined {
    return this.#keys.get(name)
  }

  *all(kind: PolicyKind): Iterable<Policy> {
    yield* this.#definitions.all(kind)
  }

  get(kind: PolicyKind, vhost: string, name: string): Policy | undefined {
    return this.#compiled[kind].get(vhost)?.find(({ policy }) => policy.name === name)?.policy
  }

  /** The pattern must be a valid one. */
  set(policy: Policy): void {
    this.#compile(policy)
    this.#definitions.put(policy)
  }

  delete(policy: Policy): void {
    this.#forget(policy)
    this.#definitions.delete(policy)
  }

  /** Which policies apply, and what they say together. */
  effective(vhost: string, target: PolicyTarget): EffectivePolicy {
    const policy = this.#match('policy', vhost, target)
    const operatorPolicy = this.#match('operator-policy', vhost, target)
    if (policy === undefined && operatorPolicy === undefined) return NO_POLICY
    return Object.freeze({
      policy: policy?.name,
      operatorPolicy: operatorPolicy?.name,
      definition: Object.freeze(this.#merge(policy?.definition ?? {}, operatorPolicy?.definition ?? {})),
    })
  }

  #match(kind: PolicyKind, vhost: string, target: PolicyTarget): Policy | undefined {
    const policies = this.#compiled[kind].get(vhost)
    return policies?.find(({ policy, pattern }) => isFor(policy, target) && pattern.matches(target.name))?.policy
  }

  #merge(policy: Policy['definition'], operator: Policy['definition']): Record<string, PolicyValue> {
    const merged: Record<string, PolicyValue> = { ...policy }
    for (const [name, value] of Object.entries(operator)) {
      const own = merged[name]
      merged[name] = own === undefined ? value : this.#join(name, own, value)
    }
    return merged
  }

  #join(name: string, own: PolicyValue, operators: PolicyValue): PolicyValue {
    const merge = this.#keys.get(name)?.merge
    if (typeof own !== 'number' || typeof operators !== 'number') return operators
    // A delivery limit of -1 is none at all, hence the highest.
    if (name === 'delivery-limit' && (own < 0 || operators < 0)) return Math.max(own, operators)
    if (merge === 'lower') return Math.min(own, operators)
    return merge === 'higher' ? Math.max(own, operators) : operators
  }

  #compile(policy: Policy): void {
    this.#forget(policy)
    const ofVhost = this.#compiled[policy.kind]
    const policies = [...(ofVhost.get(policy.vhost) ?? []), { policy, pattern: compiled(policy.pattern) }]
    ofVhost.set(
      policy.vhost,
      policies.sort((a, b) => b.policy.priority - a.policy.priority),
    )
  }

  #forget({ kind, vhost, name }: Policy): void {
    const policies = this.#compiled[kind].get(vhost)?.filter(({ policy }) => policy.name !== name)
    if (policies === undefined) return
    if (policies.length === 0) this.#compiled[kind].delete(vhost)
    else this.#compiled[kind].set(vhost, policies)
  }
}

function isFor(policy: Policy, target: PolicyTarget): boolean {
  if (!applications.get(policy.applyTo)?.(target)) return false
  const unsupported = target.kind === 'queue' ? unsupportedKeys.get(target.type) : undefined
  return unsupported === undefined || !Object.keys(policy.definition).some((key) => unsupported.has(key))
}

/** What is set is checked then; a pattern that was in the definitions all the same matches nothing. */
function compiled(pattern: string): NamePattern {
  try {
    // Of a policy the empty pattern means every name.
    return pattern === '' ? namePattern('.*') : namePattern(pattern)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return { source: pattern, matches: () => false }
  }
}
