import { Fault } from '../../broker/fault.ts'
import type { Method } from '../../wire/amqp091/methods.gen.ts'
import type { ConsumerSide } from './consumer-side.ts'
import type { PublisherSide } from './publisher-side.ts'
import { onExchangeMethod, onQueueMethod, type TopologyPort } from './topology.ts'

/** What the methods of a channel need of it. */
export interface MethodPort extends TopologyPort {
  publisherSide(): PublisherSide
  consumerSide(): ConsumerSide
  onCloseByClient(): void
}

/** Carries out a method on an open channel; throws the Fault it deserves. Publishes and acks mostly do not come by here. */
export function onMethod(channel: MethodPort, method: Method): void {
  switch (method.name) {
    case 'exchange.declare':
    case 'exchange.delete':
    case 'exchange.bind':
    case 'exchange.unbind':
      return onExchangeMethod(channel, method)
    case 'queue.declare':
    case 'queue.delete':
    case 'queue.purge':
    case 'queue.bind':
    case 'queue.unbind':
      return onQueueMethod(channel, method)
    case 'basic.nack':
      return channel
        .consumerSide()
        .settle(method.deliveryTag, method.multiple, method.requeue ? 'requeued' : 'discarded')
    case 'basic.reject':
      // A rejection says that the attempt failed, a nack only that somebody else may try.
      return channel.consumerSide().settle(method.deliveryTag, false, method.requeue ? 'failed' : 'discarded')
    case 'basic.recover':
    case 'basic.recover-async':
      return channel.consumerSide().onRecover(method)
    case 'basic.qos':
      return channel.consumerSide().onQos(method)
    case 'basic.consume':
      return channel.consumerSide().onConsume(method)
    case 'basic.cancel':
      return channel.consumerSide().onCancel(method.consumerTag, method.noWait)
    case 'basic.get':
      return channel.consumerSide().onGet(method)
    default:
      return onModeMethod(channel, method)
  }
}

function onModeMethod(channel: MethodPort, method: Method): void {
  switch (method.name) {
    case 'confirm.select':
      return channel.publisherSide().onConfirmSelect(method.noWait)
    case 'tx.select':
      return channel.publisherSide().onTxSelect(channel.consumerSide().deliveries)
    case 'tx.commit':
      return channel.publisherSide().onTxCommit(channel.consumerSide().deliveries)
    case 'tx.rollback':
      return channel.publisherSide().onTxRollback(channel.consumerSide().deliveries)
    case 'channel.open':
      throw new Fault('channel-error', "second 'channel.open' seen")
    case 'channel.flow':
      if (!method.active) throw new Fault('not-implemented', 'active=false')
      return channel.reply({ name: 'channel.flow-ok', active: true })
    case 'channel.close':
      return channel.onCloseByClient()
    case 'access.request':
      return channel.reply({ name: 'access.request-ok', ticket: 1 })
    default:
      throw new Fault('command-invalid', 'unimplemented method')
  }
}
