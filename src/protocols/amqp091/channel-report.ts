import type { ChannelCounts, ChannelInfo, ConsumerInfo } from '../../broker/connection-info.ts'
import type { Channel } from './channel.ts'
import type { Subscription } from './subscription.ts'

/** A channel as it is shown to operators: made when somebody looks. */
export class ChannelReport implements ChannelInfo {
  readonly #channel: Channel

  constructor(channel: Channel) {
    this.#channel = channel
  }

  get serial(): number {
    return this.#channel.serial
  }

  get number(): number {
    return this.#channel.number
  }

  get state(): ChannelInfo['state'] {
    if (this.#channel.state !== 'open') return 'closing'
    return this.#channel.busy ? 'flow' : 'running'
  }

  get confirm(): boolean {
    return this.#channel.publishing?.confirms !== undefined
  }

  get transactional(): boolean {
    return this.#channel.publishing?.transaction !== undefined
  }

  get prefetchCount(): number {
    return this.#channel.consuming?.subscriptions.prefetch ?? 0
  }

  get globalPrefetchCount(): number {
    return this.#channel.consuming?.deliveries.prefetch ?? 0
  }

  get messagesUnacknowledged(): number {
    return this.#channel.consuming?.deliveries.unsettledCount ?? 0
  }

  get messagesUnconfirmed(): number {
    return this.#channel.publishing?.confirms?.length ?? 0
  }

  get messagesUncommitted(): number {
    return this.#channel.publishing?.transaction?.length ?? 0
  }

  get acksUncommitted(): number {
    return this.#channel.consuming?.deliveries.settlements?.length ?? 0
  }

  get consumerCount(): number {
    return this.#channel.consuming?.subscriptions.size ?? 0
  }

  get counts(): ChannelCounts {
    const { publishing, consuming } = this.#channel
    return {
      publish: publishing?.published ?? 0,
      confirm: publishing?.confirms?.confirmed ?? 0,
      returnUnroutable: publishing?.returned ?? 0,
      dropUnroutable: publishing?.dropped ?? 0,
      deliver: consuming?.delivered ?? 0,
      deliverNoAck: consuming?.deliveredNoAck ?? 0,
      get: consuming?.got ?? 0,
      getNoAck: consuming?.gotNoAck ?? 0,
      getEmpty: consuming?.gotNothing ?? 0,
      redeliver: consuming?.redelivered ?? 0,
      ack: consuming?.deliveries.acknowledged ?? 0,
    }
  }

  *consumers(): Iterable<ConsumerInfo> {
    for (const subscription of this.#channel.consuming?.subscriptions ?? []) yield consumerInfo(subscription)
  }
}

function consumerInfo(subscription: Subscription): ConsumerInfo {
  return {
    tag: subscription.tag,
    queue: subscription.queue?.name ?? '',
    ackRequired: !subscription.settled,
    exclusive: subscription.exclusive,
    prefetchCount: subscription.prefetch,
    arguments: subscription.arguments,
    timeoutMilliseconds: subscription.timeoutMilliseconds,
    unacknowledged: subscription.outstanding,
  }
}
