import type { MessageTarget, MessageTransfer } from '../../../broker/administration/message-administration.ts'
import { hasLevel } from '../../../broker/user.ts'
import { badRequest, notFound } from '../http-error.ts'
import { bulkActions, isBulkAction, runBulk } from '../jobs/bulk.ts'
import type { Job } from '../jobs/job.ts'
import { readMessageFilter } from '../jobs/message-filter.ts'
import { type Json, type JsonObject, list } from '../listing.ts'
import { Answer, bodyObject, type Call, noContent, objectField, type Route, textField } from '../route.ts'
import type { Surroundings } from '../surroundings.ts'

const QUEUES_MAX = 10_000

/** What takes longer than a request should. */
export function jobRoutes(surroundings: Surroundings): Route[] {
  const { jobs } = surroundings
  return [
    ...(['move', 'copy', 'replay', 'delete'] as const).map(
      (verb): Route => ({
        method: 'POST',
        path: `/x/queues/:vhost/:queue/${verb === 'delete' ? 'delete-messages' : verb}`,
        handle: (call) => transfer(surroundings, verb, call),
      }),
    ),
    { method: 'POST', path: '/x/bulk', handle: (call) => bulk(surroundings, call) },
    {
      method: 'GET',
      path: '/x/jobs',
      handle: async (call) => {
        await look(surroundings, call)
        const items = [...jobs].reverse().filter((job) => isVisible(job, call))
        return list({ items, name: ({ description: { about } }) => about, write: (job) => job.show() }, call.query)
      },
    },
    {
      method: 'GET',
      path: '/x/jobs/:job',
      handle: async (call) => (await requireJob(surroundings, call)).showDetails(),
    },
    {
      method: 'DELETE',
      path: '/x/jobs/:job',
      handle: async (call) => {
        const job = await requireJob(surroundings, call)
        job.isCancelled = true
        return noContent
      },
    },
  ]
}

async function transfer(surroundings: Surroundings, verb: MessageTransfer['verb'], call: Call): Promise<Answer> {
  const { broker, jobs } = surroundings
  const { administration } = broker
  const { actor, params } = call
  const place = { vhost: params.vhost!, queue: params.queue! }
  const { vhost, queue } = place
  await administration.authorize({ operation: 'messages.transfer', actor, vhost, resource: { queue } })
  const body = bodyObject(call)
  const target = readTarget(verb, body)
  const matches = readMessageFilter(body)
  const found = await administration.topology.getQueue(actor, vhost, queue)
  if (found === undefined) throw notFound()
  const description = { action: verb, about: `${queue} in ${vhost}`, user: actor.user.name, total: undefined }
  const job = jobs.start(description, (running) =>
    administration.messages.transfer(
      actor,
      place,
      { verb, target, matches },
      {
        get isCancelled() {
          return running.isCancelled
        },
        onLooked: (count) => {
          running.looked += count
        },
        onMessage: ({ sequence, outcome, to, reason }) =>
          running.note({
            item: { sequence },
            outcome,
            ...(reason === undefined ? {} : { reason }),
            ...(to === undefined ? {} : { details: { to } }),
          }),
      },
    ),
  )
  return accepted(job)
}

/** `to`: `{queue}` or `{exchange, routing_key}`; what is replayed goes back where it came from unless that is said. */
function readTarget(verb: MessageTransfer['verb'], body: JsonObject): MessageTarget | undefined {
  if (verb === 'delete') return undefined
  const to = objectField(body, 'to')
  const queue = textField(to, 'queue')
  const exchange = textField(to, 'exchange')
  const routingKey = textField(to, 'routing_key')
  if (queue !== undefined) return { queue }
  if (exchange !== undefined) return { exchange: exchange === 'amq.default' ? '' : exchange, routingKey }
  if (verb === 'replay') return 'origin'
  throw badRequest('to should be an object with queue, or with exchange and routing_key')
}

async function bulk(surroundings: Surroundings, call: Call): Promise<Answer> {
  const { broker, jobs } = surroundings
  const { actor } = call
  const body = bodyObject(call)
  const queues = readQueues(body.queues)
  for (const vhost of new Set(queues.map((queue) => queue.vhost))) {
    await broker.administration.authorize({ operation: 'topology.open', actor, vhost, resource: {} })
  }
  const action = textField(body, 'action') ?? ''
  if (!isBulkAction(action)) throw badRequest(`action should be one of ${bulkActions.join(', ')}`)
  const options = objectField(body, 'options')
  const about = `${queues.length} queue${queues.length === 1 ? '' : 's'}`
  const description = { action, about, user: actor.user.name, total: queues.length }
  return accepted(jobs.start(description, (job) => runBulk(broker, { action, actor, queues, options }, job)))
}

function readQueues(value: Json): { vhost: string; name: string }[] {
  if (!Array.isArray(value)) throw badRequest('queues should be a list')
  if (value.length > QUEUES_MAX) throw badRequest(`queues should be at most ${QUEUES_MAX}`)
  return value.map((one: Json) => {
    const { vhost, name } = Object(one) as JsonObject
    if (typeof vhost !== 'string' || typeof name !== 'string') throw badRequest('a queue should have vhost and name')
    return { vhost, name }
  })
}

/** It runs; where to look is in the answer. */
function accepted(job: Job): Answer {
  return new Answer(202, { location: `/api/x/jobs/${job.id}` }, job.show())
}

async function look({ broker }: Surroundings, { actor }: Call): Promise<void> {
  await broker.administration.authorize({ operation: 'jobs.look', actor, resource: {} })
}

/** One's own, and for administrators all. */
function isVisible({ description }: Job, { actor }: Call): boolean {
  return description.user === actor.user.name || hasLevel(actor.user, 'administrator')
}

async function requireJob(surroundings: Surroundings, call: Call): Promise<Job> {
  await look(surroundings, call)
  const job = surroundings.jobs.get(call.params.job!)
  if (job === undefined || !isVisible(job, call)) throw notFound()
  return job
}
