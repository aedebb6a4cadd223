import type { Clock } from '../std/clock.ts'

/** A value an event carries. */
export type EventValue =
  | string
  | number
  | boolean
  | undefined
  | readonly EventValue[]
  | { readonly [name: string]: EventValue }

/** What is told of one event, under the names RabbitMQ's event exchange uses (`name`, `vhost`, `user_who_performed_action`, …). */
export type EventProperties = Readonly<Record<string, EventValue>>

/** Something that happened: `queue.created`, `user.authentication.failure`, `connection.closed`, … */
export interface BrokerEvent {
  readonly type: string
  /** Wall time in milliseconds. */
  readonly time: number
  readonly properties: EventProperties
}

/** Where everything that happens in the broker is told; costs nothing while nobody listens. */
export class Events {
  readonly #clock: Clock
  readonly #listeners = new Set<(event: BrokerEvent) => void>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** `properties` is called only when somebody listens. */
  emit(type: string, properties: () => EventProperties): void {
    if (this.#listeners.size === 0) return
    const event = { type, time: this.#clock.now(), properties: properties() }
    for (const listener of this.#listeners) listener(event)
  }

  /** Listeners must not throw and must not change the broker within the call. Answers how to stop listening. */
  listen(listener: (event: BrokerEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
