import type { JsonObject, JsonValue } from '../../../std/json.ts'
import type { BrokerClient } from '../broker-client.ts'
import { type ControlCommands, ControlError, ControlExit, type Given } from '../control-command.ts'
import { explained } from '../refusals.ts'
import { until } from './lifecycle.ts'
import { definitionOf } from './users.ts'

const LOOK_MILLISECONDS = 300
const PAYLOAD_MAX = 50_000

const noQueue = (name: string) => [ControlExit.unavailable, `there is no queue '${name}' in this virtual host`] as const

function numberIn(options: Readonly<Record<string, string>>, name: string, otherwise: number): number {
  const text = options[name]
  if (text !== undefined && !/^\d+$/.test(text)) throw new ControlError(ControlExit.usage, `--${name} takes a number`)
  return text === undefined ? otherwise : Number(text)
}

/** A page of what waits in a queue, or lies in a stream. Nothing changes. */
async function browse(broker: BrokerClient, { args: [queue], vhost }: Given, from: number, count: number) {
  const work = broker.ask('POST', ['x', 'queues', vhost, queue!, 'browse'], { from, count, truncate: PAYLOAD_MAX })
  const { body } = await explained(work, { 404: noQueue(queue!) })
  return body as { readonly messages: readonly JsonObject[]; readonly next?: number }
}

function linesOf(messages: readonly JsonObject[]): string {
  return messages
    .map(({ position, routing_key: key, payload, payload_encoding: encoding }) => {
      const text = encoding === 'base64' ? `(base64) ${String(payload)}` : String(payload)
      return `${String(position)}\t${String(key)}\t${text.replaceAll('\n', '\\n')}\n`
    })
    .join('')
}

/** Which messages a job is about. */
function filterOf(options: Readonly<Record<string, string>>): JsonObject {
  const { text, 'routing-key': key, 'death-reason': reason } = options
  const filter = {
    ...(text === undefined ? {} : { text }),
    ...(key === undefined ? {} : { routing_key: key }),
    ...(reason === undefined ? {} : { death_reason: reason }),
  }
  return Object.keys(filter).length === 0 ? {} : { filter }
}

function targetOf(options: Readonly<Record<string, string>>): JsonObject {
  const { 'to-queue': queue, 'to-exchange': exchange, 'to-key': key } = options
  if (queue !== undefined) return { to: { queue } }
  if (exchange === undefined) return {}
  return { to: { exchange, ...(key === undefined ? {} : { routing_key: key }) } }
}

/** Starts a job and waits for its end, telling how far it is. */
async function transfer(broker: BrokerClient, verb: string, given: Given) {
  const {
    args: [queue],
    vhost,
    options,
    timeoutMilliseconds,
  } = given
  const work = broker.ask('POST', ['x', 'queues', vhost, queue!, verb], { ...filterOf(options), ...targetOf(options) })
  let job = (await explained(work, { 404: noQueue(queue!) })).body as JsonObject
  await until(
    async () => {
      job = (await broker.get('x', 'jobs', String(job.id))) as JsonObject
      return job.state !== 'running'
    },
    timeoutMilliseconds,
    `job ${String(job.id)}`,
  )
  const failed = (job.results as readonly JsonObject[]).filter(({ outcome }) => outcome === 'failed')
  const text = `${String(job.done)} messages done, ${String(job.failed)} stayed`
  if (job.state !== 'done' || Number(job.failed) > 0) {
    const reasons = [...new Set(failed.map(({ reason }) => String(reason)))].join('; ')
    throw new ControlError(ControlExit.software, `${text}: ${String(job.error ?? reasons)}`)
  }
  return { value: job, text }
}

const filters = ['text', 'routing-key', 'death-reason']
const targets = ['to-queue', 'to-exchange', 'to-key']

