import {
  type AuthenticatedUser,
  type Authorization,
  backendError,
  explained,
  type ResourceQuestion,
  Undecided,
  type Verdict,
} from './authenticator.ts'
import { Fault, type FaultKind } from './fault.ts'
import { type AccessKind, type Authorizer, permissionName } from './permission.ts'
import { describe, type ResourceKind } from './resource.ts'
import type { TopicVariables } from './topic-pattern.ts'

/** What was allowed is remembered of so many things, then asked anew. */
const GRANTED_MAX = 64

/** One question to every backend of a user. */
interface Question {
  /** The text of a refusal, without a backend's reason. */
  readonly refusal: string
  readonly fault: FaultKind
  ask(authorization: Authorization): Verdict | Promise<Verdict>
}

/**
 * Authorizes one user in one virtual host by asking backends, each of which has to allow it. What takes its time is
 * asked once, whoever waits: the operation is told to come again (`Undecided`), and then finds the answer.
 */
export class BackendAuthorizer implements Authorizer {
  readonly #user: AuthenticatedUser
  readonly #vhost: string
  readonly #variables: TopicVariables
  readonly #granted = new Set<string>()
  /** Questions that backends think about. */
  readonly #asked = new Map<string, Undecided>()
  /** Refusals nobody has been told of yet. Told once, and then asked anew. */
  readonly #refused = new Map<string, Fault>()

  /** `variables` are what patterns on routing keys may refer to beside `username` and `vhost`. */
  constructor(user: AuthenticatedUser, vhost: string, variables: TopicVariables = {}) {
    this.#user = user
    this.#vhost = vhost
    this.#variables = variables
  }

  require(access: AccessKind, kind: ResourceKind, name: string): void {
    const permitted = permissionName(kind, name)
    const question: ResourceQuestion = { vhost: this.#vhost, kind, name: permitted, access }
    this.#require(`${access} ${kind} ${permitted}`, {
      refusal: `${access} access to ${describe(kind, permitted, this.#vhost)} refused for user '${this.#user.name}'`,
      fault: 'access-refused',
      ask: (authorization) => authorization.resource(question),
    })
  }

  requireAny(kind: ResourceKind, name: string): void {
    let refusal: unknown
    for (const access of ['configure', 'write', 'read'] as const) {
      try {
        return this.require(access, kind, name)
      } catch (error) {
        if (!(error instanceof Fault)) throw error
        refusal = error
      }
    }
    throw refusal
  }

  requireTopic(access: 'write' | 'read', exchange: string, routingKey: string): void {
    const { name } = this.#user
    const vhost = this.#vhost
    const variables = { username: name, vhost, ...this.#variables }
    const resource = `topic '${routingKey}' in exchange '${exchange}' in vhost '${vhost}'`
    this.#require(`${access} topic ${exchange.length} ${exchange} ${routingKey}`, {
      refusal: `${access} access to ${resource} refused for user '${name}'`,
      fault: 'access-refused',
      ask: (authorization) => authorization.topic({ vhost, exchange, access, routingKey, variables }),
    })
  }

  #require(key: string, question: Question): void {
    if (this.#granted.has(key)) return
    const refused = this.#refused.get(key)
    if (refused !== undefined) {
      this.#refused.delete(key)
      throw refused
    }
    const asked = this.#asked.get(key)
    if (asked !== undefined) throw asked
    const decision = decide(this.#user.authorizations, question)
    if (decision === undefined) return this.#grant(key)
    const undecided = new Undecided(this.#await(key, decision))
    this.#asked.set(key, undecided)
    throw undecided
  }

  async #await(key: string, decision: Promise<void>): Promise<void> {
    try {
      await decision
      this.#grant(key)
    } catch (error) {
      this.#refused.set(key, error as Fault)
    }
    this.#asked.delete(key)
  }

  #grant(key: string): void {
    if (this.#granted.size >= GRANTED_MAX) this.#granted.clear()
    this.#granted.add(key)
  }
}

/** Whether the user may enter the virtual host; throws a Fault, or rejects with one, when not. */
export function decideVhost(user: AuthenticatedUser, vhost: string): Promise<void> | undefined {
  return decide(user.authorizations, {
    refusal: `access to vhost '${vhost}' refused for user '${user.name}'`,
    fault: 'not-allowed',
    ask: (authorization) => authorization.vhost(vhost),
  })
}

/** Asks one after the other until one refuses. Throws at once, answers at once (undefined), or promises to. */
function decide(authorizations: readonly Authorization[], question: Question): Promise<void> | undefined {
  for (const [index, authorization] of authorizations.entries()) {
    const verdict = question.ask(authorization)
    if (verdict instanceof Promise) return decideLater(authorizations.slice(index), verdict, question)
    check(verdict, authorization, question)
  }
  // No backend at all must never mean that all is allowed.
  if (authorizations.length === 0) throw new Fault(question.fault, question.refusal)
  return undefined
}

async function decideLater(
  authorizations: readonly Authorization[],
  first: Promise<Verdict>,
  question: Question,
): Promise<void> {
  for (const [index, authorization] of authorizations.entries()) {
    let verdict: Verdict
    try {
      verdict = await (index === 0 ? first : question.ask(authorization))
    } catch (error) {
      throw new Fault(question.fault, backendError(question.refusal, authorization.backend, error as Error))
    }
    check(verdict, authorization, question)
  }
}

function check(verdict: Verdict, authorization: Authorization, question: Question): void {
  if (verdict !== 'allowed') {
    throw new Fault(question.fault, explained(question.refusal, authorization.backend, verdict))
  }
}
