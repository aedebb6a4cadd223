import type { ExchangeType } from '../exchange-type.ts'
import { directExchangeType } from './direct.ts'
import { fanoutExchangeType } from './fanout.ts'
import { headersExchangeType } from './headers.ts'
import { topicExchangeType } from './topic.ts'

/** The exchange types of the AMQP 0-9-1 specification, which every broker has. */
export const coreExchangeTypes: readonly ExchangeType[] = [
  directExchangeType,
  fanoutExchangeType,
  topicExchangeType,
  headersExchangeType,
]
