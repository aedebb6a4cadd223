import type { EventProperties, Events } from '../../broker/events.ts'
import { terms } from '../../broker/topology-events.ts'
import type { SocketPeer } from '../../plugin.ts'
import type { ConnectionReport } from './connection-report.ts'
import type { Subscription } from './subscription.ts'

/** What RabbitMQ says in events for AMQP 0-9-1. */
const PROTOCOL = '{0,9,1}'

/** A connection, as far as its events tell of it. */
export interface EventConnection {
  readonly serial: number
  readonly name: string
  readonly user: string
  readonly vhost: string
}

/** Tells of connections, channels and consumers that come and go, with the properties RabbitMQ's events have. */
export class ClientEvents {
  readonly #events: Events
  readonly #node: string

  constructor(events: Events, node: string) {
    this.#events = events
    this.#node = node
  }

  connectionCreated(report: ConnectionReport): void {
    this.#events.emit('connection.created', () => ({
      ...this.#identity(report),
      ...peerProperties(report.peer),
      type: 'network',
      port: report.peer.localPort,
      protocol: PROTOCOL,
      auth_mechanism: report.authMechanism,
      user: report.user,
      vhost: report.vhost,
      timeout: report.heartbeatSeconds,
      frame_max: report.frameMax,
      channel_max: report.channelMax,
      connected_at: report.connectedAt,
      user_who_performed_action: report.user,
    }))
  }

  connectionClosed(report: ConnectionReport): void {
    this.#events.emit('connection.closed', () => this.#identity(report))
  }

  channelCreated(connection: EventConnection, channel: { readonly number: number; readonly serial: number }): void {
    this.#events.emit('channel.created', () => ({
      pid: this.#channelPid(channel.serial),
      name: `${connection.name} (${channel.number})`,
      connection: this.#connectionPid(connection.serial),
      number: channel.number,
      user: connection.user,
      vhost: connection.vhost,
      user_who_performed_action: connection.user,
    }))
  }

  channelClosed(connection: EventConnection, channel: { readonly serial: number }): void {
    this.#events.emit('channel.closed', () => ({
      pid: this.#channelPid(channel.serial),
      user_who_performed_action: connection.user,
    }))
  }

  consumerCreated(subscription: Subscription, channel: EventChannel): void {
    this.#events.emit('consumer.created', () => ({
      ...this.#consumer(subscription, channel),
      exclusive: subscription.exclusive,
      ack_required: !subscription.settled,
      prefetch_count: subscription.prefetch,
      arguments: terms(subscription.arguments),
    }))
  }

  consumerDeleted(subscription: Subscription, channel: EventChannel): void {
    this.#events.emit('consumer.deleted', () => this.#consumer(subscription, channel))
  }

  #consumer({ tag, queue }: Subscription, channel: EventChannel): EventProperties {
    return {
      consumer_tag: tag,
      channel: this.#channelPid(channel.serial),
      vhost: channel.access.vhost,
      queue: queue?.name ?? '',
      user_who_performed_action: channel.access.user.name,
    }
  }

  #identity(report: ConnectionReport): EventProperties {
    const { userProvidedName } = report
    return {
      ...(userProvidedName === undefined ? {} : { user_provided_name: userProvidedName }),
      name: report.name,
      pid: this.#connectionPid(report.serial),
      node: this.#node,
      client_properties: terms(report.clientProperties),
    }
  }

  /** There are no Erlang processes here: what looks like one is never given twice, and leads from one event to another. */
  #connectionPid(serial: number): string {
    return `<${this.#node}.${serial}.0>`
  }

  #channelPid(serial: number): string {
    return `<${this.#node}.0.${serial}>`
  }
}

/** A channel, as far as events of consumers tell of it. */
export interface EventChannel {
  readonly serial: number
  readonly access: { readonly vhost: string; readonly user: { readonly name: string } }
}

function peerProperties({ remoteAddress, remotePort, localAddress, tls }: SocketPeer): EventProperties {
  const certificate = tls?.certificate
  return {
    host: localAddress,
    peer_host: remoteAddress,
    peer_port: remotePort,
    ssl: tls !== undefined,
    ssl_protocol: tls?.version ?? '',
    ssl_key_exchange: '',
    ssl_cipher: tls?.cipher ?? '',
    ssl_hash: '',
    peer_cert_subject: certificate?.subject ?? '',
    peer_cert_issuer: certificate?.issuer ?? '',
    peer_cert_validity: certificate === undefined ? '' : validity(certificate.validFrom, certificate.validTo),
  }
}

function validity(from: number, to: number): string {
  const shown = (time: number) => new Date(time).toISOString().replace('.000', '')
  return `${shown(from)} - ${shown(to)}`
}
