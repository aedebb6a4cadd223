import { readFileSync } from 'node:fs'

/**
 * What JSON looks like: the type of each thing, whatever its value. `rate` stands for `{rate}`, `samples` for
 * `{rate, samples, avg, avg_rate}`; an empty list for a list of anything.
 */
export type Shape = string | readonly Shape[] | { readonly [key: string]: Shape }

/** A request RabbitMQ was asked, and what its answer looked like. */
export interface CapturedRequest {
  /** `GET /queues/%2F/orders.eu`; `{node}` and `{connection}` stand for names that differ everywhere. */
  readonly request: string
  readonly body?: string
  /** Undefined for `guest`. */
  readonly login?: 'wrong password' | 'no auth'
  readonly status: number
  readonly shape?: Shape
  /** The answer word for word, of what was refused. */
  readonly answer?: unknown
  readonly location?: string
}

/** All that was captured of one version, in the order it was asked. */
export function capturedRequests(version: string): readonly CapturedRequest[] {
  const text = readFileSync(new URL(`../shapes/rabbitmq-${version}.ndjson`, import.meta.url), 'utf8')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as CapturedRequest)
}

const rate: Shape = { rate: 'number' }
const samples: Shape = {
  ...rate,
  avg: 'number',
  avg_rate: 'number',
  samples: [{ sample: 'number', timestamp: 'number' }],
}

/** Places (`message_stats.ack: missing`) where `value` lacks what the shape has or has it as another type. */
export function misshapen(value: unknown, shape: Shape, place = ''): string[] {
  if (shape === 'rate') return misshapen(value, rate, place)
  if (shape === 'samples') return misshapen(value, samples, place)
  // What was null there says nothing of the type it has when there is something.
  if (shape === 'null') return value === undefined ? [`${place}: missing`] : []
  if (typeof shape === 'string') return typeOf(value) === shape ? [] : [`${place}: ${typeOf(value)}, not ${shape}`]
  if (isList(shape)) return misshapenList(value, shape, place)
  if (typeOf(value) !== 'object') return [`${place}: ${typeOf(value)}, not object`]
  return Object.entries(shape).flatMap(([key, inner]) =>
    misshapen((value as Readonly<Record<string, unknown>>)[key], inner, place === '' ? key : `${place}.${key}`),
  )
}

/** One thing of the list has to be like the one captured: the best of them is looked at. */
function misshapenList(value: unknown, [element]: readonly Shape[], place: string): string[] {
  if (!Array.isArray(value)) return [`${place}: ${typeOf(value)}, not list`]
  if (element === undefined) return []
  const found = value.map((one) => misshapen(one, element, `${place}[]`))
  return found.sort((a, b) => a.length - b.length)[0] ?? [`${place}[]: nothing in it`]
}

function isList(shape: Shape): shape is readonly Shape[] {
  return Array.isArray(shape)
}

function typeOf(value: unknown): string {
  if (value === undefined) return 'missing'
  if (value === null) return 'null'
  return Array.isArray(value) ? 'list' : typeof value
}
