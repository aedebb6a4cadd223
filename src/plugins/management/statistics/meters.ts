import type { Broker } from '../../../broker/broker.ts'
import type { ChannelCounts, ChannelInfo, ConnectionInfo } from '../../../broker/connection-info.ts'
import type { ExchangeCounters, MessageTotals, QueueCounters } from '../../../broker/counters.ts'
import type { Queue } from '../../../broker/queue.ts'
import type { VirtualHost } from '../../../broker/virtual-host.ts'
import type { Node } from '../../../plugin.ts'
import type { Meter } from './collector.ts'

/** Lengths of queues. */
export const lengthNames = ['messages', 'messages_ready', 'messages_unacknowledged'] as const

const handingOutNames = [
  'deliver_get',
  'ack',
  'redeliver',
  'deliver',
  'deliver_no_ack',
  'get',
  'get_no_ack',
  'get_empty',
] as const

const publishingNames = ['confirm', 'return_unroutable', 'drop_unroutable'] as const

export const diskNames = ['disk_reads', 'disk_writes'] as const
export const queueStatisticNames = ['publish', ...handingOutNames] as const
export const exchangeStatisticNames = ['publish_in', 'publish_out'] as const
/** Of a channel, a virtual host, and (with the disk's) of the whole. */
export const messageStatisticNames = ['publish', ...publishingNames, ...handingOutNames] as const
export const octetNames = ['recv_oct', 'send_oct'] as const
export const churnNames = [
  'connection_created',
  'connection_closed',
  'channel_created',
  'channel_closed',
  'queue_declared',
  'queue_created',
  'queue_deleted',
] as const
export const nodeNames = [
  'mem_used',
  'disk_free',
  'fd_used',
  'sockets_used',
  'proc_used',
  'context_switches',
  'gc_num',
] as const

export const queueMeter: Meter<Queue> = {
  names: [...lengthNames, ...queueStatisticNames],
  read: ({ depth, unsettled, counters }) => [
    depth + unsettled,
    depth,
    unsettled,
    counters.publish,
    ...handingOut(counters),
  ],
}

export const exchangeMeter: Meter<ExchangeCounters> = {
  names: exchangeStatisticNames,
  read: ({ publishIn, publishOut }) => [publishIn, publishOut],
}

export const channelMeter: Meter<ChannelInfo> = {
  names: messageStatisticNames,
  read: ({ counts }) => statistics(counts),
}

export const connectionMeter: Meter<ConnectionInfo> = {
  names: octetNames,
  read: ({ bytesReceived, bytesSent }) => [bytesReceived, bytesSent],
}

/** Bytes are those of the connections that are open. */
export function vhostMeter(node: Node): Meter<VirtualHost> {
  return {
    names: [...lengthNames, ...messageStatisticNames, ...octetNames],
    read: (vhost) => {
      let received = 0
      let sent = 0
      for (const connection of node.connections()) {
        if (connection.vhost !== vhost.name) continue
        received += connection.bytesReceived
        sent += connection.bytesSent
      }
      return [...lengths([vhost]), ...statistics(vhost.totals()), received, sent]
    },
  }
}

/** The whole: messages, what came and went, and what the node takes. */
export function overviewMeter(node: Node): Meter<Broker> {
  return {
    names: [...lengthNames, ...messageStatisticNames, ...diskNames, ...churnNames, ...nodeNames],
    read: (broker) => {
      const totals = broker.statistics.node()
      const { churn } = broker.statistics
      return [
        ...lengths(broker.virtualHosts),
        ...statistics(totals),
        totals.diskReads,
        totals.diskWrites,
        churn.connectionsCreated,
        churn.connectionsClosed,
        churn.channelsCreated,
        churn.channelsClosed,
        churn.queuesDeclared,
        churn.queuesCreated,
        churn.queuesDeleted,
        ...figuresOf(node),
      ]
    },
  }
}

function figuresOf(node: Node): number[] {
  const connections = [...node.connections()]
  return [
    node.residentBytes,
    node.diskFreeBytes ?? 0,
    node.openFiles,
    connections.length,
    connections.reduce((sum, { channelCount }) => sum + channelCount, connections.length),
    node.contextSwitches,
    0,
  ]
}

/** Together in some virtual hosts. */
function lengths(vhosts: Iterable<VirtualHost>): [number, number, number] {
  let ready = 0
  let unacknowledged = 0
  for (const { queues } of vhosts) {
    for (const { depth, unsettled } of queues) {
      ready += depth
      unacknowledged += unsettled
    }
  }
  return [ready + unacknowledged, ready, unacknowledged]
}

function statistics(counts: Readonly<ChannelCounts> | MessageTotals): number[] {
  return [counts.publish, counts.confirm, counts.returnUnroutable, counts.dropUnroutable, ...handingOut(counts)]
}

type HandingOut = Pick<
  QueueCounters,
  'deliver' | 'deliverNoAck' | 'get' | 'getNoAck' | 'getEmpty' | 'redeliver' | 'ack'
>

/** In the order of the names. */
function handingOut({ deliver, deliverNoAck, get, getNoAck, getEmpty, redeliver, ack }: HandingOut): number[] {
  return [deliver + deliverNoAck + get + getNoAck, ack, redeliver, deliver, deliverNoAck, get, getNoAck, getEmpty]
}
