import type { Access } from '../../../broker/access.ts'
import type { Actor } from '../../../broker/administration/actor.ts'
import type { Broker } from '../../../broker/broker.ts'
import { Fault } from '../../../broker/fault.ts'
import type { JsonObject } from '../listing.ts'
import type { Job } from './job.ts'

/** What can be done to many queues at once. */
export const bulkActions = ['purge', 'delete', 'pause', 'resume'] as const
export type BulkAction = (typeof bulkActions)[number]

export function isBulkAction(name: string): name is BulkAction {
  return (bulkActions as readonly string[]).includes(name)
}

export interface BulkWork {
  readonly action: BulkAction
  readonly actor: Actor
  readonly queues: readonly { readonly vhost: string; readonly name: string }[]
  /** `if_unused` and `if_empty` of `delete`. */
  readonly options: JsonObject
}

/** Does one thing to each of many queues, as the actor itself would one by one. */
export async function runBulk(broker: Broker, work: BulkWork, job: Job): Promise<void> {
  const doors = new Map<string, Access>()
  try {
    for (const { vhost, name } of work.queues) {
      if (job.isCancelled) return
      job.looked++
      try {
        const door = doors.get(vhost) ?? (await broker.administration.topology.open(work.actor, vhost))
        doors.set(vhost, door)
        const messages = await act(door, name, work)
        job.note({ item: { vhost, queue: name }, outcome: 'done', details: { messages } })
      } catch (error) {
        if (!(error instanceof Fault)) throw error
        job.note({ item: { vhost, queue: name }, outcome: 'failed', reason: error.message })
      }
    }
  } finally {
    for (const door of doors.values()) door.close()
  }
}

/** Answers how many messages went. */
async function act(door: Access, name: string, { action, options }: BulkWork): Promise<number> {
  switch (action) {
    case 'purge':
      return door.purgeQueue(name)
    case 'delete':
      // What is not there is done already, but whoever asks for it by name wants to know.
      door.checkQueue(name)
      return door.deleteQueue(name, { ifUnused: options.if_unused === true, ifEmpty: options.if_empty === true })
    case 'pause':
    case 'resume':
      await door.pauseQueue(name, action === 'pause')
      return 0
    default:
      return action satisfies never
  }
}
