/** What can be set about the AMQP 0-9-1 head. */
export interface Amqp091Settings {
  /** Proposed in connection.tune; 0 for none. */
  readonly heartbeatSeconds: number
  /** Largest frame proposed in connection.tune; 0 for no limit. */
  readonly frameBytesMax: number
  /** Largest frame before a client has logged in. */
  readonly initialFrameBytesMax: number
  readonly channelsMax: number
  readonly consumersPerChannelMax: number | undefined
  /** Connections of this head that may be open at a time. */
  readonly connectionsMax: number | undefined
  readonly handshakeTimeoutMilliseconds: number
  /** SASL mechanisms in the order they are offered. */
  readonly authMechanisms: readonly string[]
  /** User that ANONYMOUS logs in as; undefined switches the mechanism off. */
  readonly anonymousUser: string | undefined
  readonly anonymousPassword: string
  /** What server-properties say. */
  readonly clusterName: string
  readonly product: string
  readonly version: string
}

/** RabbitMQ's defaults. */
export const defaultAmqp091Settings: Amqp091Settings = {
  heartbeatSeconds: 60,
  frameBytesMax: 131072,
  initialFrameBytesMax: 8192,
  channelsMax: 2047,
  consumersPerChannelMax: undefined,
  connectionsMax: undefined,
  handshakeTimeoutMilliseconds: 10_000,
  authMechanisms: ['PLAIN', 'AMQPLAIN', 'ANONYMOUS'],
  anonymousUser: 'guest',
  anonymousPassword: 'guest',
  clusterName: 'lapine@localhost',
  product: 'RabbitMQ',
  version: '4.3.6',
}
