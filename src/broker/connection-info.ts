import type { Table } from '../std/table.ts'

/**
 * What can be known of an open connection: counters and states as they are when read. Of a head that knows no
 * channels there are none.
 */
export interface ConnectionInfo {
  /** Never given twice by its head, unlike the name. */
  readonly serial: number
  /** `client:port -> server:port`. */
  readonly name: string
  /** What the client calls itself (`connection_name`). */
  readonly userProvidedName: string | undefined
  /** `AMQP 0-9-1`. */
  readonly protocol: string
  readonly user: string
  readonly vhost: string
  readonly authMechanism: string
  /** `flow`: is held up as the disk is slower; `blocking`: will be held up when it publishes; `blocked`: is. */
  readonly state: 'running' | 'flow' | 'blocking' | 'blocked' | 'closing'
  /** Wall time in milliseconds. */
  readonly connectedAt: number
  /** Largest frame in bytes; 0 for no limit. */
  readonly frameMax: number
  /** 0 for no limit. */
  readonly channelMax: number
  /** 0 for none. */
  readonly heartbeatSeconds: number
  readonly clientProperties: Table
  /** Bytes that came, and bytes given to the system. */
  readonly bytesReceived: number
  readonly bytesSent: number
  /** Reads and writes they took. */
  readonly reads: number
  readonly writes: number
  /** Bytes that wait to be sent. */
  readonly bytesPending: number
  readonly channelCount: number
  channels(): Iterable<ChannelInfo>
  /** Ends it, telling the client why. */
  close(reason: string): void
}

/** What can be known of a channel (or whatever a head has like it). */
export interface ChannelInfo {
  /** Never given twice by its head, unlike the number. */
  readonly serial: number
  readonly number: number
  readonly state: 'running' | 'flow' | 'closing'
  readonly confirm: boolean
  readonly transactional: boolean
  /** For consumers to come; 0 for any number. */
  readonly prefetchCount: number
  /** For the channel as a whole; 0 for any number. */
  readonly globalPrefetchCount: number
  readonly messagesUnacknowledged: number
  readonly messagesUnconfirmed: number
  /** Publishes and settlements that wait for a commit. */
  readonly messagesUncommitted: number
  readonly acksUncommitted: number
  readonly consumerCount: number
  readonly counts: Readonly<ChannelCounts>
  consumers(): Iterable<ConsumerInfo>
}

/** How often what happened on a channel since it was opened, under RabbitMQ's names of message statistics. */
export interface ChannelCounts {
  publish: number
  confirm: number
  returnUnroutable: number
  dropUnroutable: number
  /** To consumers that acknowledge, and to those that do not. */
  deliver: number
  deliverNoAck: number
  get: number
  getNoAck: number
  getEmpty: number
  /** Those of the four above that were delivered before. */
  redeliver: number
  ack: number
}

/** What can be known of a consumer. */
export interface ConsumerInfo {
  readonly tag: string
  readonly queue: string
  readonly ackRequired: boolean
  readonly exclusive: boolean
  /** 0 for any number. */
  readonly prefetchCount: number
  readonly arguments: Table
  /** Acknowledgement timeout of its own in milliseconds. */
  readonly timeoutMilliseconds: number | undefined
  /** Delivered and not settled. */
  readonly unacknowledged: number
}
