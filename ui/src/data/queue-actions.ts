import { type Action, quote } from './action.ts'
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

/** Stops the deliveries of a queue, or lets them go on. */
export function pauseQueue({ vhost, name }: QueuePlace, verb: 'pause' | 'resume'): Action {
  return { method: 'PUT', path: path`/x/queues/${vhost}/${name}/` + verb }
}

/** Does one thing to many queues, as a job. */
export function forQueues(action: 'purge' | 'delete' | 'pause' | 'resume', queues: readonly QueuePlace[]): Action {
  return {
    method: 'POST',
    path: '/x/bulk',
    body: { action, queues: queues.map(({ vhost, name }) => ({ vhost, name })) },
  }
}

/** Where messages go: a queue, or an exchange with a key (their own when it is empty). */
export type MessageTarget = { readonly queue: string } | { readonly exchange: string; readonly routing_key?: string }

/** Does something to messages of a queue, as a job; to all when `sequences` is undefined. */
export function withMessages(
  verb: 'move' | 'copy' | 'replay' | 'delete-messages',
  { vhost, name }: QueuePlace,
  sequences: readonly number[] | undefined,
  to?: MessageTarget,
): Action {
  return {
    method: 'POST',
    path: path`/x/queues/${vhost}/${name}/` + verb,
    body: { ...(sequences === undefined ? {} : { sequences }), ...(to === undefined ? {} : { to }) },
  }
}
