import type { Broker } from '../../broker/broker.ts'
import type { BrokerEvent } from '../../broker/events.ts'
import type { Exchange } from '../../broker/exchange.ts'
import { EVENT_EXCHANGE, eventMessage } from './event-message.ts'

/**
 * Turns events into messages at the end of the turn they happen in, in their order. Costs a look at the number of
 * bindings for each event while nobody is bound.
 */
export class EventPublisher {
  readonly #broker: Broker
  readonly #vhost: string
  readonly #stopListening: () => void
  #events: BrokerEvent[] = []

  constructor(broker: Broker, vhost: string) {
    this.#broker = broker
    this.#vhost = vhost
    broker.onRecovered(() => this.#makeExchange())
    this.#stopListening = broker.events.listen(
      (event) => this.#add(event),
      () => this.#isWanted(),
    )
  }

  close(): void {
    this.#stopListening()
  }

  get #exchange(): Exchange | undefined {
    return this.#broker.virtualHost(this.#vhost)?.exchange(EVENT_EXCHANGE)
  }

  /** Somebody is bound. A virtual host that was not there has no exchange yet; it gets one with its first event. */
  #isWanted(): boolean {
    const vhost = this.#broker.virtualHost(this.#vhost)
    if (vhost === undefined) return false
    const exchange = vhost.exchange(EVENT_EXCHANGE)
    return exchange === undefined || exchange.bindingCount > 0
  }

  #add(event: BrokerEvent): void {
    if (this.#events.push(event) === 1) this.#broker.clock.defer(() => this.#publish())
  }

  #publish(): void {
    const events = this.#events
    this.#events = []
    this.#makeExchange()
    const exchange = this.#exchange
    if (exchange === undefined || exchange.bindingCount === 0) return
    const vhost = this.#broker.virtualHost(this.#vhost)!
    for (const event of events) vhost.deliver(eventMessage(event), exchange)
  }

  #makeExchange(): void {
    if (this.#exchange !== undefined) return
    this.#broker.addExchange(this.#vhost, {
      name: EVENT_EXCHANGE,
      type: 'topic',
      durable: true,
      autoDelete: false,
      internal: true,
      arguments: [],
    })
  }
}
