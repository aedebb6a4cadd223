import type { Access } from '../../broker/access.ts'
import { REPLY_TO } from '../../broker/address.ts'
import { Fault } from '../../broker/fault.ts'
import type { Queue } from '../../broker/queue.ts'
import type {
  ExchangeBind,
  ExchangeDeclare,
  ExchangeDelete,
  ExchangeUnbind,
  Method,
  QueueBind,
  QueueDeclare,
  QueueDelete,
  QueuePurge,
  QueueUnbind,
} from '../../wire/amqp091/methods.gen.ts'
import type { ChannelPort } from './ports.ts'

/** What the methods on exchanges and queues need of their channel. */
export interface TopologyPort extends ChannelPort {
  readonly access: Access
  reply(method: Method): void
  /** Keeps what the client did not ask for until the next operation is answered. */
  holdNotices(): void
}

export type ExchangeMethod = ExchangeDeclare | ExchangeDelete | ExchangeBind | ExchangeUnbind
export type QueueMethod = QueueDeclare | QueueDelete | QueuePurge | QueueBind | QueueUnbind

/** Carries out a method of class exchange. */
export function onExchangeMethod(port: TopologyPort, method: ExchangeMethod): void {
  switch (method.name) {
    case 'exchange.declare':
      return declareExchange(port, method)
    case 'exchange.delete':
      return change(port, method.noWait, { name: 'exchange.delete-ok' }, () =>
        port.access.deleteExchange(oneLine(method.exchange), { ifUnused: method.ifUnused }),
      )
    case 'exchange.bind':
      return change(port, method.noWait, { name: 'exchange.bind-ok' }, () =>
        port.access.bindExchange(exchangeBinding(method)),
      )
    case 'exchange.unbind':
      return change(port, method.noWait, { name: 'exchange.unbind-ok' }, () =>
        port.access.unbindExchange(exchangeBinding(method)),
      )
    default:
      method satisfies never
  }
}

/** Carries out a method of class queue. */
export function onQueueMethod(port: TopologyPort, method: QueueMethod): void {
  switch (method.name) {
    case 'queue.declare':
      return declareQueue(port, method)
    case 'queue.delete': {
      const { ifUnused, ifEmpty, noWait } = method
      const name = queueName(port, method.queue)
      // Of the end of its consumers a client is told once it knows that the queue is gone.
      port.holdNotices()
      return port.carryOut(port.access.deleteQueue(name, { ifUnused, ifEmpty }), (count) => {
        if (!noWait) port.reply({ name: 'queue.delete-ok', messageCount: count })
      })
    }
    case 'queue.purge': {
      const { noWait } = method
      return port.carryOut(port.access.purgeQueue(queueName(port, method.queue)), (count) => {
        if (!noWait) port.reply({ name: 'queue.purge-ok', messageCount: count })
      })
    }
    case 'queue.bind':
      return change(port, method.noWait, { name: 'queue.bind-ok' }, () =>
        port.access.bindQueue(queueBinding(port, method)),
      )
    case 'queue.unbind':
      return change(port, false, { name: 'queue.unbind-ok' }, () => port.access.unbindQueue(queueBinding(port, method)))
    default:
      method satisfies never
  }
}

/** The name as given, or that of the queue declared last where it is empty. */
export function queueName(port: ChannelPort, name: string): string {
  if (name !== '') return oneLine(name)
  if (port.lastQueue === '') throw new Fault('not-found', 'no previously declared queue')
  return port.lastQueue
}

function declareExchange(port: TopologyPort, method: ExchangeDeclare): void {
  const { type, durable, autoDelete, internal, passive, noWait } = method
  const name = oneLine(method.exchange)
  const ok = { name: 'exchange.declare-ok' } as const
  if (passive) {
    port.access.checkExchange(name)
    if (!noWait) port.reply(ok)
    return
  }
  const declaration = { name, type, durable, autoDelete, internal, arguments: method.arguments }
  change(port, noWait, ok, () => port.access.declareExchange(declaration))
}

function declareQueue(port: TopologyPort, method: QueueDeclare): void {
  const { durable, exclusive, autoDelete, noWait } = method
  const name = oneLine(method.queue)
  if (name === REPLY_TO) {
    // The pseudo-queue itself is always there.
    port.lastQueue = name
    if (!noWait) port.reply({ name: 'queue.declare-ok', queue: name, messageCount: 0, consumerCount: 1 })
    return
  }
  // Declaring a reply address, passively or not, asks whether its consumer is still there.
  if (method.passive || name.startsWith(`${REPLY_TO}.`)) return declared(port, port.access.checkQueue(name), noWait)
  const declaration = { name, durable, exclusive, autoDelete, arguments: method.arguments }
  port.carryOut(port.access.declareQueue(declaration), (queue) => declared(port, queue, noWait))
}

function declared(port: TopologyPort, queue: Queue, noWait: boolean): void {
  port.lastQueue = queue.name
  if (noWait) return
  const { depth, consumerCount } = queue
  port.reply({ name: 'queue.declare-ok', queue: queue.name, messageCount: depth, consumerCount })
}

/** Waits for a change, then says that it is done unless nobody waits for it. */
function change(port: TopologyPort, noWait: boolean, ok: Method, start: () => Promise<void>): void {
  port.carryOut(start(), () => {
    if (!noWait) port.reply(ok)
  })
}

function exchangeBinding(method: ExchangeBind | ExchangeUnbind) {
  return {
    source: oneLine(method.source),
    destination: oneLine(method.destination),
    routingKey: method.routingKey,
    arguments: method.arguments,
  }
}

function queueBinding(port: TopologyPort, method: QueueBind | QueueUnbind) {
  const destination = queueName(port, method.queue)
  const short = method.queue === '' && method.routingKey === ''
  return {
    source: oneLine(method.exchange),
    destination,
    routingKey: short ? destination : method.routingKey,
    arguments: method.arguments,
  }
}

/** Names lose their line breaks, since they go into logs. */
function oneLine(name: string): string {
  return name.includes('\n') || name.includes('\r') ? name.replaceAll(/[\r\n]/g, '') : name
}
