import type { Plugin } from '../../plugin.ts'
import { delayedMessageExchangeType } from './delayed-message-exchange.ts'

/** The exchange type `x-delayed-message`. */
export const delayedMessageExchangePlugin: Plugin = {
  name: 'rabbitmq_delayed_message_exchange',
  start({ add, broker }) {
    add(
      'exchangeType',
      delayedMessageExchangeType((name) => broker.exchangeType(name)),
    )
  },
}
