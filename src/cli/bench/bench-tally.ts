import { LatencyHistogram } from './latency-histogram.ts'

/** What all producers and consumers of a run have counted. */
export class BenchTally {
  sent = 0
  confirmed = 0
  /** Publishes the broker answered with `basic.nack`. */
  refused = 0
  returned = 0
  received = 0
  /** From publish to confirm, and from publish to delivery. */
  readonly confirmLatency = new LatencyHistogram()
  readonly deliveryLatency = new LatencyHistogram()
}
