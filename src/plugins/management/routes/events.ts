import { badRequest } from '../http-error.ts'
import type { Json, JsonObject } from '../listing.ts'
import type { QueuePlace, Wanted } from '../live/subscription.ts'
import { type EventTopic, eventTopics } from '../live/visible-event.ts'
import { bodyObject, type Call, type Route, textField } from '../route.ts'
import type { Surroundings } from '../surroundings.ts'

/** Queues one stream may look at. */
const QUEUES_MAX = 1000

/** What changes, told while it does. By POST there is room for more names than in a URL. */
export function eventRoutes({ live }: Surroundings): Route[] {
  const listen = (call: Call, asked: JsonObject) => {
    const { actor, lastEventId } = call
    return live.subscribe({ actor, lastEventId }, readWanted(asked))
  }
  return [
    { method: 'GET', path: '/x/events', handle: async (call) => listen(call, fromQuery(call.query)) },
    { method: 'POST', path: '/x/events', handle: async (call) => listen(call, bodyObject(call)) },
  ]
}

/** `topics=overview,queues&vhost=/&queues=["a","b"]`. */
function fromQuery({ topics, vhost, queues }: Call['query']): JsonObject {
  return {
    ...(topics === undefined ? {} : { topics: topics.split(',').filter((topic) => topic !== '') }),
    ...(vhost === undefined ? {} : { vhost }),
    ...(queues === undefined ? {} : { queues: parse(queues) }),
  }
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    throw badRequest('queues should be a list as JSON')
  }
}

function readWanted(asked: JsonObject): Wanted {
  const all = ['overview', 'alarms', 'queues', ...eventTopics]
  const topics = asked.topics ?? all
  if (!Array.isArray(topics)) throw badRequest('topics should be a list')
  const unknown = topics.find((topic) => !all.includes(String(topic)))
  if (unknown !== undefined) throw badRequest(`there is no topic ${JSON.stringify(unknown)}: ${all.join(', ')}`)
  const queues = readQueues(asked)
  return {
    overview: topics.includes('overview'),
    alarms: topics.includes('alarms'),
    topics: new Set(eventTopics.filter((topic): topic is EventTopic => topics.includes(topic))),
    queues: topics.includes('queues') ? queues : [],
  }
}

/** Names within `vhost`, or objects that say theirs. */
function readQueues(asked: JsonObject): readonly QueuePlace[] {
  const { queues = [] } = asked
  const within = textField(asked, 'vhost')
  if (!Array.isArray(queues)) throw badRequest('queues should be a list')
  if (queues.length > QUEUES_MAX) throw badRequest(`queues should be at most ${QUEUES_MAX}`)
  return queues.map((queue: Json) => {
    const { vhost, name } = (typeof queue === 'string' ? { name: queue, vhost: within } : Object(queue)) as JsonObject
    const place = vhost ?? within
    if (typeof name !== 'string' || typeof place !== 'string') throw badRequest('a queue should have name and vhost')
    return { vhost: place, name }
  })
}
