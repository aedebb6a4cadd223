import { randomBytes } from 'node:crypto'
import type { TestContext } from 'node:test'
import { internalActor } from '../../src/broker/administration/actor.ts'
import type { Administration } from '../../src/broker/administration/administration.ts'
import type { JsonObject, JsonValue } from '../../src/std/json.ts'
import type { RunningBroker } from './broker.ts'
import { brokerUrl, loginOf } from './target.ts'

/** A policy as tests write it. */
export interface PolicyContent {
  readonly pattern: JsonValue
  readonly definition: JsonValue
  readonly applyTo?: JsonValue
  readonly priority?: JsonValue
}

/** What is to be known of a virtual host. */
interface VhostContent {
  readonly description?: string
  readonly default_queue_type?: string
  readonly tracing?: boolean
}

/**
 * Who administers the broker under test: through `Broker.administration` where it is ours, else through the HTTP API
 * of RabbitMQ on port 15672 of its host. A refusal is an Error with the reason as its message.
 */
export interface Operator {
  putUser(name: string, password: string, tags?: readonly string[]): Promise<void>
  deleteUser(name: string): Promise<void>
  setPermissions(
    user: string,
    vhost: string,
    permission: { configure: string; write: string; read: string },
  ): Promise<void>
  clearPermissions(user: string, vhost: string): Promise<void>
  setTopicPermissions(
    user: string,
    vhost: string,
    topic: { exchange: string; write: string; read: string },
  ): Promise<void>
  clearTopicPermissions(user: string, vhost: string): Promise<void>
  putVhost(name: string, metadata?: VhostContent): Promise<void>
  deleteVhost(name: string): Promise<void>
  setPolicy(kind: PolicyKindName, vhost: string, name: string, policy: PolicyContent): Promise<void>
  clearPolicy(kind: PolicyKindName, vhost: string, name: string): Promise<void>
  setVhostLimit(vhost: string, limit: string, value: JsonValue): Promise<void>
  setUserLimit(user: string, limit: string, value: JsonValue): Promise<void>
  setParameter(component: string, vhost: string, name: string, value: JsonValue): Promise<void>
  exportDefinitions(vhost?: string): Promise<JsonObject>
  importDefinitions(definitions: JsonObject, vhost?: string): Promise<void>
}

export type PolicyKindName = 'policies' | 'operator-policies'

/** The operator of the broker under test. */
export function operatorOf(broker: RunningBroker): Operator {
  if (brokerUrl !== undefined) return new HttpOperator(brokerUrl)
  return new CoreOperator((broker as RunningBroker & { administration: Administration }).administration)
}

/** A virtual host of its own for one test, gone with it. */
export async function ownVhost(t: TestContext, operator: Operator): Promise<string> {
  const name = `vhost-${randomBytes(6).toString('hex')}`
  await operator.putVhost(name)
  await operator.setPermissions('guest', name, { configure: '.*', write: '.*', read: '.*' })
  t.after(() => operator.deleteVhost(name).catch(() => {}))
  return name
}

/** A user of its own for one test, gone with it; its password is its name. */
export async function ownUser(t: TestContext, operator: Operator, tags: readonly string[] = []): Promise<string> {
  const name = `user-${randomBytes(6).toString('hex')}`
  await operator.putUser(name, name, tags)
  t.after(() => operator.deleteUser(name).catch(() => {}))
  return name
}

class CoreOperator implements Operator {
  readonly #administration: Administration
  readonly #actor = internalActor('test')

  constructor(administration: Administration) {
    this.#administration = administration
  }

  async putUser(name: string, password: string, tags: readonly string[] = []): Promise<void> {
    await this.#administration.users.put(this.#actor, name, { password: { password }, tags })
  }

  deleteUser(name: string): Promise<void> {
    return this.#administration.users.delete(this.#actor, name)
  }

  setPermissions(user: string, vhost: string, permission: { configure: string; write: string; read: string }) {
    return this.#administration.permissions.set(this.#actor, user, vhost, permission)
  }

  clearPermissions(user: string, vhost: string): Promise<void> {
    return this.#administration.permissions.clear(this.#actor, user, vhost)
  }

  setTopicPermissions(user: string, vhost: string, topic: { exchange: string; write: string; read: string }) {
    return this.#administration.permissions.setTopic(this.#actor, { user, vhost, exchange: topic.exchange }, topic)
  }

  clearTopicPermissions(user: string, vhost: string): Promise<void> {
    return this.#administration.permissions.clearTopic(this.#actor, { user, vhost })
  }

