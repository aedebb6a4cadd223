import { type Table, tableBoolean, tableGet } from '../../std/table.ts'
import { deduplicationKeyIn } from '../deduplication-key.ts'
import { parseQueueArguments } from '../queue-arguments.ts'
import { withPolicy } from '../queue-policy.ts'
import type { QueueType } from '../queue-type.ts'
import { AtMostOnce } from './at-most-once.ts'
import { ClassicReturns } from './classic-returns.ts'
import type { QueueNature } from './nature.ts'
import { openOrderedQueue } from './ordered-queue.ts'
import { PriorityReady, SingleReady } from './ready.ts'

const nature: QueueNature = {
  type: 'classic',
  keeps: 'persistent messages',
  admitsExclusive: true,
  admitsSharedPrefetch: true,
  usedByDeclaring: true,
  singleActive: 'first in line',
  pollsWithSingleActive: true,
  rules: withPolicy,
  ready: ({ maxPriority }) => (maxPriority === undefined ? new SingleReady() : new PriorityReady()),
  ranks: ({ maxPriority }) => maxPriority !== undefined,
  priority: (named, { maxPriority }) => (maxPriority === undefined ? 0 : Math.min(named ?? 0, maxPriority)),
  organs: (parts) => ({ returns: new ClassicReturns(parts), deaths: new AtMostOnce(parts) }),
}

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
  create: (options, context) =>
    openOrderedQueue(nature, { ...options, deduplicates: deduplicates(options.arguments) }, context),
}
