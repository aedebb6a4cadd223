import { effect, signal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { rangeName, ranges, sampleQuery } from '../shell/range.ts'
import { ask } from './request.ts'
import { type Details, levels, type Point, speeds } from './samples.ts'
import { hasTag } from './session.ts'
import { type OverviewNow, overviewNow } from './stream.ts'

/** Points of each figure over the time range that is shown. */
export type History = Readonly<Record<string, readonly Point[]>>

type Section = Readonly<Record<string, Details>>

interface OverviewAnswer {
  readonly message_stats: Section
  readonly queue_totals: Section
  readonly churn_rates: Section
}

const lengthNames = ['messages', 'messages_ready', 'messages_unacknowledged'] as const
const rateNames = ['publish', 'deliver_get', 'ack', 'redeliver', 'return_unroutable', 'drop_unroutable'] as const
const churnNames = ['connection_created', 'connection_closed', 'channel_created', 'channel_closed'] as const

/**
 * What the broker did over the time range: asked for once, then continued with what it tells each second. Undefined
 * until it is there.
 */
export function useOverviewHistory() {
  const history = useMemo(() => signal<History | undefined>(undefined), [])
  const range = rangeName.value
  useEffect(() => {
    let current = true
    void loadHistory().then(
      (loaded) => {
        if (current) history.value = loaded
      },
      () => {
        if (current) history.value ??= {}
      },
    )
    const { age, step } = ranges[range]
    const stop = effect(() => {
      const now = overviewNow.value
      const before = history.peek()
      if (now !== undefined && before !== undefined) history.value = continued(before, now, age, step)
    })
    return () => {
      current = false
      stop()
    }
  }, [range])
  return history
}

async function loadHistory(): Promise<History> {
  const [overview, nodes] = await Promise.all([
    ask<OverviewAnswer>('GET', `/overview?${sampleQuery('lengths', 'msg_rates')}`),
    hasTag('monitoring') ? ask<readonly Section[]>('GET', `/nodes?${sampleQuery('node_stats')}`) : [],
  ])
  const points: Record<string, Point[]> = {}
  for (const name of lengthNames) points[name] = levels(overview.queue_totals[`${name}_details`])
  for (const name of rateNames) points[name] = speeds(overview.message_stats[`${name}_details`])
  for (const name of churnNames) points[name] = speeds(overview.churn_rates[`${name}_details`])
  points.mem_used = levels(nodes[0]?.mem_used_details)
  points.event_loop_delay = []
  return points
}

function continued(history: History, now: OverviewNow, age: number, step: number): History {
  const values: Record<string, number | undefined> = {
    ...{ messages: now.messages, messages_ready: now.messages_ready },
    messages_unacknowledged: now.messages_unacknowledged,
    ...now.rates,
    mem_used: now.node?.mem_used,
    event_loop_delay: now.node?.event_loop_delay,
  }
  const next: Record<string, readonly Point[]> = {}
  for (const [name, points] of Object.entries(history)) {
    const value = values[name]
    next[name] = value === undefined ? points : append(points, [now.time, value], age, step)
  }
  return next
}

/** The last point moves until it is a step away from the one before it, so that lines stay as fine as they were. */
function append(points: readonly Point[], point: Point, age: number, step: number): readonly Point[] {
  const before = points.at(-2)
  const moves = before !== undefined && point[0] - before[0] < step * 1000
  const kept = moves ? points.slice(0, -1) : points
  const oldest = point[0] - age * 1000
  return [...(kept[0] !== undefined && kept[0][0] < oldest ? kept.slice(1) : kept), point]
}
