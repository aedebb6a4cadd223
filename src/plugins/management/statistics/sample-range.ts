import { badRequest } from '../http-error.ts'

/** How far back samples are asked for, and how far apart. */
export interface SampleRange {
  readonly ageSeconds: number
  readonly incrementSeconds: number
}

/** Ranges by what they are asked of: lengths of queues, rates of messages, bytes on connections, figures of the node. */
export interface SampleRanges {
  readonly lengths?: SampleRange | undefined
  readonly messages?: SampleRange | undefined
  readonly data?: SampleRange | undefined
  readonly node?: SampleRange | undefined
}

const AGE_SECONDS_MAX = 86_400
const SAMPLES_MAX = 1000

/** From a query (`lengths_age=60&lengths_incr=5`); throws an HttpError (400) for what is no range. */
export function readRanges(query: Readonly<Record<string, string | undefined>>): SampleRanges {
  return {
    lengths: readRange(query, 'lengths'),
    messages: readRange(query, 'msg_rates'),
    data: readRange(query, 'data_rates'),
    node: readRange(query, 'node_stats'),
  }
}

function readRange(query: Readonly<Record<string, string | undefined>>, name: string): SampleRange | undefined {
  const age = query[`${name}_age`]
  const increment = query[`${name}_incr`]
  if (age === undefined || increment === undefined) return undefined
  const range = { ageSeconds: seconds(`${name}_age`, age), incrementSeconds: seconds(`${name}_incr`, increment) }
  if (range.ageSeconds / range.incrementSeconds > SAMPLES_MAX) {
    throw badRequest(`${name}_age is more than ${SAMPLES_MAX} times ${name}_incr`)
  }
  return { ...range, ageSeconds: Math.min(range.ageSeconds, AGE_SECONDS_MAX) }
}

function seconds(name: string, text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : 0
  if (value < 1) throw badRequest(`${name} should be a number of seconds greater than 0`)
  return value
}
