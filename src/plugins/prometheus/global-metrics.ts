import { type MessageTotals, noMessages } from '../../broker/counters.ts'
import type { Exposition, Labels } from './exposition.ts'
import type { Whole } from './node-families.ts'

type Read = (totals: MessageTotals) => number

/** What is counted of each protocol: name after `global_`, help, value. */
const ofProtocol: readonly (readonly [name: string, help: string, read: Read])[] = [
  ['messages_received_total', 'Total number of messages received from publishers', (all) => all.publish],
  [
    'messages_received_confirm_total',
    'Total number of messages received from publishers expecting confirmations',
    (all) => all.confirm,
  ],
  [
    'messages_routed_total',
    'Total number of messages routed to queues or streams',
    (all) => all.publish - all.dropUnroutable - all.returnUnroutable,
  ],
  [
    'messages_unroutable_dropped_total',
    'Total number of messages published as non-mandatory into an exchange and dropped as unroutable',
    (all) => all.dropUnroutable,
  ],
  [
    'messages_unroutable_returned_total',
    'Total number of messages published as mandatory into an exchange and returned to the publisher as unroutable',
    (all) => all.returnUnroutable,
  ],
  ['messages_confirmed_total', 'Total number of messages confirmed to publishers', (all) => all.confirm],
]

/** What is counted of each protocol and type of queue. */
const ofQueueType: typeof ofProtocol = [
  [
    'messages_delivered_total',
    'Total number of messages delivered to consumers',
    (all) => all.deliver + all.deliverNoAck + all.get + all.getNoAck,
  ],
  [
    'messages_delivered_consume_manual_ack_total',
    'Total number of messages delivered to consumers using basic.consume with manual acknowledgment',
    (all) => all.deliver,
  ],
  [
    'messages_delivered_consume_auto_ack_total',
    'Total number of messages delivered to consumers using basic.consume with automatic acknowledgment',
    (all) => all.deliverNoAck,
  ],
  [
    'messages_delivered_get_manual_ack_total',
    'Total number of messages delivered to consumers using basic.get with manual acknowledgment',
    (all) => all.get,
  ],
  [
    'messages_delivered_get_auto_ack_total',
    'Total number of messages delivered to consumers using basic.get with automatic acknowledgment',
    (all) => all.getNoAck,
  ],
  ['messages_get_empty_total', 'Total number of times basic.get operations fetched no message', (all) => all.getEmpty],
  ['messages_redelivered_total', 'Total number of messages redelivered to consumers', (all) => all.redeliver],
  ['messages_acknowledged_total', 'Total number of message acknowledgements received from consumers', (all) => all.ack],
]

const deadLettered: typeof ofProtocol = [
  ['messages_dead_lettered_maxlen_total', 'Messages dead-lettered due to overflow', (all) => all.maxlen],
  ['messages_dead_lettered_expired_total', 'Messages dead-lettered due to message TTL exceeded', (all) => all.expired],
  [
    'messages_dead_lettered_rejected_total',
    'Messages dead-lettered due to a negative acknowledgement',
    (all) => {
      return all.rejected
    },
  ],
  [
    'messages_dead_lettered_delivery_limit_total',
    'Messages dead-lettered due to delivery-limit exceeded',
    (all) => all.deliveryLimit,
  ],
]

const types = ['classic', 'quorum', 'stream'] as const

/** What RabbitMQ counts of everything there ever was on the node. */
export function writeGlobalMetrics(into: Exposition, whole: Whole): void {
  const all = whole.broker.statistics.node()
  const protocol = { protocol: 'amqp091' }
  write(into, ofProtocol, [[protocol, all]])
  const byType = totalsByType(whole, all)
  const labelled = types.map((type): Labelled => [{ ...protocol, queue_type: `rabbit_${type}_queue` }, byType[type]])
  write(into, ofQueueType, labelled)
  const strategies = types.map(
    (type): Labelled => [{ queue_type: `rabbit_${type}_queue`, dead_letter_strategy: 'at_most_once' }, byType[type]],
  )
  write(into, deadLettered, strategies)
  writeClients(into, whole, protocol)
}

type Labelled = readonly [labels: Labels, totals: MessageTotals]

function write(into: Exposition, metrics: typeof ofProtocol, series: readonly Labelled[]): void {
  for (const [name, help, read] of metrics) {
    into.metric(`rabbitmq_global_${name}`, 'counter', help)
    for (const [labels, totals] of series) into.sample(`rabbitmq_global_${name}`, labels, read(totals))
  }
}

/** Of queues that are gone the type is not known any more: what was counted in them is put down to classic ones. */
function totalsByType({ broker }: Whole, all: MessageTotals): Record<(typeof types)[number], MessageTotals> {
  const sums = { classic: { ...all }, quorum: noMessages(), stream: noMessages() }
  for (const { queues } of broker.virtualHosts) {
    for (const { type, counters } of queues) {
      if (type !== 'quorum' && type !== 'stream') continue
      for (const [name, count] of Object.entries(counters) as [keyof MessageTotals, number][]) {
        sums[type][name] += count
        sums.classic[name] -= count
      }
    }
  }
  return sums
}

function writeClients(into: Exposition, { node }: Whole, labels: Labels): void {
  let publishers = 0
  let consumers = 0
  for (const connection of node.connections()) {
    for (const channel of connection.channels()) {
      if (channel.counts.publish > 0) publishers++
      consumers += channel.consumerCount
    }
  }
  into.metric('rabbitmq_global_publishers', 'gauge', 'Publishers currently connected')
  into.sample('rabbitmq_global_publishers', labels, publishers)
  into.metric('rabbitmq_global_consumers', 'gauge', 'Consumers currently connected')
  into.sample('rabbitmq_global_consumers', labels, consumers)
}
