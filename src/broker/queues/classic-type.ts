import { type Table, tableBoolean, tableGet } from '../../std/table.ts'
import { deduplicationKeyIn } from '../deduplication-key.ts'
import { parseQueueArguments } from '../queue-arguments.ts'
import { QueueLog } from '../queue-log.ts'
import type { QueueType } from '../queue-type.ts'
import { describe } from '../resource.ts'
import { OrderedQueue } from './ordered-queue.ts'

function deduplicates(arguments_: Table): boolean {
  return tableBoolean(tableGet(arguments_, 'x-message-deduplication')) === true
}

/** The queue type of whoever does not ask for another. */
export const classicQueueType: QueueType = {
  name: 'classic',
  validate: (declaration, description) => {
    parseQueueArguments('classic', declaration.arguments, description)
  },
  noteOf: (arguments_) =>
    deduplicates(arguments_) ? (_wallTime, properties) => deduplicationKeyIn(properties, 0) ?? '' : undefined,
  create(options, context) {
    const { number, durable, recovered } = options
    const { deliveredThrough, notePosition } = recovered ?? { deliveredThrough: 0, notePosition: 0 }
    const log = new QueueLog(context.store, { id: number, durable, deliveredThrough, notePosition })
    const description = describe('queue', options.name, options.vhost)
    const declared = parseQueueArguments('classic', options.arguments, description)
    return new OrderedQueue({ ...options, declared, log, deduplicates: deduplicates(options.arguments) }, context)
  },
}
