import { signal } from '@preact/signals'
import { pages } from '../pages/table.ts'
import { t } from '../strings/strings.ts'
import { Dialog } from '../widgets/dialog.tsx'

const open = signal(false)

/** Shows which keys there are. */
export function openKeys(): void {
  open.value = true
}

/** Where they are shown. */
export function KeysDialog() {
  if (!open.value) return null
  const rows = [
    ...Object.entries(t.keys),
    ...pages.filter(({ rail }) => rail !== undefined).map(({ rail, title }) => [`g ${rail!.key}`, title] as const),
  ]
  return (
    <Dialog title={t.shell.keys} onClose={() => (open.value = false)}>
      <dl class="keys">
        {rows.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              {keys.split(' ').map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
