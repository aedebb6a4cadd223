import type { Plugin } from '../../plugin.ts'
import { EventPublisher } from './event-publisher.ts'

/** Where events are published. */
export interface EventExchangeSettings {
  readonly vhost: string
}

/** Publishes what happens in the broker to the exchange `amq.rabbitmq.event`. */
export const eventExchangePlugin: Plugin<EventExchangeSettings> = {
  name: 'rabbitmq_event_exchange',
  start({ broker, onStop }, { vhost }) {
    const publisher = new EventPublisher(broker, vhost)
    onStop(() => publisher.close())
  },
}
