import { effect, signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { readEvents } from './event-reader.ts'
import { paused } from './live.ts'
import { fetchApi } from './request.ts'
import { session } from './session.ts'

/** Names of a queue. */
export interface QueuePlace {
  readonly vhost: string
  readonly name: string
}

/** What the broker as a whole does in this second. */
export interface OverviewNow {
  readonly time: number
  readonly messages: number
  readonly messages_ready: number
  readonly messages_unacknowledged: number
  readonly rates: Readonly<Record<string, number>>
  readonly queues: number
  readonly exchanges: number
  readonly connections: number
  readonly channels: number
  readonly consumers: number
  readonly node?: Readonly<Record<string, number>> & { readonly name: string }
}

/** What a queue does in this second. */
export interface QueueNow extends QueuePlace {
  readonly state: string
  readonly messages: number
  readonly messages_ready: number
  readonly messages_unacknowledged: number
  readonly consumers: number
  readonly rates: Readonly<Record<string, number>>
}

/** The broker, each second. */
export const overviewNow = signal<OverviewNow | undefined>(undefined)

/** Alarms in effect: `memory`, `disk`. */
export const alarmsNow = signal<readonly string[]>([])

/** Queues that are looked at, by `queueKey`. */
export const queuesNow = signal<ReadonlyMap<string, QueueNow>>(new Map())

/** Whether the first figures are there, or were waited for long enough. What can wait is asked for after them. */
export const begun = signal(false)

/** Queues that are on the screen. */
const looked = signal<readonly QueuePlace[]>([])

/** What `x/events` tells of beyond figures. */
export type EventTopic = 'topology' | 'connections' | 'definitions' | 'users'

/** Something that happened in the broker; the other properties are those of its kind of event. */
export type BrokerEvent = Readonly<Record<string, unknown>> & { readonly event: string; readonly time: number }

interface Listener {
  readonly topics: readonly EventTopic[]
  hear(event: BrokerEvent): void
  /** Events are told from now on; what happened before may have been missed. */
  readonly begun?: (() => void) | undefined
}

/** Who is told what happens. */
const listeners = signal<readonly Listener[]>([])

const RETRY_MILLISECONDS = 3000
const SETTLE_MILLISECONDS = 250
const FIRST_FIGURES_MILLISECONDS = 1000

/** One name for a queue in a virtual host. */
export function queueKey({ vhost, name }: QueuePlace): string {
  return JSON.stringify([vhost, name])
}

/** Has the figures of some queues told each second while the component is shown. */
export function useQueuesNow(queues: readonly QueuePlace[]): void {
  const key = JSON.stringify(queues)
  useEffect(() => {
    looked.value = queues
    return () => {
      looked.value = []
    }
  }, [key])
}

/**
 * Has what happens told to `hear` while the component is shown; `heard` is called whenever telling has begun: what
 * happened before may have been missed. Both must stay the same.
 */
export function useEvents(topics: readonly EventTopic[], hear: (event: BrokerEvent) => void, heard?: () => void): void {
  const key = topics.join()
  useEffect(() => {
    const listener = { topics, hear, begun: heard }
    listeners.value = [...listeners.value, listener]
    return () => {
      listeners.value = listeners.value.filter((one) => one !== listener)
    }
  }, [key, hear, heard])
}

/** Listens to the broker while somebody is logged in and looks; one stream for all that is shown. Answers how to stop. */
export function listenToBroker(): () => void {
  const visible = signal(document.visibilityState === 'visible')
  const look = () => {
    visible.value = document.visibilityState === 'visible'
  }
  document.addEventListener('visibilitychange', look)
  setTimeout(() => {
    begun.value = true
  }, FIRST_FIGURES_MILLISECONDS)
  const stop = effect(() => {
    const queues = looked.value.map(({ vhost, name }) => ({ vhost, name }))
    const topics = [...new Set(listeners.value.flatMap((listener) => listener.topics))]
    if (session.value.state !== 'in' || paused.value || !visible.value) return
    const abort = new AbortController()
    // Pages change what they look at several times while they appear.
    const timer = setTimeout(
      () => void keepListening(queues, topics, abort.signal),
      begun.peek() ? SETTLE_MILLISECONDS : 0,
    )
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  })
  return () => {
    document.removeEventListener('visibilitychange', look)
    stop()
  }
}

async function keepListening(
  queues: readonly QueuePlace[],
  topics: readonly EventTopic[],
  abort: AbortSignal,
): Promise<void> {
  while (!abort.aborted) {
    try {
      const figures = ['overview', 'alarms', ...(queues.length === 0 ? [] : ['queues'])]
      const body = { topics: [...figures, ...topics], queues }
      const response = await fetchApi('POST', '/x/events', body, abort)
      for await (const { name, data } of readEvents(response.body!)) onEvent(name, JSON.parse(data))
    } catch {
      // The same reasons show in what is asked for every few seconds; here it is enough to try again.
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MILLISECONDS))
  }
}

function onEvent(name: string, data: unknown): void {
  switch (name) {
    case 'overview':
      overviewNow.value = data as OverviewNow
      begun.value = true
      break
    case 'hello':
      for (const listener of listeners.peek()) listener.begun?.()
      break
    case 'alarms':
      alarmsNow.value = data as readonly string[]
      break
    case 'queues':
      queuesNow.value = new Map([
        ...queuesNow.value,
        ...(data as QueueNow[]).map((one) => [queueKey(one), one] as const),
      ])
      break
    case 'topology':
    case 'connections':
    case 'definitions':
    case 'users':
      for (const { topics, hear } of listeners.peek()) if (topics.includes(name)) hear(data as BrokerEvent)
      break
    default:
  }
}
