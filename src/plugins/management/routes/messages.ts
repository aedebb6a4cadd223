import type { Access } from '../../../broker/access.ts'
import type { Broker } from '../../../broker/broker.ts'
import type { Delivery, Outcome } from '../../../broker/delivery.ts'
import { Message } from '../../../broker/message.ts'
import { encodeProperties } from '../../../broker/properties.ts'
import { badRequest } from '../http-error.ts'
import type { Json, JsonObject } from '../listing.ts'
import { showMessage } from '../message-json.ts'
import { readProperties } from '../property-json.ts'
import { bodyObject, type Call, integerField, objectField, type Route, requireField } from '../route.ts'

/** Messages one asks for at a time. */
const COUNT_MAX = 50_000

/** Who watches messages go by is told that they came by this channel, as in RabbitMQ. */
const CHANNEL = 1

/** What becomes of messages that were got. */
const acknowledgements: Readonly<Record<string, Outcome>> = {
  ack_requeue_true: 'requeued',
  reject_requeue_true: 'failed',
  ack_requeue_false: 'accepted',
  reject_requeue_false: 'discarded',
}

/** Publishing and getting messages, a few at a time. */
export function messageRoutes(broker: Broker): Route[] {
  return [
    {
      method: 'POST',
      path: '/exchanges/:vhost/:exchange/publish',
      handle: (call) => within(broker, call, (access) => publish(broker, access, call)),
    },
    {
      method: 'POST',
      path: '/queues/:vhost/:queue/get',
      handle: (call) => within(broker, call, (access) => get(access, call)),
    },
  ]
}

async function within<T>(broker: Broker, call: Call, work: (access: Access) => Promise<T>): Promise<T> {
  const access = await broker.administration.topology.open(call.actor, call.params.vhost!)
  try {
    return await work(access)
  } finally {
    access.close()
  }
}

/** Answers when the message is where it has to be, durable ones on disk. */
async function publish(broker: Broker, access: Access, call: Call): Promise<Json> {
  const body = bodyObject(call)
  const routingKey = String(requireField(body, 'routing_key'))
  const payload = readPayload(requireField(body, 'payload'), requireField(body, 'payload_encoding'))
  const properties = encodeProperties(readProperties(objectField(body, 'properties')))
  const exchange = call.params.exchange === 'amq.default' ? '' : call.params.exchange!
  if (Buffer.byteLength(routingKey) > 255) throw badRequest('routing_key should be at most 255 bytes')
  const address = access.address(exchange, routingKey)
  const content = Buffer.concat([properties, payload])
  const published = access.publish(
    new Message(address, content, 0, properties.length, payload.length),
    undefined,
    CHANNEL,
  )
  if (published === 'stored') await broker.flush()
  return { routed: published !== 'unroutable' }
}

function readPayload(payload: Json, encoding: Json): Buffer {
  if (typeof payload !== 'string') throw badRequest('payload should be a string')
  if (encoding === 'string') return Buffer.from(payload)
  if (encoding === 'base64') return Buffer.from(payload, 'base64')
  throw badRequest(`unsupported_encoding: ${String(encoding)}`)
}

async function get(access: Access, call: Call): Promise<Json> {
  const body = bodyObject(call)
  const count = integerField(body, 'count', undefined)
  const outcome = acknowledgements[String(requireField(body, 'ackmode'))]
  const encoding = requireField(body, 'encoding')
  const truncate = body.truncate === undefined ? Number.POSITIVE_INFINITY : integerField(body, 'truncate', undefined)
  if (outcome === undefined) throw badRequest(`unsupported ackmode: ${String(body.ackmode)}`)
  if (encoding !== 'auto' && encoding !== 'base64') throw badRequest(`unsupported_encoding: ${String(encoding)}`)
  if (count < 0 || count > COUNT_MAX) throw badRequest(`count should be from 0 to ${COUNT_MAX}`)
  const got: Delivery[] = []
  const shown: JsonObject[] = []
  try {
    while (shown.length < count) {
      const delivery = await access.get(call.params.queue!, false, CHANNEL)
      if (delivery === undefined) break
      got.push(delivery)
      shown.push({
        ...showMessage(delivery, { isText: encoding === 'auto', truncate }),
        message_count: delivery.queue.depth,
      })
    }
  } finally {
    // The last one first, so that they lie in their order again.
    for (const delivery of got.reverse()) delivery.queue.settle(delivery, outcome)
  }
  return shown
}
