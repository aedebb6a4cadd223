import type { JsonObject, JsonValue } from '../../std/json.ts'
import type { PolicyValue } from '../effective-policy.ts'
import { Fault } from '../fault.ts'
import type { Policies, Policy, PolicyKind } from '../policies/policies.ts'
import { policyProblems } from '../policies/policy-validation.ts'
import type { Actor } from './actor.ts'
import { validationFailed } from './limit-names.ts'
import type { Office } from './office.ts'

/** A policy as it comes, to be checked: nothing of it is believed to have the type it says. */
export interface GivenPolicy {
  readonly pattern: JsonValue | undefined
  readonly definition: JsonValue | undefined
  /** 0 when absent. */
  readonly priority?: JsonValue | undefined
  /** `all` when absent. */
  readonly applyTo?: JsonValue | undefined
}

export interface PolicyPorts {
  readonly office: Office
  readonly policies: Policies
  hasVhost(name: string): boolean
  /** Tells queues and exchanges of a virtual host what policies say of them now. */
  apply(vhost: string, actor: Actor): Promise<void>
}

/** Where policies and operator policies differ. */
interface Wording {
  readonly operations: 'policies' | 'operatorPolicies'
  readonly what: string
  readonly cleared: string
}

const wordings: Readonly<Record<PolicyKind, Wording>> = {
  policy: { operations: 'policies', what: 'policy', cleared: 'policy.cleared' },
  'operator-policy': {
    operations: 'operatorPolicies',
    what: 'operator policy',
    cleared: 'operator.policy.cleared',
  },
}

/** The policies (or the operator policies) of all virtual hosts. A change reaches the queues and exchanges at once. */
export class PolicyAdministration {
  readonly #ports: PolicyPorts
  readonly #office: Office
  readonly #kind: PolicyKind
  readonly #wording: Wording

  constructor(kind: PolicyKind, ports: PolicyPorts) {
    this.#ports = ports
    this.#office = ports.office
    this.#kind = kind
    this.#wording = wordings[kind]
  }

  /** Those of one virtual host, or of all the actor may enter; of highest priority first. */
  async list(actor: Actor, vhost?: string): Promise<readonly Policy[]> {
    const operation = `${this.#wording.operations}.list` as const
    await this.#office.authorize({ operation, actor, ...(vhost === undefined ? {} : { vhost }), resource: {} })
    const found = [...this.#ports.policies.all(this.#kind)].filter(
      (policy) => vhost === undefined || policy.vhost === vhost,
    )
    const permitted = await this.#office.permitted(found, (name) => this.#office.enters(actor, name))
    return permitted.sort((a, b) => b.priority - a.priority)
  }

  async get(actor: Actor, vhost: string, name: string): Promise<Policy | undefined> {
    await this.#office.authorize({ operation: `${this.#wording.operations}.get`, actor, vhost, resource: {} })
    return this.#ports.policies.get(this.#kind, vhost, name)
  }

  /** Throws a Fault('precondition-failed') with RabbitMQ's text for what is wrong with it. Answers whether it is new. */
  set(actor: Actor, vhost: string, name: string, policy: GivenPolicy): Promise<'created' | 'updated'> {
    const operation = `${this.#wording.operations}.set` as const
    return this.#office.carryOut(
      { operation, actor, what: this.#describe(vhost, name), vhost, resource: {} },
      async () => {
        if (!this.#ports.hasVhost(vhost)) throw new Fault('not-found', `Virtual host '${vhost}' does not exist`)
        const { pattern, definition, priority = 0, applyTo = 'all' } = policy
        const problems = policyProblems(
          { name, pattern, definition, priority, applyTo },
          this.#kind,
          this.#ports.policies,
        )
        if (problems.length > 0) throw validationFailed(problems)
        const known = this.#ports.policies.get(this.#kind, vhost, name)
        const checked = {
          kind: this.#kind,
          vhost,
          name,
          pattern: pattern as string,
          applyTo: applyTo as string,
          priority: priority as number,
          definition: definition as Readonly<Record<string, PolicyValue>>,
        } as Policy
        this.#warnOfIgnored(checked)
        this.#ports.policies.set(checked)
        await this.#ports.apply(vhost, actor)
        this.#office.emit('policy.set', actor, {
          name,
          vhost,
          pattern: checked.pattern,
          definition: checked.definition,
          priority: checked.priority,
          'apply-to': checked.applyTo,
        })
        return known === undefined ? 'created' : 'updated'
      },
    )
  }

  /** Throws a Fault('not-found') when there is none. */
  delete(actor: Actor, vhost: string, name: string): Promise<void> {
    const operation = `${this.#wording.operations}.delete` as const
    return this.#office.carryOut(
      { operation, actor, what: this.#describe(vhost, name), vhost, resource: {} },
      async () => {
        const known = this.#ports.policies.get(this.#kind, vhost, name)
        if (known === undefined) throw new Fault('not-found', 'Parameter does not exist')
        this.#ports.policies.delete(known)
        await this.#ports.apply(vhost, actor)
        this.#office.emit(this.#wording.cleared, actor, { name, vhost })
      },
    )
  }

  #warnOfIgnored({ vhost, name, definition }: Policy): void {
    const ignored = Object.keys(definition).filter((key) => this.#ports.policies.key(key)?.ignored)
    if (ignored.length === 0) return
    const what = this.#describe(vhost, name)
    this.#office.logger.warning(`${what} has settings without effect here: ${ignored.join(', ')}`)
  }

  #describe(vhost: string, name: string): string {
    return `${this.#wording.what} '${name}' in vhost '${vhost}'`
  }
}

/** A policy as RabbitMQ's tools have it. */
export function policyJson({ vhost, name, pattern, applyTo, definition, priority }: Policy): JsonObject {
  return { vhost, name, pattern, 'apply-to': applyTo, definition: { ...definition }, priority }
}
