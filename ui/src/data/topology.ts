import { type ReadonlySignal, signal } from '@preact/signals'
import { useCallback, useEffect, useMemo, useRef } from 'preact/hooks'
import { paused } from './live.ts'
import { ApiError, ask, path } from './request.ts'
import { useEvents } from './stream.ts'

/** Everything in a virtual host, and what leads where. */
export interface Topology {
  readonly exchanges: readonly TopologyExchange[]
  readonly queues: readonly TopologyQueue[]
  readonly bindings: readonly TopologyBinding[]
}

export interface TopologyExchange {
  readonly name: string
  readonly type: string
  readonly alternate_exchange?: string
}

export interface TopologyQueue {
  readonly name: string
  readonly type: string
  readonly consumers: number
  readonly messages_ready: number
  readonly messages_unacknowledged: number
  readonly dead_letter_exchange?: string
  readonly dead_letter_routing_key?: string
}

export interface TopologyBinding {
  readonly source: string
  readonly destination: string
  readonly destination_type: 'queue' | 'exchange'
  readonly routing_key: string
  readonly arguments: Readonly<Record<string, unknown>>
}

const SETTLE_MILLISECONDS = 1000
/** Depths are not told by events. */
const AGAIN_MILLISECONDS = 30_000

export interface LiveTopology {
  readonly data: ReadonlySignal<Topology | undefined>
  readonly error: ReadonlySignal<ApiError | undefined>
  reload(): void
}

/** The topology of a virtual host, asked for again when something in it has changed: it may be large. */
export function useTopology(vhost: string): LiveTopology {
  const data = useMemo(() => signal<Topology | undefined>(undefined), [])
  const error = useMemo(() => signal<ApiError | undefined>(undefined), [])
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const load = useCallback(() => {
    ask<Topology>('GET', path`/x/topology/${vhost}`).then(
      (topology) => {
        data.value = topology
        error.value = undefined
      },
      (reason: unknown) => {
        if (reason instanceof ApiError) error.value = reason
      },
    )
  }, [vhost])
  const soon = useCallback(() => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined
      load()
    }, SETTLE_MILLISECONDS)
  }, [load])
  useEvents(['topology'], soon, soon)
  useEffect(() => {
    load()
    const again = setInterval(() => {
      if (!paused.value && document.visibilityState === 'visible') load()
    }, AGAIN_MILLISECONDS)
    return () => {
      clearInterval(again)
      clearTimeout(timer.current)
      timer.current = undefined
    }
  }, [load])
  return useMemo(() => ({ data, error, reload: load }), [load])
}
