import type { Table } from '../std/table.ts'
import type { Address } from './address.ts'
import type { Consumer } from './consumer.ts'
import type { PublishCounters } from './counters.ts'
import type { Delivery } from './delivery.ts'
import type { Message } from './message.ts'
import type { Owner, Queue } from './queue.ts'
import type { User } from './user.ts'

export interface ExchangeDeclaration {
  readonly name: string
  readonly type: string
  readonly durable: boolean
  readonly autoDelete: boolean
  readonly internal: boolean
  readonly arguments: Table
}

export interface QueueDeclaration {
  /** Empty: the broker makes up `amq.gen-…`. */
  readonly name: string
  readonly durable: boolean
  readonly exclusive: boolean
  readonly autoDelete: boolean
  readonly arguments: Table
}

export interface BindingDeclaration {
  readonly source: string
  readonly destination: string
  readonly routingKey: string
  readonly arguments: Table
}

/**
 * What became of a publish. `unroutable`: no queue took it (return it if mandatory; confirm at once).
 * `transient`: confirm at once. `stored`: confirm when `durable(mark)` says so. `refused`: negative
 * confirm (a queue's overflow rule rejected it).
 */
export type Published = 'unroutable' | 'transient' | 'stored' | 'refused'

/**
 * The one door into a virtual host for one authenticated client: every operation a head can ask
 * for enters here, is authorized here, and throws a Fault with RabbitMQ's text when refused.
 * Made by `Broker.access`; owns the client's exclusive queues, which `close` deletes.
 *
 * Control plane (promises): resolves when the change is durable. The head reads no further
 * command of that channel until it does. Data plane (synchronous): publish, and what queues do.
 */
export interface Access {
  /** A new secret may bring other tags, so ask anew. */
  readonly user: User
  /** Wall-clock milliseconds at which the credentials end; undefined for never. A new secret may move it. */
  readonly expiresAt: number | undefined
  readonly vhost: string
  readonly owner: Owner
  /** Of all publishers of the virtual host; heads count there what they confirm, return and drop. */
  readonly publishing: PublishCounters

  declareExchange(declaration: ExchangeDeclaration): Promise<void>
  /** Passive declare. */
  checkExchange(name: string): void
  deleteExchange(name: string, options: { ifUnused: boolean }): Promise<void>
  bindExchange(declaration: BindingDeclaration): Promise<void>
  unbindExchange(declaration: BindingDeclaration): Promise<void>

  declareQueue(declaration: QueueDeclaration): Promise<Queue>
  /** Passive declare; also tells whether a direct reply-to address still has its consumer. */
  checkQueue(name: string): Queue
  /** Answers how many ready messages went with it; 0 when there is no such queue. */
  deleteQueue(name: string, options: { ifUnused: boolean; ifEmpty: boolean }): Promise<number>
  /** Gives a queue that exists other arguments, as far as its type can change them. Needs what a declaration needs. */
  alterQueue(name: string, arguments_: Table): Promise<void>
  purgeQueue(name: string): Promise<number>
  /** Stops the deliveries of a queue, or lets them go on. */
  pauseQueue(name: string, paused: boolean): Promise<void>
  bindQueue(declaration: BindingDeclaration): Promise<void>
  unbindQueue(declaration: BindingDeclaration): Promise<void>

  /**
   * Exchange and key of a publish, authorized (exchange exists, write permission, not internal).
   * Heads keep the last one and ask again when the raw bytes differ or `isCurrent` says no.
   */
  address(exchange: string, routingKey: string): Address
  /** False once the topology changed since the address was made: ask for a new one. */
  isCurrent(address: Address): boolean
  /**
   * Publishes; throws a Fault for a bad message (CC/BCC, expiration, user-id, size). `also` is a queue that gets it
   * wherever it leads, in the same record of the log: what is noted there is there exactly when the message is. The
   * answer does not count it as a route; `unroutable` too is then on disk once `durable` reaches the mark.
   * `channel` is told to whoever watches messages go by; 0 where there are none.
   */
  publish(message: Message, also?: Queue, channel?: number): Published
  /** Puts a message into one queue alone, which the user may read; its address is only told with it. */
  enqueue(queue: string, message: Message): Published

  /** Subscribes; answers the queue, whose `remove` ends it. Needs read permission. */
  consume(queue: string, consumer: Consumer): Queue
  /**
   * The next message, to be settled; with `settled` it counts as accepted the moment it is handed over. Whoever watches
   * messages go by is told that it goes out by `channel` (0 where there are none), or nothing for one the head keeps to itself.
   */
  get(queue: string, settled?: boolean, channel?: number): Promise<Delivery | undefined>

  /**
   * Direct reply-to: registers `consumer` and answers the address (`amq.rabbitmq.reply-to.…`) that
   * leads to it; `message.replyTo` of requests is rewritten to it with `Message.withReplyTo`.
   */
  consumeReplies(consumer: Consumer): Queue

  /** Whether the user may (still) consume from a queue: to be asked of every consumer after a new secret. */
  mayConsume(queue: string): Promise<boolean>

  /**
   * Re-authenticates with a new secret (connection.update-secret), with which tags, permissions and expiry may change.
   * Throws a Fault('not-allowed') with RabbitMQ's text.
   */
  updateSecret(secret: string): Promise<void>
  /** Counts a channel (or session) of the client; throws a Fault('not-allowed') when there are as many as there may be. */
  openChannel(): void
  closeChannel(): void
  /** Deletes exclusive queues; the connection counts no more. Idempotent. */
  close(): void
}

/** What a connection may learn of itself before it has access to a virtual host. */
export interface Peer {
  /** `ip:port`. */
  readonly address: string
  /** The address alone. */
  readonly ip: string
  readonly loopback: boolean
}
