import { useLive } from '../data/live.ts'
import { hasTag } from '../data/session.ts'
import { t } from '../strings/strings.ts'
import { Menu } from '../widgets/menu.tsx'

interface NodeAlarms {
  readonly name: string
  readonly mem_alarm: boolean
  readonly disk_free_alarm: boolean
}

/** Tells when a node is short of memory or disk. */
export function AlarmBell() {
  const columns = 'columns=name,mem_alarm,disk_free_alarm'
  const nodes = useLive<readonly NodeAlarms[]>(hasTag('monitoring') ? `/nodes?${columns}` : undefined).data.value ?? []
  const alarms = nodes.flatMap(({ name, mem_alarm: memory, disk_free_alarm: disk }) => [
    ...(memory ? [t.shell.memoryAlarm(name)] : []),
    ...(disk ? [t.shell.diskAlarm(name)] : []),
  ])
  return (
    <span class={alarms.length > 0 ? 'alarmed' : ''}>
      <Menu label={t.shell.alarms(alarms.length)} icon="bell">
        {alarms.length === 0 ? <p>{t.shell.noAlarms}</p> : alarms.map((text) => <p key={text}>{text}</p>)}
      </Menu>
    </span>
  )
}
