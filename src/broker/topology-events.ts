import type { Table } from '../std/table.ts'
import type { Binding } from './binding.ts'
import { erlangTerm } from './erlang-term.ts'
import type { EventProperties, Events } from './events.ts'
import { Exchange } from './exchange.ts'
import type { Queue } from './queue.ts'

/** Who does what nobody asked for, as RabbitMQ names it. */
export const NOBODY = 'rmq-internal'

/** Tells of what is made and deleted in one virtual host, and by whom. */
export class TopologyEvents {
  readonly #events: Events
  readonly #vhost: string
  #user = NOBODY

  constructor(events: Events, vhost: string) {
    this.#events = events
    this.#vhost = vhost
  }

  /** What `change` makes and deletes is the user's doing. */
  by<T>(user: string, change: () => T): T {
    const before = this.#user
    this.#user = user
    try {
      return change()
    } finally {
      this.#user = before
    }
  }

  exchangeCreated(exchange: Exchange): void {
    this.#emit('exchange.created', () => ({
      name: exchange.name,
      vhost: this.#vhost,
      type: exchange.type.name,
      durable: exchange.durable,
      auto_delete: exchange.autoDelete,
      internal: exchange.internal,
      arguments: terms(exchange.arguments),
      policy: exchange.policy.policy ?? '',
    }))
  }

  exchangeDeleted({ name }: Exchange): void {
    this.#emit('exchange.deleted', () => ({ name, vhost: this.#vhost }))
  }

  queueCreated(queue: Queue): void {
    this.#emit('queue.created', () => ({
      name: queue.name,
      vhost: this.#vhost,
      durable: queue.durable,
      auto_delete: queue.autoDelete,
      arguments: terms(queue.arguments),
      owner_pid: queue.owner?.name ?? '',
      exclusive: queue.owner !== undefined,
      type: queue.type,
    }))
  }

  queueDeleted({ name }: Queue): void {
    this.#emit('queue.deleted', () => ({ name, vhost: this.#vhost }))
  }

  queuePaused({ name }: Queue, paused: boolean): void {
    this.#emit(paused ? 'queue.paused' : 'queue.resumed', () => ({ name, vhost: this.#vhost }))
  }

  bindingCreated(binding: Binding): void {
    this.#emit('binding.created', () => this.#bindingProperties(binding))
  }

  bindingDeleted(binding: Binding): void {
    this.#emit('binding.deleted', () => this.#bindingProperties(binding))
  }

  #bindingProperties({ source, destination, routingKey, arguments: arguments_ }: Binding): EventProperties {
    return {
      source_name: source,
      source_kind: 'exchange',
      destination_name: destination.name,
      destination_kind: destination instanceof Exchange ? 'exchange' : 'queue',
      routing_key: routingKey,
      arguments: terms(arguments_),
      vhost: this.#vhost,
    }
  }

  #emit(type: string, properties: () => EventProperties): void {
    const user = this.#user
    this.#events.emit(type, () => ({ ...properties(), user_who_performed_action: user }))
  }
}

/** The entries of a table as events have them, which is as Erlang prints them: `{<<"x-max-length">>,byte,10}`. */
export function terms(table: Table): readonly string[] {
  return table.map((entry) => erlangTerm({ tag: 'F', value: [entry] }).slice(1, -1))
}
