import type { Broker } from '../../broker/broker.ts'
import type { JsonObject } from './listing.ts'

/** What RabbitMQ says of the types it has. */
const descriptions: Readonly<Record<string, string>> = {
  direct: 'AMQP direct exchange, as per the AMQP specification',
  fanout: 'AMQP fanout exchange, as per the AMQP specification',
  headers: 'AMQP headers exchange, as per the AMQP specification',
  topic: 'AMQP topic exchange, as per the AMQP specification',
  'x-consistent-hash': 'Consistent Hashing Exchange',
  'x-delayed-message': 'Delayed Message Exchange.',
  'x-local-random': 'Picks one random local binding (queue) to route via (to).',
  'x-message-deduplication': 'Message Deduplication Exchange.',
  'x-modulus-hash': 'Modulus Hashing Exchange',
  'x-random': 'Randomly picks a binding (queue) to route via (to).',
  'x-recent-history': 'Recent History Exchange.',
}

/** The exchange types one can declare. */
export function showExchangeTypes(broker: Broker): JsonObject[] {
  return Array.from(broker.exchangeTypes, ({ name }) => ({
    name,
    description: descriptions[name] ?? '',
    enabled: true,
  }))
}
