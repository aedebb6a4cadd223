import type { ChannelInfo, ConnectionInfo } from '../../broker/connection-info.ts'
import { type CountedExchange, counter, type Family, gauge } from './metric.ts'

/** What RabbitMQ counts of each channel, by its families. */
export const channelFamilies: readonly Family<ChannelInfo>[] = [
  {
    name: 'channel_metrics',
    metrics: [
      gauge('channel_consumers', 'Consumers on a channel', ({ consumerCount }) => consumerCount),
      gauge('channel_messages_unacked', 'Delivered but not yet acknowledged messages', (channel) => {
        return channel.messagesUnacknowledged
      }),
      gauge('channel_messages_unconfirmed', 'Published but not yet confirmed messages', (channel) => {
        return channel.messagesUnconfirmed
      }),
      gauge('channel_messages_uncommitted', 'Messages received in a transaction but not yet committed', (channel) => {
        return channel.messagesUncommitted
      }),
      gauge('channel_acks_uncommitted', 'Message acknowledgements in a transaction not yet committed', (channel) => {
        return channel.acksUncommitted
      }),
      gauge(
        'consumer_prefetch',
        'Limit of unacknowledged messages for each consumer',
        (channel) => channel.prefetchCount,
      ),
      gauge('channel_prefetch', 'Total limit of unacknowledged messages for all consumers on a channel', (channel) => {
        return channel.globalPrefetchCount
      }),
    ],
  },
  {
    name: 'channel_exchange_metrics',
    metrics: [
      counter(
        'channel_messages_published_total',
        'Total number of messages published into an exchange on a channel',
        ({ counts }) => counts.publish,
      ),
      counter(
        'channel_messages_confirmed_total',
        'Total number of messages published into an exchange and confirmed on the channel',
        ({ counts }) => counts.confirm,
      ),
      counter(
        'channel_messages_unroutable_returned_total',
        'Total number of messages published as mandatory into an exchange and returned to the publisher as unroutable',
        ({ counts }) => counts.returnUnroutable,
      ),
      counter(
        'channel_messages_unroutable_dropped_total',
        'Total number of messages published as non-mandatory into an exchange and dropped as unroutable',
        ({ counts }) => counts.dropUnroutable,
      ),
    ],
  },
  {
    name: 'channel_process_metrics',
    metrics: [counter('channel_process_reductions_total', 'Total number of channel process reductions', () => 0)],
  },
  {
    name: 'channel_queue_metrics',
    metrics: [
      counter(
        'channel_get_ack_total',
        'Total number of messages fetched with basic.get in manual acknowledgement mode',
        ({ counts }) => counts.get,
      ),
      counter(
        'channel_get_total',
        'Total number of messages fetched with basic.get in automatic acknowledgement mode',
        ({ counts }) => counts.getNoAck,
      ),
      counter(
        'channel_messages_delivered_ack_total',
        'Total number of messages delivered to consumers in manual acknowledgement mode',
        ({ counts }) => counts.deliver,
      ),
      counter(
        'channel_messages_delivered_total',
        'Total number of messages delivered to consumers in automatic acknowledgement mode',
        ({ counts }) => counts.deliverNoAck,
      ),
      counter(
        'channel_messages_redelivered_total',
        'Total number of messages redelivered to consumers',
        ({ counts }) => counts.redeliver,
      ),
      counter(
        'channel_messages_acked_total',
        'Total number of messages acknowledged by consumers',
        ({ counts }) => counts.ack,
      ),
      counter(
        'channel_get_empty_total',
        'Total number of times basic.get operations fetched no message',
        ({ counts }) => counts.getEmpty,
      ),
    ],
  },
]

/** What RabbitMQ counts of each connection, by its families. */
export const connectionFamilies: readonly Family<ConnectionInfo>[] = [
  {
    name: 'connection_coarse_metrics',
    metrics: [
      counter('connection_incoming_bytes_total', 'Total number of bytes received on a connection', (connection) => {
        return connection.bytesReceived
      }),
      counter('connection_outgoing_bytes_total', 'Total number of bytes sent on a connection', (connection) => {
        return connection.bytesSent
      }),
      counter('connection_process_reductions_total', 'Total number of connection process reductions', () => 0),
    ],
  },
  {
    name: 'connection_metrics',
    metrics: [
      counter('connection_incoming_packets_total', 'Total number of packets received on a connection', ({ reads }) => {
        return reads
      }),
      counter('connection_outgoing_packets_total', 'Total number of packets sent on a connection', ({ writes }) => {
        return writes
      }),
      gauge('connection_pending_packets', 'Number of packets waiting to be sent on a connection', (connection) => {
        return connection.bytesPending > 0 ? 1 : 0
      }),
      gauge('connection_channels', 'Channels on a connection', ({ channelCount }) => channelCount),
    ],
  },
]

/** What RabbitMQ counts of each exchange, by its families. */
export const exchangeFamilies: readonly Family<CountedExchange>[] = [
  {
    name: 'exchange_metrics',
    metrics: [
      counter(
        'exchange_messages_published_total',
        'Total number of messages published into an exchange',
        (exchange) => {
          return exchange.counters.publishIn
        },
      ),
      counter(
        'exchange_messages_unroutable_returned_total',
        'Total number of messages published as mandatory into an exchange and returned to the publisher as unroutable',
        ({ counters }) => counters.returnUnroutable,
      ),
      counter(
        'exchange_messages_unroutable_dropped_total',
        'Total number of messages published as non-mandatory into an exchange and dropped as unroutable',
        ({ counters }) => counters.dropUnroutable,
      ),
      counter(
        'exchange_messages_routed_total',
        'Total number of places in queues found for messages published into an exchange',
        ({ counters }) => counters.publishOut,
      ),
    ],
  },
]
