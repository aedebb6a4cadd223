import { useEffect, useState } from 'preact/hooks'
import { useLive } from '../../data/live.ts'
import type { MessageTarget } from '../../data/queue-actions.ts'
import { path } from '../../data/request.ts'
import { t } from '../../strings/strings.ts'

interface TargetFieldsProps {
  readonly vhost: string
  onChange(target: MessageTarget | undefined): void
}

/** Asks where messages go. */
export function TargetFields({ vhost, onChange }: TargetFieldsProps) {
  const [kind, setKind] = useState<'queue' | 'exchange'>('queue')
  const [name, setName] = useState('')
  const [key, setKey] = useState('')
  const texts = t.queue.bindings
  const find = `page=1&page_size=20&columns=name&name=${encodeURIComponent(name)}`
  const kinds = kind === 'queue' ? 'queues' : 'exchanges'
  const known = useLive<{ readonly items: readonly { readonly name: string }[] }>(`${path`/${kinds}/${vhost}`}?${find}`)
  useEffect(() => {
    if (name === '') onChange(undefined)
    else onChange(kind === 'queue' ? { queue: name } : { exchange: name, ...(key === '' ? {} : { routing_key: key }) })
  }, [kind, name, key])
  return (
    <div class="fields">
      <label>
        <span>{texts.to}</span>
        <select value={kind} onChange={(event) => setKind(event.currentTarget.value as typeof kind)}>
          <option value="queue">{texts.queueTo}</option>
          <option value="exchange">{texts.exchangeTo}</option>
        </select>
      </label>
      <label>
        <span>{texts.name}</span>
        <input required autofocus list="targets" value={name} onInput={(event) => setName(event.currentTarget.value)} />
        <datalist id="targets">
          {known.data.value?.items.map((one) => (
            <option key={one.name} value={one.name} />
          ))}
        </datalist>
      </label>
      {kind === 'exchange' && (
        <label>
          <span>{t.queue.act.key}</span>
          <input value={key} onInput={(event) => setKey(event.currentTarget.value)} />
        </label>
      )}
    </div>
  )
}
