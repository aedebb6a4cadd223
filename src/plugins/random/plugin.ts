import type { Plugin } from '../../plugin.ts'
import { PseudoRandom } from '../../std/pseudo-random.ts'
import { localRandomExchangeType, randomExchangeType } from './random-exchange.ts'

/** What the settings say to it. */
export interface RandomExchangeSettings {
  /** There is `x-local-random` too. */
  readonly local: boolean
}

/** The exchange types `x-random` and `x-local-random`. */
export const randomExchangePlugin: Plugin<RandomExchangeSettings> = {
  name: 'rabbitmq_random_exchange',
  start({ add, broker }, { local }) {
    const chance = PseudoRandom.from(broker.random)
    add('exchangeType', randomExchangeType(chance))
    if (local) add('exchangeType', localRandomExchangeType(chance))
  },
}
