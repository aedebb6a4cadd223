import { createHash } from 'node:crypto'
import type { QueueDeclaration } from '../../broker/access.ts'
import type { Table, TableValue } from '../../std/table.ts'
import { longString } from '../../std/table.ts'
import { headerOf, type StompFrame } from '../../wire/stomp/frame.ts'
import { processingError, Refusal } from './refusal.ts'

/** Headers of SUBSCRIBE and SEND that are arguments of the queue, and what they hold. */
const queueArguments: Readonly<Record<string, 'text' | 'integer' | 'boolean'>> = {
  'x-expires': 'integer',
  'x-message-ttl': 'integer',
  'x-dead-letter-exchange': 'text',
  'x-dead-letter-routing-key': 'text',
  'x-dead-letter-strategy': 'text',
  'x-max-length': 'integer',
  'x-max-length-bytes': 'integer',
  'x-max-in-memory-length': 'integer',
  'x-max-in-memory-bytes': 'integer',
  'x-max-priority': 'integer',
  'x-overflow': 'text',
  'x-queue-mode': 'text',
  'x-queue-version': 'integer',
  'x-single-active-consumer': 'boolean',
  'x-queue-type': 'text',
  'x-quorum-initial-group-size': 'integer',
  'x-max-age': 'text',
  'x-stream-max-segment-size-bytes': 'integer',
  'x-stream-filter-size-bytes': 'integer',
  'x-initial-cluster-size': 'integer',
  'x-queue-master-locator': 'text',
  'x-queue-leader-locator': 'text',
  'x-delivery-limit': 'integer',
  'x-consumer-timeout': 'integer',
  'x-message-deduplication': 'boolean',
}

/** The arguments of a queue that a frame's headers ask for. */
export function queueArgumentsOf({ headers }: StompFrame): Table {
  const found = new Map<string, TableValue>()
  for (const [name, value] of headers) {
    const kind = Object.hasOwn(queueArguments, name) ? queueArguments[name] : undefined
    if (kind !== undefined && !found.has(name)) found.set(name, argument(kind, value))
  }
  return [...found]
}

/** The queue of `/queue` as a frame's headers ask for it: durable, unless they say otherwise. */
export function queueDeclarationOf(name: string, frame: StompFrame): QueueDeclaration {
  // `persistent` is another word for it, but on a SEND it is about the message.
  const persistent = frame.command === 'SUBSCRIBE' ? booleanOf(frame, 'persistent') : undefined
  const durable = (booleanOf(frame, 'durable') ?? persistent) !== false
  return {
    name,
    durable,
    autoDelete: booleanOf(frame, 'auto-delete') ?? !durable,
    exclusive: booleanOf(frame, 'exclusive') ?? !durable,
    arguments: queueArgumentsOf(frame),
  }
}

/** The arguments of a consumer that a SUBSCRIBE asks for. */
export function consumerArgumentsOf(frame: StompFrame): Table {
  const found: [string, TableValue][] = []
  const add = (name: string, read: (value: string) => TableValue) => {
    const value = headerOf(frame, name)
    if (value !== undefined) found.push([name, read(value)])
  }
  add('x-priority', (value) => argument('integer', value))
  add('x-stream-offset', streamOffset)
  add('x-stream-filter', longString)
  add('x-stream-match-unfiltered', (value) => argument('boolean', value))
  return found
}

/** `true` or `false`; undefined without the header. */
export function booleanOf(frame: StompFrame, name: string): boolean | undefined {
  const value = headerOf(frame, name)?.trim()
  if (value === undefined) return undefined
  if (value !== 'true' && value !== 'false') throw processingError()
  return value === 'true'
}

/** Whether it is about a subscription that lasts. Such a one has to have an `id`. */
export function isDurable(frame: StompFrame): boolean {
  const durable = booleanOf(frame, 'durable') === true || booleanOf(frame, 'persistent') === true
  if (durable && headerOf(frame, 'id') === undefined) {
    throw new Refusal('Missing Header', "Header 'id' is required for durable subscriptions")
  }
  return durable
}

/** What RabbitMQ calls the queue of a durable subscription: by a digest of the Erlang term of routing key and `id`. */
export function subscriptionQueueName(routingKey: string, id: string): string {
  const term = Buffer.concat([Buffer.of(131, 104, 2), erlangString(routingKey), erlangString(id)])
  return `stomp-subscription-${createHash('md5').update(term).digest('base64url')}`
}

/** A string in Erlang's external term format. */
function erlangString(text: string): Buffer {
  const bytes = Buffer.from(text)
  if (bytes.length === 0) return Buffer.of(106)
  return Buffer.concat([Buffer.of(107, bytes.length >> 8, bytes.length & 0xff), bytes])
}

/** `first`, `offset=17`, `timestamp=1700000000`, and what else a stream understands as a text. */
function streamOffset(value: string): TableValue {
  const found = /^(offset|timestamp)=(\d{1,18})$/.exec(value)
  if (found === null) return longString(value)
  return { tag: found[1] === 'offset' ? 'l' : 'T', value: BigInt(found[2]!) }
}

function argument(kind: 'text' | 'integer' | 'boolean', value: string): TableValue {
  if (kind === 'text') return longString(value)
  if (kind === 'integer' && /^-?\d{1,18}$/.test(value)) return { tag: 'l', value: BigInt(value) }
  if (kind === 'boolean' && (value === 'true' || value === 'false')) return { tag: 't', value: value === 'true' }
  throw processingError()
}
