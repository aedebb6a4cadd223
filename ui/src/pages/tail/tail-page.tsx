import { useEffect, useMemo, useState } from 'preact/hooks'
import type { Numbered } from '../../data/recent-rows.ts'
import type { TailedMessage } from '../../data/tail.ts'
import { timeOfDay } from '../../format/times.ts'
import { location } from '../../router/location.ts'
import { t } from '../../strings/strings.ts'
import { DataTable } from '../../widgets/data-table.tsx'
import { FilterField } from '../../widgets/filter-field.tsx'
import { LogTools } from '../../widgets/log-tools.tsx'
import { Empty } from '../../widgets/states.tsx'
import { tailColumns } from './tail-columns.tsx'
import { TailForm } from './tail-form.tsx'
import { TailSession } from './tail-session.ts'
import { TailedMessageDialog } from './tailed-message-dialog.tsx'

/** Messages as they go by. It ends when one goes to another page. */
export function TailPage() {
  const session = useMemo(() => new TailSession(), [])
  useEffect(() => () => session.stop(), [])
  const [opened, setOpened] = useState<TailedMessage | undefined>()
  const { recent } = session
  const wanted = (location.value.query.filter ?? '').toLowerCase()
  const rows = recent.rows.value.filter((row) => wanted === '' || JSON.stringify(row).toLowerCase().includes(wanted))
  const running = session.state.value.is === 'running' || session.state.value.is === 'begins'
  return (
    <>
      <h1>{t.tail.title}</h1>
      <p class="lead">{t.tail.lead}</p>
      <TailForm running={running} onStart={(request) => session.start(request)} onStop={() => session.stop()} />
      <Status session={session} />
      <div class="toolbar">
        <FilterField filters={['publish', 'deliver']} />
        <LogTools recent={recent} name="tail" rows={rows} />
      </div>
      {rows.length === 0 ? (
        <div class="card">
          <Empty title={recent.rows.value.length === 0 ? t.tail.none : t.table.noneFits}>
            <p>{t.tail.noneHint}</p>
          </Empty>
        </div>
      ) : (
        <DataTable<Numbered<TailedMessage>>
          label={t.tail.title}
          columns={tailColumns(setOpened)}
          rows={rows}
          keyOf={({ id }) => String(id)}
        />
      )}
      {opened !== undefined && <TailedMessageDialog message={opened} onClose={() => setOpened(undefined)} />}
    </>
  )
}

function Status({ session }: { readonly session: TailSession }) {
  const state = session.state.value
  const skipped = session.skipped.value
  if (state.is === 'failed') {
    return (
      <p class="problem" role="alert">
        {state.reason}
      </p>
    )
  }
  return (
    <p role="status">
      {state.is === 'running' ? t.tail.running(timeOfDay(state.until)) : t.tail[state.is]}{' '}
      {skipped > 0 && t.tail.skipped(skipped)}
    </p>
  )
}
