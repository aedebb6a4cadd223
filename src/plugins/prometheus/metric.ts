import type { ExchangeCounters } from '../../broker/counters.ts'
import type { MetricType } from './exposition.ts'

/** One metric of one kind of thing. */
export interface Metric<T> {
  /** Without the prefix. */
  readonly name: string
  readonly type: MetricType
  readonly help: string
  /** Undefined where the thing has no such value. */
  read(thing: T): number | undefined
}

/** Metrics that are asked for together. */
export interface Family<T> {
  readonly name: string
  readonly metrics: readonly Metric<T>[]
}

/** An exchange with its name, the one without a name among them. */
export interface CountedExchange {
  readonly vhost: string
  readonly name: string
  readonly counters: ExchangeCounters
}

export function counter<T>(name: string, help: string, read: Metric<T>['read']): Metric<T> {
  return { name, type: 'counter', help, read }
}

export function gauge<T>(name: string, help: string, read: Metric<T>['read']): Metric<T> {
  return { name, type: 'gauge', help, read }
}
