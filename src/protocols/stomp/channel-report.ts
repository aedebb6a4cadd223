import type { ChannelCounts, ChannelInfo, ConsumerInfo } from '../../broker/connection-info.ts'
import type { Client } from './client.ts'
import type { Connection } from './connection.ts'

/** A client's traffic as that of a channel, of which a STOMP connection has one: made when somebody looks. */
export class ChannelReport implements ChannelInfo {
  readonly #connection: Connection
  readonly #client: Client
  readonly number = 1
  readonly confirm = true
  readonly transactional = false
  readonly prefetchCount = 0
  readonly globalPrefetchCount = 0
  readonly messagesUncommitted = 0
  readonly acksUncommitted = 0

  constructor(connection: Connection, client: Client) {
    this.#connection = connection
    this.#client = client
  }

  get serial(): number {
    return this.#connection.serial
  }

  get state(): ChannelInfo['state'] {
    return this.#connection.state === 'open' ? 'running' : 'closing'
  }

  get messagesUnacknowledged(): number {
    return this.#client.subscriptions.outstanding
  }

  get messagesUnconfirmed(): number {
    return this.#connection.receipts.length
  }

  get consumerCount(): number {
    return this.#client.subscriptions.size
  }

  get counts(): ChannelCounts {
    const { sender, subscriptions } = this.#client
    return {
      publish: sender.published,
      confirm: 0,
      returnUnroutable: 0,
      dropUnroutable: sender.dropped,
      deliver: subscriptions.delivered,
      deliverNoAck: subscriptions.deliveredNoAck,
      get: 0,
      getNoAck: 0,
      getEmpty: 0,
      redeliver: subscriptions.redelivered,
      ack: subscriptions.acknowledged,
    }
  }

  *consumers(): Iterable<ConsumerInfo> {
    for (const subscription of this.#client.subscriptions) {
      yield {
        tag: subscription.tag,
        queue: subscription.queue?.name ?? '',
        ackRequired: !subscription.settled,
        exclusive: subscription.exclusive,
        prefetchCount: subscription.prefetch,
        arguments: subscription.arguments,
        timeoutMilliseconds: undefined,
        unacknowledged: subscription.outstanding,
      }
    }
  }
}
