import type { Plugin } from '../../plugin.ts'
import { consistentHashExchangeType } from './consistent-hash-exchange.ts'

/** The exchange type `x-consistent-hash`. */
export const consistentHashExchangePlugin: Plugin = {
  name: 'rabbitmq_consistent_hash_exchange',
  start({ add }) {
    add('exchangeType', consistentHashExchangeType)
  },
}
