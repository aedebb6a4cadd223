import type { RecentRows } from '../data/recent-rows.ts'
import { t } from '../strings/strings.ts'
import { Button } from './button.tsx'
import { download } from './download.ts'

/** Holds a log still, takes the rows that are shown away as a file, or clears it. */
export function LogTools<T>(props: { recent: RecentRows<T>; name: string; rows: readonly object[] }) {
  const { recent, name, rows } = props
  const paused = recent.paused.value
  const lines = () => rows.map((row) => `${JSON.stringify(row)}\n`).join('')
  return (
    <>
      <Button icon={paused ? 'play' : 'pause'} onClick={() => recent.pause(!paused)}>
        {paused ? t.log.resume(recent.waiting.value) : t.log.pause}
      </Button>
      <Button
        icon="download"
        disabled={rows.length === 0}
        onClick={() => download(`${name}.ndjson`, 'application/x-ndjson', lines())}
      >
        {t.log.export}
      </Button>
      <Button icon="trash" disabled={rows.length === 0} onClick={() => recent.clear()}>
        {t.log.clear}
      </Button>
    </>
  )
}
