import { effect } from '@preact/signals'
import { useState } from 'preact/hooks'
import { type Numbered, RecentRows } from '../../data/recent-rows.ts'
import { alarmsNow, type BrokerEvent, type EventTopic, useEvents } from '../../data/stream.ts'
import { timeOfDay } from '../../format/times.ts'
import { location, setQuery } from '../../router/location.ts'
import { t } from '../../strings/strings.ts'
import { DataTable } from '../../widgets/data-table.tsx'
import { Dialog } from '../../widgets/dialog.tsx'
import { FactList } from '../../widgets/fact-list.tsx'
import { FilterField } from '../../widgets/filter-field.tsx'
import { Icon } from '../../widgets/icon.tsx'
import { LogTools } from '../../widgets/log-tools.tsx'
import { Empty } from '../../widgets/states.tsx'
import { eventColumns, plainText } from './event-columns.tsx'

/** Kept while one looks at other pages; what happens meanwhile is not heard. */
const recent = new RecentRows<BrokerEvent>()
const hear = (event: BrokerEvent) => recent.push(event)

let alarmsBefore: readonly string[] = alarmsNow.peek()
effect(() => {
  const alarms = alarmsNow.value
  const told = (event: string, names: readonly string[]) => {
    for (const name of names) hear({ event, time: Date.now(), name })
  }
  told(
    'alarm.set',
    alarms.filter((alarm) => !alarmsBefore.includes(alarm)),
  )
  told(
    'alarm.cleared',
    alarmsBefore.filter((alarm) => !alarms.includes(alarm)),
  )
  alarmsBefore = alarms
})

const allTopics = Object.keys(t.events.topics) as EventTopic[]

/** What is wrong now, and what happens. */
export function EventsPage() {
  const { filter = '', topics: chosen } = location.value.query
  const topics = chosen === undefined ? allTopics : allTopics.filter((topic) => chosen.split(',').includes(topic))
  useEvents(topics, hear)
  const [opened, setOpened] = useState<BrokerEvent | undefined>()
  const wanted = filter.toLowerCase()
  const rows = recent.rows.value.filter((event) => JSON.stringify(event).toLowerCase().includes(wanted))
  return (
    <>
      <h1>{t.events.title}</h1>
      <Alarms />
      <section class="section">
        <h2>{t.events.log}</h2>
        <p class="hint">{t.events.logHint}</p>
        <TopicChooser topics={topics} />
        <div class="toolbar">
          <FilterField filters={['queue.', 'exchange.', 'binding.', 'connection.closed', 'channel.', 'policy.']} />
          <LogTools recent={recent} name="events" rows={rows} />
        </div>
        {rows.length === 0 ? (
          <div class="card">
            <Empty title={filter === '' ? t.events.none : t.table.noneFits}>
              <p>{t.events.noneHint}</p>
            </Empty>
          </div>
        ) : (
          <DataTable<Numbered<BrokerEvent>>
            label={t.events.log}
            columns={eventColumns(setOpened)}
            rows={rows}
            keyOf={({ id }) => String(id)}
          />
        )}
      </section>
      {opened !== undefined && (
        <Dialog title={t.events.open(opened.event, timeOfDay(opened.time))} wide onClose={() => setOpened(undefined)}>
          <FactList
            facts={Object.entries(opened)
              .filter(([name]) => name !== 'id')
              .map(([name, value]) => [name, plainText(value)])}
          />
        </Dialog>
      )}
    </>
  )
}

function Alarms() {
  const texts: Readonly<Record<string, string>> = t.shell.alarmTexts
  const alarms = alarmsNow.value
  return (
    <section class="card findings" aria-label={t.events.alarms}>
      <ul aria-live="polite">
        {alarms.length === 0 && (
          <li class="finding ok">
            <Icon name="ok" />
            <p>{t.events.noAlarms}</p>
          </li>
        )}
        {alarms.map((alarm) => (
          <li key={alarm} class="finding critical">
            <Icon name="error" />
            <p>{texts[alarm] ?? alarm}</p>
          </li>
        ))}
      </ul>
    </section>
  )
}

function TopicChooser({ topics }: { readonly topics: readonly EventTopic[] }) {
  const toggle = (topic: EventTopic) => {
    const next = allTopics.filter((one) => topics.includes(one) !== (one === topic))
    setQuery({ topics: next.length === allTopics.length ? undefined : next.join(',') || 'none' })
  }
  return (
    <fieldset class="inline-row bare-set">
      <legend class="hidden-text">{t.events.pick}</legend>
      {allTopics.map((topic) => (
        <label key={topic} class="check">
          <input type="checkbox" checked={topics.includes(topic)} onChange={() => toggle(topic)} />
          <span class="inline">{t.events.topics[topic]}</span>
        </label>
      ))}
    </fieldset>
  )
}
