import { TRACE_EXCHANGE } from '../../../broker/firehose.ts'
import { namePattern } from '../../../broker/name-pattern.ts'
import { badRequest, HttpError, notFound } from '../http-error.ts'
import type { JsonObject } from '../listing.ts'
import { EventStream } from '../live/event-stream.ts'
import { Tail, type TailFilter } from '../live/tail.ts'
import { changesRightsOf } from '../live/visible-event.ts'
import { bodyObject, type Call, integerField, objectField, type Route, textField } from '../route.ts'
import type { Surroundings } from '../surroundings.ts'

/** Seconds after which it stops by itself. */
const SECONDS_MAX = 900

/** Nobody needs to see more of a message as it goes by. */
const PAYLOAD_BYTES_MAX = 64 * 1024

/** Streams of messages there may be at a time. */
const TAILS_MAX = 20

const SECOND = 1000

/** Shows messages as they go by. */
export function tailRoutes({ broker }: Surroundings): Route[] {
  let open = 0
  const tail = async (call: Call) => {
    const { actor } = call
    const asked = bodyObject(call)
    const vhost = textField(asked, 'vhost') ?? '/'
    const queue = textField(asked, 'queue')
    const exchange = exchangeOf(asked)
    // What is told of everything needs what tracing needs.
    const resource = { queue, exchange: exchange ?? (queue === undefined ? TRACE_EXCHANGE : undefined) }
    await broker.administration.authorize({ operation: 'messages.tail', actor, vhost, resource })
    const filter = readFilter(asked)
    const seconds = bounded(asked, 'seconds', SECONDS_MAX, { min: 1, max: SECONDS_MAX })
    const place = broker.virtualHost(vhost)
    if (place === undefined) throw notFound()
    if (open >= TAILS_MAX) throw new HttpError(503, 'too_many_streams', `there are ${TAILS_MAX} already`)
    const stream = new EventStream()
    const shown = new Tail(stream, filter, () => broker.clock.now())
    open++
    const stops = [
      place.taps.add(shown),
      broker.events.listen((event) => {
        const isOver = event.type === 'vhost.deleted' && event.properties.name === vhost
        if (isOver || changesRightsOf(event) === actor.user.name) stream.end()
      }),
    ]
    const timers = [
      broker.clock.every(SECOND, () => shown.onSecond()),
      broker.clock.every(15 * SECOND, () => stream.beat()),
      broker.clock.after(seconds * SECOND, () => {
        stream.send('end', JSON.stringify({ reason: `${seconds} seconds are over` }))
        stream.end()
      }),
    ]
    stream.onClose(() => {
      open--
      for (const stop of stops) stop()
      for (const timer of timers) timer.cancel()
    })
    stream.send('hello', JSON.stringify({ vhost, seconds }))
    return stream
  }
  return [{ method: 'POST', path: '/x/tail', handle: tail }]
}

function exchangeOf(asked: JsonObject): string | undefined {
  const exchange = textField(asked, 'exchange')
  return exchange === 'amq.default' ? '' : exchange
}

function readFilter(asked: JsonObject): TailFilter {
  const kinds = asked.kinds ?? ['publish', 'deliver']
  if (!Array.isArray(kinds) || kinds.some((kind) => kind !== 'publish' && kind !== 'deliver')) {
    throw badRequest('kinds should be a list of publish and deliver')
  }
  const key = textField(asked, 'routing_key')
  return {
    publishes: kinds.includes('publish'),
    deliveries: kinds.includes('deliver'),
    exchange: exchangeOf(asked),
    queue: textField(asked, 'queue'),
    user: textField(asked, 'user'),
    routingKey: key === undefined ? undefined : readPattern(key),
    headers: Object.entries(objectField(asked, 'headers')),
    oneIn: bounded(asked, 'one_in', 1, { min: 1, max: 1_000_000 }),
    payloadBytesMax: bounded(asked, 'payload_bytes_max', 1024, { min: 0, max: PAYLOAD_BYTES_MAX }),
  }
}

function readPattern(text: string) {
  try {
    return namePattern(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw badRequest(`invalid regex: ${error.message}`)
  }
}

function bounded(asked: JsonObject, name: string, otherwise: number, bounds: { min: number; max: number }): number {
  const value = integerField(asked, name, otherwise)
  if (value < bounds.min || value > bounds.max)
    throw badRequest(`${name} should be from ${bounds.min} to ${bounds.max}`)
  return value
}
