import { useState } from 'preact/hooks'
import type { Action } from '../data/action.ts'
import { useLive } from '../data/live.ts'
import { count } from '../format/numbers.ts'
import { t } from '../strings/strings.ts'
import { Button } from './button.tsx'
import { ConfirmDialog } from './confirm-dialog.tsx'
import { SelectField } from './select-field.tsx'
import { SimpleTable } from './simple-table.tsx'
import { Show } from './states.tsx'
import { TextField } from './text-field.tsx'

interface LimitTableProps {
  /** `/user-limits/shop`: where they are asked for and set. */
  readonly at: string
  readonly names: readonly string[]
}

type Doing = { readonly set: true } | { readonly clear: string }

/** Limits of a user or a virtual host. */
export function LimitTable({ at, names }: LimitTableProps) {
  const texts = t.admin.limits
  const [doing, setDoing] = useState<Doing | undefined>()
  const live = useLive<readonly { readonly value: Readonly<Record<string, number>> }[]>(at)
  return (
    <section class="card panel">
      <h2>{texts.title}</h2>
      <Show live={live}>
        {([first]) => {
          const limits = Object.entries(first?.value ?? {})
          if (limits.length === 0) return <p class="dim">{texts.none}</p>
          return (
            <SimpleTable
              label={texts.title}
              head={[texts.limit, texts.value, t.actions.remove]}
              rows={limits.map(([name, value]) => [
                name,
                count(value),
                <Button
                  key="clear"
                  kind="quiet"
                  label={texts.clear(name)}
                  icon="trash"
                  onClick={() => setDoing({ clear: name })}
                />,
              ])}
            />
          )
        }}
      </Show>
      <div class="inline-row">
        <Button onClick={() => setDoing({ set: true })}>{texts.set}</Button>
      </div>
      {doing !== undefined && 'set' in doing && <SetDialog at={at} names={names} onClose={() => setDoing(undefined)} />}
      {doing !== undefined && 'clear' in doing && (
        <ConfirmDialog
          title={texts.clear(doing.clear)}
          action={{ method: 'DELETE', path: `${at}/${doing.clear}` }}
          onClose={() => setDoing(undefined)}
        />
      )}
    </section>
  )
}

function SetDialog({ at, names, onClose }: LimitTableProps & { onClose: () => void }) {
  const texts = t.admin.limits
  const [name, setName] = useState(names[0]!)
  const [value, setValue] = useState('100')
  const action: Action = { method: 'PUT', path: `${at}/${name}`, body: { value: Number(value) } }
  return (
    <ConfirmDialog title={texts.set} action={action} danger={false} ready={/^-?\d+$/.test(value)} onClose={onClose}>
      <div class="fields">
        <SelectField title={texts.limit} value={name} options={names} onChange={setName} />
        <TextField title={texts.value} type="number" value={value} onChange={setValue} />
      </div>
    </ConfirmDialog>
  )
}
