import type { Plugin } from '../../plugin.ts'
import { messageDeduplicationExchangeType } from './message-deduplication-exchange.ts'

/** The exchange type `x-message-deduplication`. */
export const messageDeduplicationPlugin: Plugin = {
  name: 'rabbitmq_message_deduplication',
  start({ add }) {
    add('exchangeType', messageDeduplicationExchangeType)
  },
}
