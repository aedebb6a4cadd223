import { alarmsNow } from '../data/stream.ts'
import { t } from '../strings/strings.ts'
import { Menu } from '../widgets/menu.tsx'

/** Tells when the broker is short of memory or disk. */
export function AlarmBell() {
  const alarms = alarmsNow.value
  const texts: Readonly<Record<string, string>> = t.shell.alarmTexts
  return (
    <span class={alarms.length > 0 ? 'alarmed' : ''}>
      <Menu label={t.shell.alarms(alarms.length)} icon="bell">
        {alarms.length === 0 ? (
          <p>{t.shell.noAlarms}</p>
        ) : (
          alarms.map((alarm) => <p key={alarm}>{texts[alarm] ?? alarm}</p>)
        )}
      </Menu>
    </span>
  )
}
