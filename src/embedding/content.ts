import { Address } from '../broker/address.ts'
import { type Actor, internalActor } from '../broker/administration/actor.ts'
import type { Broker } from '../broker/broker.ts'
import { Message } from '../broker/message.ts'
import type { VirtualHost } from '../broker/virtual-host.ts'
import type { JsonObject } from '../std/json.ts'

/** What was in an embedded broker at a moment: opaque, to be given to `restore`, also of another broker. */
export interface Snapshot {
  /** As RabbitMQ exports them. */
  readonly definitions: JsonObject
  readonly queues: readonly StoredQueue[]
}

interface StoredQueue {
  readonly vhost: string
  readonly name: string
  readonly messages: readonly Message[]
}

const PAGE = { count: 1000, bytes: 8 * 1024 * 1024 }

/** Everything in an embedded broker, to be taken away and put back in one go. */
export class Content {
  readonly #broker: Broker
  readonly #actor: Actor = internalActor('embedding')
  #initial: JsonObject = {}

  constructor(broker: Broker) {
    this.#broker = broker
  }

  /** Notes what is to be there after a reset. */
  async begin(): Promise<void> {
    this.#initial = await this.#broker.administration.definitions.export(this.#actor)
  }

  /** Definitions on top of what there is. Rejects with a Fault that names what is wrong; then nothing has changed. */
  async define(definitions: JsonObject): Promise<void> {
    await this.#broker.administration.definitions.import(this.#actor, definitions)
  }

  async snapshot(): Promise<Snapshot> {
    const { definitions, vhosts } = this.#broker.administration
    const exported = await definitions.export(this.#actor)
    const queues: StoredQueue[] = []
    for (const { name: vhost } of await vhosts.list(this.#actor)) {
      for (const queue of this.#broker.virtualHost(vhost)?.queues ?? []) {
        const messages: Message[] = []
        for (let from = 0; ; ) {
          const page = await queue.browse(from, PAGE)
          messages.push(...page.map(({ message }) => copyOf(message)))
          const last = page.at(-1)
          if (last === undefined) break
          from = last.position + 1
        }
        if (messages.length > 0) queues.push({ vhost, name: queue.name, messages })
      }
    }
    return { definitions: exported, queues }
  }

  /** Puts back what a snapshot has, and nothing else. Messages wait as if they had just been published. */
  async restore({ definitions, queues }: Snapshot): Promise<void> {
    await this.#become(definitions)
    for (const { vhost, name, messages } of queues) {
      const host = this.#broker.virtualHost(vhost)
      const queue = host?.queue(name)
      if (host === undefined || queue === undefined) continue
      for (const message of messages) host.enqueue(copyOf(message), [queue])
    }
    await this.#broker.flush()
  }

  /** As it was when the broker had just been created. */
  reset(): Promise<void> {
    return this.#become(this.#initial)
  }

  async #become(definitions: JsonObject): Promise<void> {
    const { administration } = this.#broker
    const vhosts = namesOf(definitions.vhosts)
    for (const { name } of await administration.vhosts.list(this.#actor)) {
      const host = this.#broker.virtualHost(name)
      if (vhosts.has(name) && host !== undefined) clear(host)
      else {
        await administration.vhosts.protect(this.#actor, name, false)
        await administration.vhosts.delete(this.#actor, name)
      }
    }
    await this.#forgetRules()
    const users = namesOf(definitions.users)
    for (const { name } of await administration.users.list(this.#actor)) {
      if (!users.has(name)) await administration.users.delete(this.#actor, name)
    }
    await this.define(definitions)
  }

  async #forgetRules(): Promise<void> {
    const { policies, operatorPolicies, parameters } = this.#broker.administration
    for (const kind of [policies, operatorPolicies]) {
      for (const { vhost, name } of await kind.list(this.#actor)) await kind.delete(this.#actor, vhost, name)
    }
    for (const parameter of await parameters.list(this.#actor)) await parameters.clear(this.#actor, parameter)
  }
}

/** Takes everything out of a virtual host. Clients stay connected; consumers are told that their queue is gone. */
function clear(host: VirtualHost): void {
  for (const queue of [...host.queues]) host.removeQueue(queue, 'queue-deleted')
  for (const exchange of [...host.exchanges]) {
    if (exchange.name !== '' && !exchange.name.startsWith('amq.')) host.removeExchange(exchange)
    else for (const binding of [...exchange.bindings]) host.unbind(binding)
  }
}

function namesOf(list: unknown): ReadonlySet<string> {
  return new Set((list as readonly { name: string }[] | undefined)?.map(({ name }) => name))
}

/** With bytes of its own, and at home in no queue. */
function copyOf({ address, content, offset, propertiesSize, bodySize }: Message): Message {
  const bytes = Buffer.from(content.subarray(offset, offset + propertiesSize + bodySize))
  return new Message(new Address(address.exchange, address.routingKey), bytes, 0, propertiesSize, bodySize)
}
