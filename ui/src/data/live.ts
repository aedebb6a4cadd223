import { type ReadonlySignal, signal } from '@preact/signals'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { ApiError, ask } from './request.ts'

/** What is on the screen is asked for again this often. */
const EVERY_MILLISECONDS = 5000

/** Whether the user stopped the screen from changing. */
export const paused = signal(false)

/** When the broker last answered, and whether it does. */
export const reachable = signal<{ readonly since: number; readonly ok: boolean }>({ since: Date.now(), ok: true })

/** What one path of the API answers, kept current while somebody looks at it. */
export interface Live<T> {
  readonly data: ReadonlySignal<T | undefined>
  readonly error: ReadonlySignal<ApiError | undefined>
  reload(): void
}

class Feed<T> implements Live<T> {
  readonly path: string
  readonly data = signal<T | undefined>(undefined)
  readonly error = signal<ApiError | undefined>(undefined)
  watchers = 0
  #asking: AbortController | undefined

  constructor(path: string) {
    this.path = path
  }

  reload(): void {
    if (this.#asking !== undefined) return
    const asking = new AbortController()
    this.#asking = asking
    ask<T>('GET', this.path, undefined, asking.signal).then(
      (data) => {
        this.data.value = data
        this.error.value = undefined
        reachable.value = { since: Date.now(), ok: true }
        this.#asking = undefined
      },
      (error: unknown) => {
        this.#asking = undefined
        if (!(error instanceof ApiError)) return
        // What was seen stays on the screen while the broker is away.
        if (error.status === 0) reachable.value = { ...reachable.peek(), ok: false }
        this.error.value = error
      },
    )
  }

  close(): void {
    this.#asking?.abort()
  }
}

const feeds = new Map<string, Feed<unknown>>()

function watch(path: string): Feed<unknown> {
  let feed = feeds.get(path)
  if (feed === undefined) {
    feed = new Feed(path)
    feeds.set(path, feed)
  }
  feed.watchers++
  if (feed.watchers === 1) feed.reload()
  return feed
}

function leave(feed: Feed<unknown>): void {
  feed.watchers--
  if (feed.watchers > 0) return
  feed.close()
  feeds.delete(feed.path)
}

/** Asks again for everything that is on the screen, after something was changed. */
export function refresh(): void {
  for (const feed of feeds.values()) feed.reload()
}

setInterval(() => {
  if (!paused.value && document.visibilityState === 'visible') refresh()
}, EVERY_MILLISECONDS)
document.addEventListener('visibilitychange', () => {
  if (!paused.value && document.visibilityState === 'visible') refresh()
})

const nothing: Live<never> = { data: signal(undefined), error: signal(undefined), reload: () => {} }

/**
 * Keeps what `path` answers current while the component is shown; undefined asks for nothing. After the path has
 * changed, the former answer stays until the new one is there.
 */
export function useLive<T>(path: string | undefined): Live<T> {
  const shown = useMemo(() => signal<T | undefined>(undefined), [])
  const failed = useMemo(() => signal<ApiError | undefined>(undefined), [])
  const feed = useRef<Feed<unknown> | undefined>(undefined)
  useEffect(() => {
    if (path === undefined) return
    const watched = watch(path)
    feed.current = watched
    const stopData = watched.data.subscribe((data) => {
      if (data !== undefined) shown.value = data as T
    })
    const stopError = watched.error.subscribe((error) => {
      failed.value = error
    })
    return () => {
      stopData()
      stopError()
      feed.current = undefined
      leave(watched)
    }
  }, [path])
  return useMemo(
    () => (path === undefined ? nothing : { data: shown, error: failed, reload: () => feed.current?.reload() }),
    [path === undefined],
  )
}