  async putVhost(name: string, metadata: VhostContent = {}): Promise<void> {
    const { description, default_queue_type: defaultQueueType, tracing } = metadata
    await this.#administration.vhosts.put(this.#actor, name, {
      ...(description === undefined ? {} : { description }),
      ...(defaultQueueType === undefined ? {} : { defaultQueueType }),
      ...(tracing === undefined ? {} : { tracing }),
    })
  }

  deleteVhost(name: string): Promise<void> {
    return this.#administration.vhosts.delete(this.#actor, name)
  }

  async setPolicy(kind: PolicyKindName, vhost: string, name: string, policy: PolicyContent): Promise<void> {
    await this.#room(kind).set(this.#actor, vhost, name, policy)
  }

  clearPolicy(kind: PolicyKindName, vhost: string, name: string): Promise<void> {
    return this.#room(kind).delete(this.#actor, vhost, name)
  }

  setVhostLimit(vhost: string, limit: string, value: JsonValue): Promise<void> {
    return this.#administration.vhosts.setLimits(this.#actor, vhost, { [limit]: value })
  }

  setUserLimit(user: string, limit: string, value: JsonValue): Promise<void> {
    return this.#administration.users.setLimits(this.#actor, user, { [limit]: value })
  }

  async setParameter(component: string, vhost: string, name: string, value: JsonValue): Promise<void> {
    await this.#administration.parameters.set(this.#actor, { component, vhost, name, value })
  }

  exportDefinitions(vhost?: string): Promise<JsonObject> {
    return this.#administration.definitions.export(this.#actor, vhost)
  }

  async importDefinitions(definitions: JsonObject, vhost?: string): Promise<void> {
    await this.#administration.definitions.import(this.#actor, definitions, vhost)
  }

  #room(kind: PolicyKindName) {
    return kind === 'policies' ? this.#administration.policies : this.#administration.operatorPolicies
  }
}

class HttpOperator implements Operator {
  readonly #root: string
  readonly #authorization: string

  constructor(url: string) {
    const { host, user, password } = loginOf(url)
    this.#root = `http://${host}:15672/api`
    this.#authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  }

  putUser(name: string, password: string, tags: readonly string[] = []): Promise<void> {
    return this.#put(['users', name], { password, tags: tags.join(',') })
  }

  deleteUser(name: string): Promise<void> {
    return this.#delete(['users', name])
  }

  setPermissions(user: string, vhost: string, permission: { configure: string; write: string; read: string }) {
    return this.#put(['permissions', vhost, user], permission)
  }

  clearPermissions(user: string, vhost: string): Promise<void> {
    return this.#delete(['permissions', vhost, user])
  }

  setTopicPermissions(user: string, vhost: string, topic: { exchange: string; write: string; read: string }) {
    return this.#put(['topic-permissions', vhost, user], topic)
  }

  clearTopicPermissions(user: string, vhost: string): Promise<void> {
    return this.#delete(['topic-permissions', vhost, user])
  }

  putVhost(name: string, metadata: VhostContent = {}): Promise<void> {
    return this.#put(['vhosts', name], { ...metadata })
  }

  deleteVhost(name: string): Promise<void> {
    return this.#delete(['vhosts', name])
  }

  setPolicy(kind: PolicyKindName, vhost: string, name: string, policy: PolicyContent): Promise<void> {
    const { pattern, definition, applyTo = 'all', priority = 0 } = policy
    return this.#put([kind, vhost, name], { pattern, definition, 'apply-to': applyTo, priority })
  }

  clearPolicy(kind: PolicyKindName, vhost: string, name: string): Promise<void> {
    return this.#delete([kind, vhost, name])
  }

  setVhostLimit(vhost: string, limit: string, value: JsonValue): Promise<void> {
    return this.#put(['vhost-limits', vhost, limit], { value })
  }

  setUserLimit(user: string, limit: string, value: JsonValue): Promise<void> {
    return this.#put(['user-limits', user, limit], { value })
  }

  setParameter(component: string, vhost: string, name: string, value: JsonValue): Promise<void> {
    return this.#put(['parameters', component, vhost, name], { value })
  }

  exportDefinitions(vhost?: string): Promise<JsonObject> {
    return this.#call('GET', vhost === undefined ? ['definitions'] : ['definitions', vhost]) as Promise<JsonObject>
  }

  async importDefinitions(definitions: JsonObject, vhost?: string): Promise<void> {
    await this.#call('POST', vhost === undefined ? ['definitions'] : ['definitions', vhost], definitions)
  }

  async #put(path: readonly string[], body: JsonObject): Promise<void> {
    await this.#call('PUT', path, body)
  }

  async #delete(path: readonly string[]): Promise<void> {
    await this.#call('DELETE', path)
  }

  async #call(method: string, path: readonly string[], body?: JsonObject): Promise<unknown> {
    const response = await fetch(`${this.#root}/${path.map(encodeURIComponent).join('/')}`, {
      method,
      headers: { authorization: this.#authorization, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (response.ok) return text === '' ? undefined : JSON.parse(text)
    const { reason } = JSON.parse(text) as { reason: string }
    throw new Error(unescaped(reason))
  }
}

/** RabbitMQ 3 writes reasons as for a web page. */
function unescaped(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}
