import { computed, signal } from '@preact/signals'
import { currentRoute } from './legacy-routes.ts'

/** Where we are: a path and what stands behind its question mark, both behind the `#`. */
export interface Location {
  readonly path: string
  readonly query: Readonly<Record<string, string>>
}

/** Parameters that stay when one goes to another page. */
const lasting = ['vhost', 'range'] as const

/** Where we are. */
export const location = signal<Location>(read(window.location.hash))

/** The virtual host that is looked at; undefined for all. */
export const vhost = computed(() => location.value.query.vhost)

/** Follows the address bar, and leads routes of RabbitMQ's UI to ours. */
export function followLocation(): void {
  const follow = () => {
    const current = currentRoute(window.location.hash)
    if (current !== undefined) return window.location.replace(current)
    location.value = read(window.location.hash)
  }
  window.addEventListener('hashchange', follow)
  follow()
}

function read(hash: string): Location {
  const text = hash.replace(/^#/, '') || '/'
  const question = text.indexOf('?')
  const path = question < 0 ? text : text.slice(0, question)
  const query = Object.fromEntries(new URLSearchParams(question < 0 ? '' : text.slice(question + 1)))
  return { path: path.replace(/(.)\/+$/, '$1'), query }
}

/** A link to a page; each segment is escaped. `href(['queues', '/', 'orders'], { tab: 'messages' })` */
export function href(segments: readonly string[], query: Readonly<Record<string, string | undefined>> = {}): string {
  const now = location.value.query
  const kept = Object.fromEntries(lasting.map((name) => [name, now[name]]))
  return write(`/${segments.map(encodeURIComponent).join('/')}`, { ...kept, ...query })
}

function write(path: string, query: Readonly<Record<string, string | undefined>>): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') parameters.set(name, value)
  }
  const text = parameters.toString()
  return `#${path}${text === '' ? '' : `?${text}`}`
}

/** Goes to a link made by `href`. */
export function navigate(link: string): void {
  window.location.hash = link
}

/** Changes parameters of where we are, without a step in the history unless `step`; `undefined` takes one away. */
export function setQuery(change: Readonly<Record<string, string | undefined>>, step = false): void {
  const { path, query } = location.value
  const link = write(path, { ...query, ...change })
  if (step) return navigate(link)
  history.replaceState(null, '', link)
  location.value = read(link)
}
