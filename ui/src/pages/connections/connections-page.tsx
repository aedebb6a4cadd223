import { useState } from 'preact/hooks'
import type { ClosedConnection, Connection } from '../../data/connection.ts'
import { path } from '../../data/request.ts'
import { location, setQuery, vhost } from '../../router/location.ts'
import { t } from '../../strings/strings.ts'
import { Button } from '../../widgets/button.tsx'
import { useSelection } from '../../widgets/selection.ts'
import { ServerList } from '../../widgets/server-list.tsx'
import { Empty } from '../../widgets/states.tsx'
import { currentTab, Tabs } from '../../widgets/tabs.tsx'
import { CloseDialog } from './close-dialog.tsx'
import { closedColumns, connectionAlways, connectionColumns } from './columns.tsx'
import { Groups, groupings } from './groups.tsx'

const tabs = [
  { id: 'open', title: t.clients.tabs.open },
  { id: 'closed', title: t.clients.tabs.closed },
] as const

const filters = ['state:blocked', 'state:flow', 'user:', 'channels:>10', 'ssl:false', 'protocol:', 'peer_host:']
const closedFilters = ['ended_by:broker', 'ended_by:network', 'ended_by:client', 'reason:~', 'user:', 'peer_host:']

/** Who is connected, and who was. */
export function ConnectionsPage() {
  const tab = currentTab(tabs)
  return (
    <>
      <h1>{t.clients.connections}</h1>
      <Tabs tabs={tabs} label={t.clients.connections} />
      <div id="tab-panel" class="tab-panel" role="tabpanel" aria-labelledby={`tab-${tab.id}`}>
        {tab.id === 'open' ? <OpenConnections /> : <ClosedConnections />}
      </div>
    </>
  )
}

function OpenConnections() {
  const selection = useSelection()
  const [closing, setClosing] = useState(false)
  const where = vhost.value === undefined ? '/connections' : path`/vhosts/${vhost.value}/connections`
  const by = location.value.query.group ?? ''
  const names = [...selection.keys]
  const texts = t.clients
  if (Object.hasOwn(groupings, by)) {
    return (
      <>
        <div class="toolbar">
          <GroupBy by={by} />
        </div>
        <Groups path={where} by={by} />
      </>
    )
  }
  return (
    <>
      <ServerList<Connection>
        label={texts.connections}
        path={where}
        columns={connectionColumns}
        always={connectionAlways}
        sort="connected_at"
        reverse
        filters={filters}
        keyOf={({ name }) => name}
        selection={selection}
        tools={<GroupBy by="" />}
        bulk={() =>
          names.length > 0 && (
            <div class="bulk-bar" role="toolbar" aria-label={texts.selected(names.length)}>
              <strong>{texts.selected(names.length)}</strong>
              <Button kind="quiet" onClick={() => selection.set([])}>
                {texts.clear}
              </Button>
              <span class="spacer" />
              <Button kind="danger" icon="close" onClick={() => setClosing(true)}>
                {texts.close}
              </Button>
            </div>
          )
        }
        empty={
          <Empty title={texts.none}>
            <p>{texts.noneHint}</p>
          </Empty>
        }
      />
      {closing && (
        <CloseDialog
          names={names}
          onClose={(finished) => {
            setClosing(false)
            if (finished) selection.set([])
          }}
        />
      )}
    </>
  )
}

function GroupBy({ by }: { readonly by: string }) {
  return (
    <label class="inline-row">
      <span class="inline">{t.clients.group}</span>
      <select value={by} onChange={(event) => setQuery({ group: event.currentTarget.value, filter: undefined })}>
        <option value="">{t.clients.groups.none}</option>
        {Object.keys(groupings).map((id) => (
          <option key={id} value={id}>
            {t.clients.groups[id as keyof typeof t.clients.groups]}
          </option>
        ))}
      </select>
    </label>
  )
}

function ClosedConnections() {
  const where = vhost.value === undefined ? '' : `?vhost=${encodeURIComponent(vhost.value)}`
  return (
    <ServerList<ClosedConnection>
      label={t.clients.tabs.closed}
      path={`/x/connections/closed${where}`}
      columns={closedColumns}
      always="name,closed_at"
      sort="closed_at"
      reverse
      filters={closedFilters}
      keyOf={({ name, closed_at: at }) => `${name} ${at}`}
      empty={<Empty title={t.clients.noneClosed} />}
    />
  )
}
