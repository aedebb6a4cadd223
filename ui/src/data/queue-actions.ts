import type { Action } from './action.ts'
import { quote } from './action.ts'
import { path } from './request.ts'
import type { QueuePlace } from './stream.ts'

/** Takes all ready messages out of a queue. */
export function purgeQueue({ vhost, name }: QueuePlace): Action {
  return {
    method: 'DELETE',
    path: path`/queues/${vhost}/${name}/contents`,
    cli: `purge_queue -p ${quote(vhost)} ${quote(name)}`,
  }
}

/** Deletes a queue with what is in it. */
export function deleteQueue({ vhost, name }: QueuePlace): Action {
  return {
    method: 'DELETE',
    path: path`/queues/${vhost}/${name}`,
    cli: `delete_queue -p ${quote(vhost)} ${quote(name)}`,
  }
}
