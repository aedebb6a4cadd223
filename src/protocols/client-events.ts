import type { Consumer } from '../broker/consumer.ts'
import type { EventProperties, Events } from '../broker/events.ts'
import type { Queue } from '../broker/queue.ts'
import { terms } from '../broker/topology-events.ts'
import type { ProtocolConnection, SocketPeer } from '../plugin.ts'

/** Whose connections are told of. */
export interface EventSource {
  readonly node: string
  /** Its consumers are of channels; else they are of connections. */
  readonly hasChannels: boolean
}

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
  readonly #hasChannels: boolean

  constructor(events: Events, { node, hasChannels }: EventSource) {
    this.#events = events
    this.#node = node
    this.#hasChannels = hasChannels
  }

  /** `protocol` as RabbitMQ says it in events: `{0,9,1}`. */
  connectionCreated(report: ProtocolConnection, protocol: string): void {
    this.#events.emit('connection.created', () => ({
      ...this.#identity(report),
      ...peerProperties(report.peer),
      type: 'network',
      port: report.peer.localPort,
      protocol,
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

  connectionClosed(report: ProtocolConnection): void {
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

  consumerCreated(consumer: EventConsumer, channel: EventChannel): void {
    this.#events.emit('consumer.created', () => ({
      ...this.#consumer(consumer, channel),
      exclusive: consumer.exclusive,
      ack_required: !consumer.settled,
      prefetch_count: consumer.prefetch,
      arguments: terms(consumer.arguments),
    }))
  }

  consumerDeleted(consumer: EventConsumer, channel: EventChannel): void {
    this.#events.emit('consumer.deleted', () => this.#consumer(consumer, channel))
  }

  #consumer({ tag, queue }: EventConsumer, channel: EventChannel): EventProperties {
    return {
      consumer_tag: tag,
      channel: this.#channelPid(channel.serial),
      vhost: channel.access.vhost,
      queue: queue?.name ?? '',
      user_who_performed_action: channel.access.user.name,
    }
  }

  #identity(report: ProtocolConnection): EventProperties {
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
    return `<${this.#node}.${serial}.${this.#hasChannels ? 0 : 1}>`
  }

  #channelPid(serial: number): string {
    if (!this.#hasChannels) return this.#connectionPid(serial)
    return `<${this.#node}.0.${serial}>`
  }
}

/** A consumer, as far as its events tell of it. */
export interface EventConsumer extends Consumer {
  readonly queue: Queue | undefined
}

/** A channel (a connection where there are none), as far as events of consumers tell of it. */
export interface EventChannel {
  readonly serial: number
  readonly access: { readonly vhost: string; readonly user: { readonly name: string } }
}

/** What events of a login tell beside the name; what is not known is left out. */
export function loginProperties(peer: SocketPeer, login: LoginWay): EventProperties {
  const properties = {
    ...peerProperties(peer),
    connection_name: login.connectionName,
    protocol: login.protocol,
    auth_mechanism: login.mechanism,
  }
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== ''))
}

/** How a client logs in. */
export interface LoginWay {
  readonly connectionName: string
  /** As in `ClientEvents.connectionCreated`. */
  readonly protocol: string
  readonly mechanism: string
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
