import type { BrokerEvent } from '../../data/stream.ts'
import { timeOfDay } from '../../format/times.ts'
import { href } from '../../router/location.ts'
import { t } from '../../strings/strings.ts'
import { Badge } from '../../widgets/badge.tsx'
import type { Column } from '../../widgets/column.ts'

const titles = t.events.columns

/** Properties that have a column of their own. */
const shown = ['id', 'event', 'time', 'name', 'vhost', 'user', 'user_who_performed_action']

/** Columns of the log of events; `open` shows one with all its properties. */
export function eventColumns(open: (event: BrokerEvent) => void): readonly Column<BrokerEvent>[] {
  return [
    {
      id: 'time',
      title: titles.time,
      show: (event) => (
        <button type="button" class="link" onClick={() => open(event)}>
          <span class="hidden-text">{event.event} </span>
          {timeOfDay(event.time)}
        </button>
      ),
    },
    {
      id: 'event',
      title: titles.event,
      show: ({ event }) => <Badge kind={/failure|deleted$|^alarm.set/.test(event) ? 'warn' : 'plain'}>{event}</Badge>,
    },
    { id: 'name', title: titles.name, show: (event) => <Subject event={event} /> },
    { id: 'vhost', title: titles.vhost, show: ({ vhost }) => plainText(vhost) },
    { id: 'user', title: titles.user, show: (event) => plainText(event.user_who_performed_action ?? event.user) },
    { id: 'details', title: titles.details, show: (event) => <code class="payload">{detailsOf(event)}</code> },
  ]
}

/** What an event is about; with a link where there still is something to see. */
function Subject({ event }: { readonly event: BrokerEvent }) {
  const { event: what, vhost, name } = event
  if (what.startsWith('binding.')) {
    const { source_name: source, destination_name: destination, routing_key: key } = event
    return <>{t.events.bound(plainText(source), plainText(destination), plainText(key))}</>
  }
  const page = { queue: 'queues', exchange: 'exchanges' }[what.split('.')[0]!]
  if (page === undefined || typeof name !== 'string' || typeof vhost !== 'string' || what.endsWith('deleted')) {
    return <>{plainText(name ?? event.consumer_tag)}</>
  }
  return (
    <a class="name" href={href([page, vhost, name])}>
      {name}
    </a>
  )
}

function detailsOf(event: BrokerEvent): string {
  if (typeof event.reason === 'string') return event.reason
  return Object.entries(event)
    .filter(([name, value]) => !shown.includes(name) && value !== null && value !== '' && value !== undefined)
    .map(([name, value]) => `${name} ${plainText(value)}`)
    .join(', ')
}

/** A property of an event as words. */
export function plainText(value: unknown): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
