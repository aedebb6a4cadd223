import { Fault } from '../fault.ts'
import { parseQueueArguments } from '../queue-arguments.ts'
import { withQuorumPolicy } from '../queue-policy.ts'
import type { QueueType } from '../queue-type.ts'
import { AtLeastOnce } from './at-least-once.ts'
import type { QueueNature } from './nature.ts'
import { openOrderedQueue } from './ordered-queue.ts'
import { QuorumReady } from './quorum-ready.ts'
import { QuorumReturns } from './quorum-returns.ts'

/** The highest priority kept apart, and that of a message that names none. */
const PRIORITY_MAX = 31
const PRIORITY_DEFAULT = 4

const nature: QueueNature = {
  type: 'quorum',
  keeps: 'all messages',
  admitsExclusive: false,
  admitsSharedPrefetch: false,
  usedByDeclaring: false,
  singleActive: 'highest priority',
  pollsWithSingleActive: false,
  rules: withQuorumPolicy,
  ready: () => new QuorumReady(),
  ranks: () => true,
  priority: (named) => Math.min(named ?? PRIORITY_DEFAULT, PRIORITY_MAX),
  organs: (parts) => {
    const deaths = new AtLeastOnce(parts)
    return { returns: new QuorumReturns(parts, deaths), deaths }
  },
}

/**
 * Quorum queues, as one node keeps them: every message is on disk before it is confirmed; attempts
 * are counted and limited; dead letters can be made sure of.
 */
export const quorumQueueType: QueueType = {
  name: 'quorum',
  validate: (declaration, description) => {
    if (declaration.name === '') {
      throw new Fault('precondition-failed', 'Cannot declare a server-named queue for type rabbit_quorum_queue')
    }
    parseQueueArguments('quorum', declaration.arguments, description)
    const misfit = declaration.autoDelete
      ? 'auto-delete'
      : declaration.exclusive
        ? 'exclusive-owner'
        : declaration.durable
          ? undefined
          : 'non-durable'
    if (misfit !== undefined) throw new Fault('precondition-failed', `invalid property '${misfit}' for ${description}`)
  },
  validateDeletion: ({ ifUnused, ifEmpty }, description) => {
    if (!ifUnused && !ifEmpty) return
    const flag = ifUnused ? 'if-unused' : 'if-empty'
    throw new Fault(
      'not-implemented',
      `cannot delete ${description}. queue.delete operations with ${flag} flag set are not supported by quorum queues`,
    )
  },
  create: (options, context) => openOrderedQueue(nature, options, context),
}
