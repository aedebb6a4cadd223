import type { Logger } from '../std/logger.ts'
import type { Log } from '../store/log.ts'
import type { Address } from './address.ts'
import type { Definitions } from './definitions.ts'
import type { Delivery } from './delivery.ts'
import { Message } from './message.ts'
import type { MessageStore } from './message-store.ts'
import { RecordType, readDelivered, readPublish, readSettle } from './record.ts'
import type { Topology } from './topology.ts'

/** What the message log knows of one durable queue at start. */
export interface RecoveredQueue {
  /** Highest sequence the log mentions. */
  sequence: number
  /** Messages up to it may have been handed out before. */
  deliveredThrough: number
  /** Messages not settled, by sequence. */
  readonly messages: Map<number, Message>
}

/**
 * Replays the message log. Records come in the order they were written, so a settlement always
 * finds its message before it, or the message is gone already. Contents stay on disk: a message has
 * its properties in memory until its queues took it, because queues read priorities and times from them.
 */
async function recoverMessages(log: Log): Promise<Map<number, RecoveredQueue>> {
  const queues = new Map<number, RecoveredQueue>()
  const queueOf = (number: number): RecoveredQueue => {
    let queue = queues.get(number)
    if (queue === undefined) {
      queue = { sequence: 0, deliveredThrough: 0, messages: new Map() }
      queues.set(number, queue)
    }
    return queue
  }
  let address: Address | undefined
  await log.replay(log.start, { bodies: false }, (record) => {
    switch (record.type) {
      case RecordType.publish: {
        const publish = readPublish(record.header, address)
        address = publish.address
        const properties = Buffer.from(publish.properties)
        const message = new Message(address, properties, 0, properties.length, record.bodySize)
        message.position = record.position
        message.recordSize = record.header.length + record.bodySize
        message.storedAt = publish.wallTime
        for (const holder of publish.holders) {
          const queue = queueOf(holder.queue)
          queue.sequence = Math.max(queue.sequence, holder.sequence)
          if (record.damaged) queue.messages.delete(holder.sequence)
          else queue.messages.set(holder.sequence, message)
        }
        return
      }
      case RecordType.settle:
        return readSettle(record.header, (number, sequence) => {
          const queue = queueOf(number)
          queue.sequence = Math.max(queue.sequence, sequence)
          queue.messages.delete(sequence)
        })
      case RecordType.delivered: {
        const { queue: number, through } = readDelivered(record)
        const queue = queueOf(number)
        queue.sequence = Math.max(queue.sequence, through)
        queue.deliveredThrough = Math.max(queue.deliveredThrough, through)
      }
    }
  })
  return queues
}

export interface RecoveryPorts {
  readonly definitions: Definitions
  readonly log: Log
  readonly store: MessageStore
  readonly logger: Logger
  topology(vhost: string): Topology | undefined
}

/** Builds exchanges, queues and bindings from the definitions, and fills the queues from the message log. */
export async function recover(ports: RecoveryPorts): Promise<void> {
  const { definitions, logger } = ports
  const recovered = await recoverMessages(ports.log)
  for (const exchange of definitions.all('exchange')) {
    if (ports.topology(exchange.vhost)?.restoreExchange(exchange) === false) {
      logger.error(`exchange '${exchange.name}' in vhost '${exchange.vhost}' has the unknown type '${exchange.type}'`)
    }
  }
  const held = new Map<Message, Delivery[]>()
  for (const definition of definitions.all('queue')) {
    const contents = recovered.get(definition.number)
    const queue = ports.topology(definition.vhost)?.restoreQueue(definition, contents)
    if (queue === undefined || contents === undefined) continue
    for (const [sequence, message] of [...contents.messages].sort(([a], [b]) => a - b)) {
      const delivery = queue.restore(message, sequence, sequence <= contents.deliveredThrough)
      const deliveries = held.get(message)
      if (deliveries === undefined) held.set(message, [delivery])
      else deliveries.push(delivery)
    }
  }
  for (const binding of definitions.all('binding')) ports.topology(binding.vhost)?.restoreBinding(binding)
  for (const [message, deliveries] of held) {
    message.content = undefined
    ports.store.restore(message, deliveries)
  }
  if (held.size > 0) logger.info(`recovered ${held.size} messages of ${recovered.size} queues`)
}