/** What Lapine adds to RabbitMQ's commands: messages, without a client. */
export const messageCommands: ControlCommands = {
  publish: {
    summary: 'Publishes a message; from standard input without a payload',
    parameters: ['exchange', 'routing_key', '[payload]'],
    inVhost: true,
    options: ['properties', 'base64!'],
    run: async (broker, { args: [exchange, key, payload], vhost, options, readInput }) => {
      const place = ['exchanges', vhost, exchange === '' ? 'amq.default' : exchange!, 'publish']
      const body = {
        routing_key: key!,
        payload: payload ?? (await readInput()),
        payload_encoding: options.base64 === undefined ? 'string' : 'base64',
        properties: options.properties === undefined ? {} : definitionOf(options.properties),
      }
      const work = broker.ask('POST', place, body)
      const answer = await explained(work, { 404: [ControlExit.unavailable, `there is no exchange '${exchange}'`] })
      const { routed } = answer.body as { routed: boolean }
      if (!routed)
        throw new ControlError(
          ControlExit.data,
          `no queue takes it: lapine route '${exchange}' '${key}' shows where it would go`,
        )
      return { value: { routed }, text: 'Message published' }
    },
  },
  get: {
    summary: 'Takes messages out of a queue; with --requeue puts them back',
    parameters: ['queue', '[count]'],
    inVhost: true,
    options: ['requeue!'],
    run: async (broker, { args: [queue, count = '1'], vhost, options }) => {
      const ackmode = options.requeue === undefined ? 'ack_requeue_false' : 'ack_requeue_true'
      const body = { count: Number(count), ackmode, encoding: 'auto' }
      const work = broker.ask('POST', ['queues', vhost, queue!, 'get'], body)
      const found = (await explained(work, { 404: noQueue(queue!) })).body as readonly JsonObject[]
      const columns = ['exchange', 'routing_key', 'redelivered', 'payload', 'properties']
      return { columns, rows: found.map((message) => ({ ...message, properties: JSON.stringify(message.properties) })) }
    },
  },
  browse: {
    summary: 'Shows what waits in a queue, or lies in a stream, and leaves it there as it is',
    parameters: ['queue'],
    inVhost: true,
    options: ['from', 'count'],
    run: async (broker, given) => {
      const { messages } = await browse(
        broker,
        given,
        numberIn(given.options, 'from', 0),
        numberIn(given.options, 'count', 100),
      )
      return {
        columns: ['position', 'exchange', 'routing_key', 'redelivered', 'payload_bytes', 'payload', 'properties'],
        rows: messages.map((message) => ({ ...message, properties: JSON.stringify(message.properties) })),
      }
    },
  },
  tail: {
    summary: 'Shows the messages that come to a queue while they wait in it, until Ctrl-C or for --duration seconds',
    parameters: ['queue'],
    inVhost: true,
    options: ['duration', 'lines'],
    run: async (broker, given) => {
      const duration = numberIn(given.options, 'duration', 0)
      const end = duration === 0 ? Number.POSITIVE_INFINITY : performance.now() + duration * 1000
      let recent: readonly JsonObject[] = []
      let from = 0
      for (;;) {
        const { messages, next } = await browse(broker, given, from, 1000)
        if (next === undefined) break
        recent = [...recent, ...messages].slice(-numberIn(given.options, 'lines', 10))
        from = next
      }
      given.print(linesOf(recent))
      while (performance.now() < end) {
        await new Promise((resolve) => setTimeout(resolve, LOOK_MILLISECONDS))
        const { messages, next = from } = await browse(broker, given, from, 1000)
        given.print(linesOf(messages))
        from = next
      }
      return undefined
    },
  },
  route: {
    summary: 'Tells which queues a message would reach',
    parameters: ['exchange', 'routing_key'],
    inVhost: true,
    options: ['headers'],
    run: async (broker, { args: [exchange, key], vhost, options }) => {
      const headers = options.headers === undefined ? {} : { headers: definitionOf(options.headers) }
      const work = broker.ask('POST', ['x', 'route-preview', vhost], {
        exchange: exchange!,
        routing_key: key!,
        properties: headers,
      })
      const { body } = await explained(work, { 404: [ControlExit.unavailable, `there is no exchange '${exchange}'`] })
      const { queues, exchanges, unpredictable } = body as Record<string, readonly JsonValue[]>
      const section = (title: string, names: readonly JsonValue[] = []): string =>
        names.length === 0 ? '' : `${title}:\n${names.map((name) => `  ${String(name)}\n`).join('')}`
      const isNowhere = (queues?.length ?? 0) + (unpredictable?.length ?? 0) === 0
      const found = [
        isNowhere ? 'nowhere: no queue is bound that takes it\n' : section('queues', queues),
        section('exchanges', exchanges),
        section('by chance', unpredictable),
      ]
      return { value: body, text: found.join('') }
    },
  },
  replay: {
    summary: 'Puts dead-lettered messages back where they died, or elsewhere with --to-queue or --to-exchange',
    parameters: ['queue'],
    inVhost: true,
    options: [...filters, ...targets],
    run: (broker, given) => transfer(broker, 'replay', given),
  },
  move: {
    summary: 'Moves messages of a queue to another queue or exchange',
    parameters: ['queue'],
    inVhost: true,
    options: [...filters, ...targets],
    run: (broker, given) => transfer(broker, 'move', given),
  },
  pause_queue: {
    summary: 'Stops the deliveries of a queue',
    parameters: ['queue'],
    inVhost: true,
    run: async (broker, { args: [queue], vhost }) => {
      await explained(broker.ask('PUT', ['x', 'queues', vhost, queue!, 'pause']), { 404: noQueue(queue!) })
      return undefined
    },
  },
  resume_queue: {
    summary: 'Lets the deliveries of a paused queue go on',
    parameters: ['queue'],
    inVhost: true,
    run: async (broker, { args: [queue], vhost }) => {
      await explained(broker.ask('PUT', ['x', 'queues', vhost, queue!, 'resume']), { 404: noQueue(queue!) })
      return undefined
    },
  },
}
