import type { Plugin } from '../../plugin.ts'
import { PseudoRandom } from '../../std/pseudo-random.ts'
import { localRandomExchangeType, randomExchangeType } from './random-exchange.ts'

/** The exchange types `x-random` and `x-local-random`. */
export const randomExchangePlugin: Plugin = {
  name: 'rabbitmq_random_exchange',
  start({ add, broker }) {
    const chance = PseudoRandom.from(broker.random)
    add('exchangeType', randomExchangeType(chance))
    add('exchangeType', localRandomExchangeType(chance))
  },
}
