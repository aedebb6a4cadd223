import { useEffect, useState } from 'preact/hooks'
import type { Connection } from '../../data/connection.ts'
import { readEvents } from '../../data/event-reader.ts'
import { fetchApi } from '../../data/request.ts'
import { dateTime } from '../../format/times.ts'
import { t } from '../../strings/strings.ts'
import { SimpleTable } from '../../widgets/simple-table.tsx'

interface ConnectionEvent {
  readonly event: string
  readonly time: number
  readonly name?: string
  readonly connection?: string
  readonly queue?: string
  readonly number?: number
  readonly channel?: string
}

const EVENTS_MAX = 50

/** What happens on a connection: how it began, and what comes and goes while one looks. */
export function ConnectionEvents({ connection }: { readonly connection: Connection }) {
  const [events, setEvents] = useState<readonly ConnectionEvent[]>([])
  const { name } = connection
  useEffect(() => {
    const stop = new AbortController()
    const add = (event: ConnectionEvent) => {
      const of = `${event.connection ?? ''}\n${event.name ?? ''}\n${event.channel ?? ''}`
      if (of.includes(name)) setEvents((before) => [event, ...before].slice(0, EVENTS_MAX))
    }
    void listen(add, stop.signal)
    return () => stop.abort()
  }, [name])
  const { eventTexts } = t.clients
  const began = [
    connection.connected_at === null ? '–' : dateTime(connection.connected_at),
    t.clients.opened(connection.user ?? '–', connection.auth_mechanism),
  ]
  const rows = events.map(({ event, time, queue, number }) => [
    dateTime(time),
    [eventTexts[event] ?? event, queue ?? number ?? ''].join(' '),
  ])
  return (
    <>
      <p class="hint">{t.clients.eventsHint}</p>
      <SimpleTable
        label={t.clients.connectionTabs.events}
        head={[t.clients.time, t.clients.event]}
        rows={[...rows, began]}
      />
    </>
  )
}

async function listen(tell: (event: ConnectionEvent) => void, stop: AbortSignal): Promise<void> {
  try {
    const response = await fetchApi('POST', '/x/events', { topics: ['connections'] }, stop)
    for await (const { name, data } of readEvents(response.body!)) {
      if (name === 'connections') tell(JSON.parse(data) as ConnectionEvent)
    }
  } catch {
    // What is asked for every few seconds says why the broker does not answer.
  }
}
