import type { Plugin } from '../../plugin.ts'
import { modulusHashExchangeType } from './modulus-hash-exchange.ts'

/** The exchange type `x-modulus-hash`, which RabbitMQ up to 4.2 has in its sharding plug-in. */
export const modulusHashExchangePlugin: Plugin = {
  name: 'rabbitmq_modulus_hash_exchange',
  start({ add }) {
    add('exchangeType', modulusHashExchangeType)
  },
}
