import type { ChannelInfo, ConsumerInfo } from '../../broker/connection-info.ts'
import type { ProtocolConnection } from '../../plugin.ts'
import { tableToJson } from '../../std/table-json.ts'
import type { JsonObject } from './listing.ts'
import { messageStatisticNames, octetNames } from './statistics/meters.ts'
import type { SampleRanges } from './statistics/sample-range.ts'
import type { Surroundings } from './surroundings.ts'

/** A channel and the connection it is on. */
export interface PlacedChannel {
  readonly connection: ProtocolConnection
  readonly channel: ChannelInfo
}

/** A connection as lists have it. */
export function showConnection(
  connection: ProtocolConnection,
  { node, monitor }: Surroundings,
  ranges: SampleRanges = {},
): JsonObject {
  const { peer, userProvidedName } = connection
  const certificate = peer.tls?.certificate
  const figures = monitor.look('connections', connection, { history: ranges.data !== undefined })
  return {
    name: connection.name,
    node: node.name,
    type: 'network',
    protocol: connection.protocol,
    user: connection.user,
    user_who_performed_action: connection.user,
    vhost: connection.vhost,
    state: connection.state,
    auth_mechanism: connection.authMechanism,
    client_properties: tableToJson(connection.clientProperties),
    ...(userProvidedName === undefined ? {} : { user_provided_name: userProvidedName }),
    connected_at: connection.connectedAt,
    host: peer.localAddress,
    port: peer.localPort,
    peer_host: peer.remoteAddress,
    peer_port: peer.remotePort,
    frame_max: connection.frameMax,
    channel_max: connection.channelMax,
    timeout: connection.heartbeatSeconds,
    channels: connection.channelCount,
    ...figures.section(octetNames, ranges.data),
    recv_cnt: connection.reads,
    send_cnt: connection.writes,
    send_pend: connection.bytesPending,
    ssl: peer.tls !== undefined,
    ssl_protocol: peer.tls?.version ?? null,
    ssl_cipher: peer.tls?.cipher ?? null,
    ssl_hash: null,
    ssl_key_exchange: null,
    peer_cert_subject: certificate?.subject ?? null,
    peer_cert_issuer: certificate?.issuer ?? null,
    peer_cert_validity:
      certificate === undefined
        ? null
        : `${new Date(certificate.validFrom).toISOString()} - ${new Date(certificate.validTo).toISOString()}`,
    peer_cert_serial_number: null,
    garbage_collection: { ...processGarbage },
    reductions: 0,
    reductions_details: { rate: 0 },
  }
}

/** What RabbitMQ tells of an Erlang process, which monitors insist on. */
export const processGarbage = {
  fullsweep_after: 0,
  max_heap_size: 0,
  min_bin_vheap_size: 0,
  min_heap_size: 0,
  minor_gcs: 0,
} as const

/** `127.0.0.1:50000 -> 127.0.0.1:5672 (1)`. */
export function channelName(connection: ProtocolConnection, channel: ChannelInfo): string {
  return `${connection.name} (${channel.number})`
}

/** A channel as lists have it. */
export function showChannel(
  { connection, channel }: PlacedChannel,
  { node, monitor }: Surroundings,
  ranges: SampleRanges = {},
): JsonObject {
  const { peer } = connection
  const figures = monitor.look('channels', channel, { history: ranges.messages !== undefined })
  return {
    name: channelName(connection, channel),
    number: channel.number,
    node: node.name,
    user: connection.user,
    user_who_performed_action: connection.user,
    vhost: connection.vhost,
    state: channel.state,
    connection_details: { name: connection.name, peer_host: peer.remoteAddress, peer_port: peer.remotePort },
    confirm: channel.confirm,
    transactional: channel.transactional,
    prefetch_count: channel.prefetchCount,
    global_prefetch_count: channel.globalPrefetchCount,
    consumer_count: channel.consumerCount,
    messages_unacknowledged: channel.messagesUnacknowledged,
    messages_unconfirmed: channel.messagesUnconfirmed,
    messages_uncommitted: channel.messagesUncommitted,
    acks_uncommitted: channel.acksUncommitted,
    message_stats: figures.section(messageStatisticNames, ranges.messages),
    pending_raft_commands: 0,
    cached_segments: 0,
    garbage_collection: { ...processGarbage },
    reductions: 0,
    reductions_details: { rate: 0 },
  }
}

/** A consumer of a queue. */
export function showConsumer(
  connection: ProtocolConnection,
  channel: ChannelInfo,
  consumer: ConsumerInfo,
  node: { readonly name: string; readonly consumerTimeoutMilliseconds: number | undefined },
): JsonObject {
  const { peer } = connection
  return {
    consumer_tag: consumer.tag,
    queue: { name: consumer.queue, vhost: connection.vhost },
    ack_required: consumer.ackRequired,
    exclusive: consumer.exclusive,
    prefetch_count: consumer.prefetchCount,
    active: true,
    activity_status: 'up',
    arguments: tableToJson(consumer.arguments),
    consumer_timeout: consumer.timeoutMilliseconds ?? node.consumerTimeoutMilliseconds ?? 'undefined',
    channel_details: {
      name: channelName(connection, channel),
      number: channel.number,
      connection_name: connection.name,
      node: node.name,
      peer_host: peer.remoteAddress,
      peer_port: peer.remotePort,
      user: connection.user,
    },
  }
}
