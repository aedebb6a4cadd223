import type { Plugin } from '../../plugin.ts'
import { recentHistoryExchangeType } from './recent-history-exchange.ts'

/** The exchange type `x-recent-history`. */
export const recentHistoryExchangePlugin: Plugin = {
  name: 'rabbitmq_recent_history_exchange',
  start({ add }) {
    add('exchangeType', recentHistoryExchangeType)
  },
}
