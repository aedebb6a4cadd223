import type { Logger } from '../std/logger.ts'
import type { Log, LogRecord } from '../store/log.ts'
import type { Definitions } from './definitions.ts'
import { priorityOf } from './properties.ts'
import { RecordType, readDelivered, readHolders, readSettle } from './record.ts'
import { RecoveredQueue } from './recovered-queue.ts'
import type { Topology } from './topology.ts'

export interface RecoveryPorts {
  readonly definitions: Definitions
  readonly log: Log
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
  let messages = 0
  let queues = 0
  for (const definition of definitions.all('queue')) {
    const queue = ports.topology(definition.vhost)?.restoreQueue(definition, recovered.get(definition.number))
    recovered.delete(definition.number)
    messages += queue?.depth ?? 0
    queues++
  }
  for (const binding of definitions.all('binding')) ports.topology(binding.vhost)?.restoreBinding(binding)
  if (queues > 0) logger.info(`recovered ${messages} messages of ${queues} durable queues`)
}

/**
 * Replays the message log. Records come in the order they were written, so a settlement always
 * finds its message before it, or the message is gone already. Bodies stay on disk.
 */
async function recoverMessages(log: Log): Promise<Map<number, RecoveredQueue>> {
  const queues = new Map<number, RecoveredQueue>()
  const queueOf = (number: number): RecoveredQueue => {
    let queue = queues.get(number)
    if (queue === undefined) {
      queue = new RecoveredQueue()
      queues.set(number, queue)
    }
    return queue
  }
  await log.replay(log.start, { bodies: false }, (record) => {
    switch (record.type) {
      case RecordType.publish:
        return recoverPublish(record, queueOf)
      case RecordType.settle:
        return readSettle(record.header, (number, sequence) => queueOf(number).settle(sequence))
      case RecordType.delivered: {
        const { queue: number, through } = readDelivered(record)
        const queue = queueOf(number)
        // The last one counts: it runs ahead of what was handed out, and is exact after a clean stop.
        queue.deliveredThrough = through
        queue.notePosition = record.position
      }
    }
  })
  return queues
}

function recoverPublish(record: LogRecord, queueOf: (number: number) => RecoveredQueue): void {
  const { header, bodySize, position } = record
  const { holders, propertiesStart } = readHolders(header)
  const share = Math.ceil((header.length + bodySize) / holders.length)
  const priority = priorityOf(header, propertiesStart) ?? 0
  for (const { queue: number, sequence } of holders) {
    const queue = queueOf(number)
    queue.add({ sequence, position, share, bodySize, durable: true }, priority)
    // A body that does not verify is lost; nobody gets it as good.
    if (record.damaged) queue.settle(sequence)
  }
}
