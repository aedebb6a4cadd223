import type { Access } from '../../../broker/access.ts'
import type { Broker } from '../../../broker/broker.ts'
import type { Queue } from '../../../broker/queue.ts'
import type { JsonObject as PlainObject } from '../../../std/json.ts'
import { longString, tableGet, tableSet } from '../../../std/table.ts'
import { tableFromJson } from '../../../std/table-json.ts'
import { notFound } from '../http-error.ts'
import { list } from '../listing.ts'
import { peekQueue, showQueue, showQueueBriefly, showQueueDetails } from '../queue-json.ts'
import { bodyObject, type Call, created, flagField, noContent, objectField, type Route, textField } from '../route.ts'
import { readRanges } from '../statistics/sample-range.ts'
import type { Surroundings } from '../surroundings.ts'

/** Queues: to look at, to make, to empty, to delete. */
export function queueRoutes(surroundings: Surroundings): Route[] {
  const { broker } = surroundings
  const all = async (call: Call) => {
    const items = await broker.administration.topology.listQueues(call.actor, call.params.vhost)
    const isBrief = call.query.disable_stats === 'true'
    if (!isBrief) surroundings.monitor.watch('queues')
    const write = isBrief ? showQueueBriefly : showQueue
    const ranges = readRanges(call.query)
    return list(
      {
        items,
        name: ({ name }) => name,
        write: (queue) => write(queue, surroundings, ranges),
        peek: (path) => peekQueue(path, surroundings),
      },
      call.query,
    )
  }
  return [
    ...['/queues', '/queues/detailed', '/queues/:vhost'].map((path): Route => ({ method: 'GET', path, handle: all })),
    {
      method: 'GET',
      path: '/queues/:vhost/:queue',
      handle: async (call) => showQueueDetails(await requireQueue(broker, call), surroundings, readRanges(call.query)),
    },
    { method: 'PUT', path: '/queues/:vhost/:queue', handle: (call) => declare(broker, call) },
    {
      method: 'DELETE',
      path: '/queues/:vhost/:queue',
      handle: async (call) => {
        await requireQueue(broker, call)
        const { 'if-unused': ifUnused, 'if-empty': ifEmpty } = call.query
        const options = { ifUnused: ifUnused === 'true', ifEmpty: ifEmpty === 'true' }
        await within(broker, call, (access) => access.deleteQueue(call.params.queue!, options))
        return noContent
      },
    },
    {
      method: 'DELETE',
      path: '/queues/:vhost/:queue/contents',
      handle: async (call) => {
        await requireQueue(broker, call)
        await within(broker, call, (access) => access.purgeQueue(call.params.queue!))
        return noContent
      },
    },
    ...['pause', 'resume'].flatMap((verb) =>
      // The second as LavinMQ has it.
      ['/x/queues', '/queues'].map(
        (root): Route => ({
          method: 'PUT',
          path: `${root}/:vhost/:queue/${verb}`,
          handle: async (call) => {
            await requireQueue(broker, call)
            await within(broker, call, (access) => access.pauseQueue(call.params.queue!, verb === 'pause'))
            return noContent
          },
        }),
      ),
    ),
    {
      method: 'POST',
      path: '/queues/:vhost/:queue/actions',
      // `sync` and `cancel_sync` were for mirrors, of which there are none.
      handle: async (call) => {
        await requireQueue(broker, call)
        return noContent
      },
    },
  ]
}

async function declare(broker: Broker, call: Call) {
  const body = bodyObject(call)
  const { vhost, queue: name } = call.params
  const given = tableFromJson(objectField(body, 'arguments') as PlainObject)
  const type = textField(body, 'queue_type')
  const hasType = type === undefined || tableGet(given, 'x-queue-type') !== undefined
  const declaration = {
    name: name!,
    durable: flagField(body, 'durable', true),
    exclusive: flagField(body, 'exclusive', false),
    autoDelete: flagField(body, 'auto_delete', false),
    arguments: hasType ? given : tableSet(given, 'x-queue-type', longString(type)),
  }
  const known = await broker.administration.topology.getQueue(call.actor, vhost!, name!)
  await within(broker, call, (access) => access.declareQueue(declaration))
  return known === undefined ? created : noContent
}

async function within<T>(broker: Broker, call: Call, work: (access: Access) => Promise<T>): Promise<T> {
  const access = await broker.administration.topology.open(call.actor, call.params.vhost!)
  try {
    return await work(access)
  } finally {
    access.close()
  }
}

/** The queue of the path; throws an HttpError (404). */
async function requireQueue({ administration: { topology } }: Broker, call: Call): Promise<Queue> {
  const { vhost, queue: name } = call.params
  const found = await topology.getQueue(call.actor, vhost!, name!)
  if (found === undefined) throw notFound()
  return found
}
