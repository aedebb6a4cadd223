import type { Queue } from '../../broker/queue.ts'
import { counter, type Family, gauge } from './metric.ts'

const capacity = ({ consumerCount, depth }: Queue) => (consumerCount > 0 && depth === 0 ? 1 : 0)

/** What RabbitMQ counts of each queue, by its families. */
export const queueFamilies: readonly Family<Queue>[] = [
  {
    name: 'queue_coarse_metrics',
    metrics: [
      gauge('queue_messages_ready', 'Messages ready to be delivered to consumers', ({ depth }) => depth),
      gauge('queue_messages_unacked', 'Messages delivered to consumers but not yet acknowledged', (q) => q.unsettled),
      gauge('queue_messages', 'Sum of ready and unacknowledged messages', ({ depth, unsettled }) => depth + unsettled),
      counter('queue_process_reductions_total', 'Total number of queue process reductions', () => 0),
    ],
  },
  {
    name: 'queue_consumer_count',
    metrics: [gauge('queue_consumers', 'Consumers on a queue', ({ consumerCount }) => consumerCount)],
  },
  {
    name: 'queue_metrics',
    metrics: [
      gauge('queue_consumers', 'Consumers on a queue', ({ consumerCount }) => consumerCount),
      gauge('queue_consumer_capacity', 'Consumer capacity', capacity),
      gauge('queue_consumer_utilisation', 'Same as consumer capacity', capacity),
      gauge('queue_process_memory_bytes', 'Memory in bytes used by the messages of the queue', (queue) => {
        const { bytesReadyInMemory, bytesUnsettled } = queue.figures()
        return bytesReadyInMemory + bytesUnsettled
      }),
      gauge('queue_messages_ram', 'Ready and unacknowledged messages stored in memory', (queue) => {
        return queue.figures().readyInMemory + queue.unsettled
      }),
      gauge('queue_messages_ram_bytes', 'Size of ready and unacknowledged messages stored in memory', (queue) => {
        const { bytesReadyInMemory, bytesUnsettled } = queue.figures()
        return bytesReadyInMemory + bytesUnsettled
      }),
      gauge('queue_messages_ready_ram', 'Ready messages stored in memory', (queue) => queue.figures().readyInMemory),
      gauge('queue_messages_unacked_ram', 'Unacknowledged messages stored in memory', ({ unsettled }) => unsettled),
      gauge('queue_messages_persistent', 'Persistent messages', (queue) => queue.figures().persistent),
      gauge('queue_messages_persistent_bytes', 'Size in bytes of persistent messages', (queue) => {
        return queue.figures().bytesPersistent
      }),
      gauge('queue_messages_bytes', 'Size in bytes of ready and unacknowledged messages', (queue) => {
        const { bytesReady, bytesUnsettled } = queue.figures()
        return bytesReady + bytesUnsettled
      }),
      gauge('queue_messages_ready_bytes', 'Size in bytes of ready messages', (queue) => queue.figures().bytesReady),
      gauge('queue_messages_unacked_bytes', 'Size in bytes of all unacknowledged messages', (queue) => {
        return queue.figures().bytesUnsettled
      }),
      gauge('queue_head_message_timestamp', 'Timestamp of the first message in the queue, if any', (queue) => {
        return queue.figures().headTimestamp
      }),
      counter('queue_disk_reads_total', 'Total number of times queue read messages from disk', ({ counters }) => {
        return counters.diskReads
      }),
      counter('queue_disk_writes_total', 'Total number of times queue wrote messages to disk', ({ counters }) => {
        return counters.diskWrites
      }),
      counter('stream_segments', 'Total number of stream segment files', (queue) => queue.figures().stream?.segments),
    ],
  },
  {
    name: 'stream_consumer_metrics',
    metrics: [
      gauge('stream_consumer_max_offset_lag', 'Highest consumer offset lag', (queue) => queue.figures().stream?.lagMax),
    ],
  },
  {
    name: 'queue_delivery_metrics',
    metrics: [
      counter(
        'queue_get_ack_total',
        'Total number of messages fetched from a queue with basic.get in manual acknowledgement mode',
        ({ counters }) => counters.get,
      ),
      counter(
        'queue_get_total',
        'Total number of messages fetched from a queue with basic.get in automatic acknowledgement mode',
        ({ counters }) => counters.getNoAck,
      ),
      counter(
        'queue_messages_delivered_ack_total',
        'Total number of messages delivered from a queue to consumers in manual acknowledgement mode',
        ({ counters }) => counters.deliver,
      ),
      counter(
        'queue_messages_delivered_total',
        'Total number of messages delivered from a queue to consumers in automatic acknowledgement mode',
        ({ counters }) => counters.deliverNoAck,
      ),
      counter(
        'queue_messages_redelivered_total',
        'Total number of messages redelivered from a queue to consumers',
        ({ counters }) => counters.redeliver,
      ),
      counter(
        'queue_messages_acked_total',
        'Total number of messages acknowledged by consumers on a queue',
        ({ counters }) => counters.ack,
      ),
      counter(
        'queue_get_empty_total',
        'Total number of times basic.get operations fetched no messages on a queue',
        ({ counters }) => counters.getEmpty,
      ),
    ],
  },
  {
    name: 'channel_queue_exchange_metrics',
    metrics: [
      counter('queue_messages_published_total', 'Total number of messages published to queues', ({ counters }) => {
        return counters.publish
      }),
    ],
  },
]
