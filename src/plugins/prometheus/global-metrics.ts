import { addTo, type MessageTotals, noMessages, PublishCounters } from '../../broker/counters.ts'
import {
  DEFAULT_PROTOCOL,
  type DeliveryTally,
  MessageSizes,
  messageSizeBounds,
  type Traffic,
} from '../../broker/traffic.ts'
import type { Exposition, Labels } from './exposition.ts'
import type { Whole } from './node-families.ts'

type Metrics<T> = readonly (readonly [name: string, help: string, read: (totals: T) => number])[]

/** What is counted of each protocol: name after `global_`, help, value. */
const ofProtocol: Metrics<PublishCounters> = [
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
const ofQueueType: Metrics<MessageTotals> = [
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

const deadLettered: Metrics<MessageTotals> = [
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

/** Only queues that publish dead letters at least once know. */
const deadLettersConfirmed: Metrics<MessageTotals> = [
  [
    'messages_dead_lettered_confirmed_total',
    'Total number of messages dead-lettered and confirmed by target queues',
    (all) => all.deadLettersConfirmed,
  ],
]

/** The types of queues that RabbitMQ's series have, whether there are any or not. */
const types = ['classic', 'quorum', 'stream']

/** What RabbitMQ counts of everything there ever was on the node. */
export function writeGlobalMetrics(into: Exposition, whole: Whole): void {
  const traffic = whole.broker.statistics.traffic()
  const published = new Map([[DEFAULT_PROTOCOL, new PublishCounters()]])
  const sizes = new Map([[DEFAULT_PROTOCOL, new MessageSizes()]])
  for (const [protocol, one] of traffic.protocols) {
    published.set(protocol, one.publishing)
    sizes.set(protocol, one.sizes)
  }
  write(
    into,
    ofProtocol,
    Array.from(published, ([protocol, totals]) => [{ protocol }, totals]),
  )
  const byType = totalsByType(whole, traffic)
  write(into, ofQueueType, deliveries(byType, traffic))
  const strategy = { dead_letter_strategy: 'at_most_once' }
  write(
    into,
    deadLettered,
    Array.from(byType, ([type, totals]) => [{ queue_type: typeLabel(type), ...strategy }, totals]),
  )
  const quorum = { queue_type: typeLabel('quorum'), dead_letter_strategy: 'at_least_once' }
  write(into, deadLettersConfirmed, [[quorum, byType.get('quorum') ?? noMessages()]])
  writeClients(into, whole, published.keys())
  into.metric('rabbitmq_message_size_bytes', 'histogram', 'Size of messages received from publishers')
  for (const [protocol, { counts, sum }] of sizes) {
    into.histogram('rabbitmq_message_size_bytes', { protocol }, { bounds: messageSizeBounds, counts, sum })
  }
}

function typeLabel(type: string): string {
  return `rabbit_${type}_queue`
}

type Labelled<T> = readonly [labels: Labels, totals: T]

function write<T>(into: Exposition, metrics: Metrics<T>, series: readonly Labelled<T>[]): void {
  for (const [name, help, read] of metrics) {
    into.metric(`rabbitmq_global_${name}`, 'counter', help)
    for (const [labels, totals] of series) into.sample(`rabbitmq_global_${name}`, labels, read(totals))
  }
}

/** Of queues that are and were, by their type. */
function totalsByType({ broker }: Whole, traffic: Traffic): Map<string, MessageTotals> {
  const sums = new Map(types.map((type) => [type, noMessages()]))
  const add = (type: string, counters: Parameters<typeof addTo>[1]) => {
    const sum = sums.get(type) ?? noMessages()
    addTo(sum, counters)
    sums.set(type, sum)
  }
  for (const [type, totals] of traffic.past) add(type, totals)
  for (const { queues } of broker.virtualHosts) for (const { type, counters } of queues) add(type, counters)
  return sums
}

/** What consumers of other protocols have got is known of them; the rest is that of AMQP 0-9-1. */
function deliveries(byType: ReadonlyMap<string, MessageTotals>, traffic: Traffic): Labelled<MessageTotals>[] {
  const series: Labelled<MessageTotals>[] = []
  for (const [type, totals] of byType) {
    const rest = { ...totals }
    for (const [protocol, { deliveries }] of traffic.protocols) {
      const tally = deliveries.get(type)
      if (tally === undefined) continue
      for (const name of ['deliver', 'deliverNoAck', 'redeliver', 'ack'] as const satisfies (keyof DeliveryTally)[]) {
        rest[name] -= tally[name]
      }
      series.push([
        { protocol, queue_type: typeLabel(type) },
        { ...noMessages(), ...tally },
      ])
    }
    series.push([{ protocol: DEFAULT_PROTOCOL, queue_type: typeLabel(type) }, rest])
  }
  return series
}

function writeClients(into: Exposition, { node }: Whole, protocols: Iterable<string>): void {
  const counts = new Map(Array.from(protocols, (protocol) => [protocol, { publishers: 0, consumers: 0 }]))
  for (const connection of node.connections()) {
    const protocol = labelOf(connection.protocol)
    const count = counts.get(protocol) ?? { publishers: 0, consumers: 0 }
    counts.set(protocol, count)
    for (const channel of connection.channels()) {
      if (channel.counts.publish > 0) count.publishers++
      count.consumers += channel.consumerCount
    }
  }
  for (const name of ['publishers', 'consumers'] as const) {
    const title = `${name[0]!.toUpperCase()}${name.slice(1)}`
    into.metric(`rabbitmq_global_${name}`, 'gauge', `${title} currently connected`)
    for (const [protocol, count] of counts) into.sample(`rabbitmq_global_${name}`, { protocol }, count[name])
  }
}

/** What `AMQP 0-9-1`, `MQTT 3-1-1` and the like are called by metrics. */
function labelOf(protocol: string): string {
  if (protocol === 'MQTT 3-1') return 'mqtt310'
  if (protocol.startsWith('STOMP')) return 'stomp'
  return protocol.toLowerCase().replace(/[^a-z0-9]/g, '')
}
