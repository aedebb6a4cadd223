import { computed } from '@preact/signals'
import { location } from '../router/location.ts'

/** Time ranges of charts: how far back, and how far apart samples are, in seconds. */
export const ranges = {
  '5m': { label: '5 min', age: 300, step: 5 },
  '10m': { label: '10 min', age: 600, step: 5 },
  '1h': { label: '1 h', age: 3600, step: 60 },
  '8h': { label: '8 h', age: 28_800, step: 600 },
  '24h': { label: '24 h', age: 86_400, step: 1800 },
} as const
export type RangeName = keyof typeof ranges

/** The range that is shown. */
export const rangeName = computed<RangeName>(() => {
  const name = location.value.query.range
  return name !== undefined && Object.hasOwn(ranges, name) ? (name as RangeName) : '10m'
})

/** What asks the HTTP API for samples of some kinds (`lengths`, `msg_rates`, `data_rates`, `node_stats`) over the range. */
export function sampleQuery(...kinds: readonly string[]): string {
  const { age, step } = ranges[rangeName.value]
  return kinds.map((kind) => `${kind}_age=${age}&${kind}_incr=${step}`).join('&')
}
