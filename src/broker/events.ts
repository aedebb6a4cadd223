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
  /** Who listens, and whether they want to be told at the moment. */
  readonly #listeners = new Map<(event: BrokerEvent) => void, () => boolean>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** `properties` is called only when somebody wants to know. */
  emit(type: string, properties: () => EventProperties): void {
    let event: BrokerEvent | undefined
    for (const [listener, wants] of this.#listeners) {
      if (!wants()) continue
      event ??= { type, time: this.#clock.now(), properties: properties() }
      listener(event)
    }
  }

  /**
   * Listeners must not throw and must not change the broker within the call; they are called while `wants` says so.
   * Answers how to stop listening.
   */
  listen(listener: (event: BrokerEvent) => void, wants: () => boolean = () => true): () => void {
    this.#listeners.set(listener, wants)
    return () => this.#listeners.delete(listener)
  }
}
