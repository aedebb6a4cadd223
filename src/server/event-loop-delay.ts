import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { EventLoopWatch } from '../plugin.ts'

const NANOSECONDS_PER_MILLISECOND = 1_000_000

/** Milliseconds between two looks at the clock. */
const RESOLUTION = 20

/** Begins to watch how late the event loop comes to what is due. */
export function watchEventLoop(): EventLoopWatch {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION })
  histogram.enable()
  return {
    take() {
      const delay = { mean: lateness(histogram.mean), max: lateness(histogram.max) }
      histogram.reset()
      return delay
    },
    stop: () => histogram.disable(),
  }
}

/** The histogram counts nanoseconds from one look to the next, and has nothing to say before the first. */
function lateness(nanoseconds: number): number {
  if (!Number.isFinite(nanoseconds)) return 0
  return Math.max(0, Math.round((nanoseconds / NANOSECONDS_PER_MILLISECOND - RESOLUTION) * 100) / 100)
}
