import { useState } from 'preact/hooks'
import { type Channel, type Connection, clientName } from '../../data/connection.ts'
import { useLive } from '../../data/live.ts'
import { path } from '../../data/request.ts'
import { bytes } from '../../format/numbers.ts'
import { href } from '../../router/location.ts'
import { t } from '../../strings/strings.ts'
import { Badge } from '../../widgets/badge.tsx'
import { Button } from '../../widgets/button.tsx'
import { DataTable } from '../../widgets/data-table.tsx'
import { Empty, Show } from '../../widgets/states.tsx'
import { currentTab, Tabs } from '../../widgets/tabs.tsx'
import { channelColumns } from '../channels/columns.tsx'
import { CloseDialog } from '../connections/close-dialog.tsx'
import type { PageProps } from '../page.ts'
import { ConnectionDetails } from './connection-details.tsx'
import { ConnectionEvents } from './connection-events.tsx'
import { EndedConnection } from './ended-connection.tsx'

const titles = t.clients.connectionTabs
const tabs = [
  { id: 'channels', title: titles.channels },
  { id: 'details', title: titles.details },
  { id: 'events', title: titles.events },
] as const

/** One connection: who it is, what it does, and when it has ended, why. */
export function ConnectionPage({ params }: PageProps) {
  const name = params.connection ?? ''
  const live = useLive<Connection>(path`/connections/${name}`)
  const [closing, setClosing] = useState(false)
  const hasEnded = live.error.value?.status === 404
  const connection = live.data.value
  return (
    <>
      <nav class="crumbs" aria-label={t.shell.here}>
        <a href={href(['connections'])}>{t.pages.connections}</a>
        <span>{name}</span>
      </nav>
      <div class="title-row">
        <h1>{connection === undefined ? name : clientName(connection)}</h1>
        {connection !== undefined && !hasEnded && (
          <Button kind="danger" icon="close" onClick={() => setClosing(true)}>
            {t.clients.close}
          </Button>
        )}
      </div>
      {hasEnded ? (
        <EndedConnection name={name} />
      ) : (
        <Show live={live}>{(open) => <OpenConnection connection={open} />}</Show>
      )}
      {closing && <CloseDialog names={[name]} onClose={() => setClosing(false)} />}
    </>
  )
}

function OpenConnection({ connection }: { readonly connection: Connection }) {
  const tab = currentTab(tabs)
  const { state, recv_oct_details: received, send_oct_details: sent } = connection
  return (
    <>
      <p class="lead">
        {state !== 'running' && <Badge kind="warn">{state}</Badge>}{' '}
        {t.clients.lead(connection.user ?? '–', connection.vhost ?? '–', connection.protocol)}{' '}
        {t.clients.perSecond(bytes(received?.rate ?? 0), bytes(sent?.rate ?? 0))}{' '}
        {/^block/.test(state) && t.clients.blocked}
      </p>
      <Tabs tabs={tabs} label={connection.name} />
      <div id="tab-panel" class="tab-panel" role="tabpanel" aria-labelledby={`tab-${tab.id}`}>
        {tab.id === 'channels' && <Channels connection={connection.name} />}
        {tab.id === 'details' && <ConnectionDetails connection={connection} />}
        {tab.id === 'events' && <ConnectionEvents connection={connection} />}
      </div>
    </>
  )
}

function Channels({ connection }: { readonly connection: string }) {
  const live = useLive<readonly Channel[]>(path`/connections/${connection}/channels`)
  const texts = t.clients.channels
  const columns = channelColumns.filter(({ id, optional }) => optional !== true && !/^(vhost|user)$/.test(id))
  return (
    <Show live={live}>
      {(channels) =>
        channels.length === 0 ? (
          <div class="card">
            <Empty title={texts.none} />
          </div>
        ) : (
          <DataTable label={texts.title} columns={columns} rows={channels} keyOf={({ name }) => name} />
        )
      }
    </Show>
  )
}
