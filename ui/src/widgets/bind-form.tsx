import { useEffect, useState } from 'preact/hooks'
import { carryOut } from '../data/action.ts'
import { bind } from '../data/binding.ts'
import { useLive } from '../data/live.ts'
import { path } from '../data/request.ts'
import { t } from '../strings/strings.ts'
import { Button } from './button.tsx'
import { CopyAs } from './copy-as.tsx'
import { JsonField, parseObject } from './json-field.tsx'
import { toast } from './toasts.tsx'

interface BindFormProps {
  readonly vhost: string
  /** The end that is fixed. */
  readonly queue?: string
  readonly exchange?: string
}

/** Binds a queue to an exchange that is chosen, or an exchange to what is chosen. */
export function BindForm({ vhost, queue, exchange }: BindFormProps) {
  const texts = t.queue.bindings
  const [other, setOther] = useState('')
  const [type, setType] = useState<'queue' | 'exchange'>('queue')
  const [key, setKey] = useState('')
  const [json, setJson] = useState('')
  const [problem, setProblem] = useState('')
  useEffect(() => setProblem(''), [other, key, json])
  const kind = exchange === undefined || type === 'exchange' ? 'exchanges' : 'queues'
  const find = `page=1&page_size=20&columns=name&name=${encodeURIComponent(other)}`
  const known = useLive<{ readonly items: readonly { readonly name: string }[] }>(`${path`/${kind}/${vhost}`}?${find}`)
  const arguments_ = parseObject(json)
  const ends = {
    vhost,
    source: exchange ?? other,
    destination: queue ?? other,
    destination_type: queue === undefined ? type : ('queue' as const),
  }
  const action = bind(ends, key, arguments_ ?? {})
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    try {
      await carryOut(action)
      toast('ok', texts.added)
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error))
    }
  }
  return (
    <form class="card panel" onSubmit={(event) => void submit(event)}>
      <h2>{texts.addTitle}</h2>
      <div class="fields">
        {exchange !== undefined && (
          <label>
            <span>{texts.to}</span>
            <select value={type} onChange={(event) => setType(event.currentTarget.value as typeof type)}>
              <option value="queue">{texts.queueTo}</option>
              <option value="exchange">{texts.exchangeTo}</option>
            </select>
          </label>
        )}
        <label>
          <span>{exchange === undefined ? texts.exchange : texts.name}</span>
          <input required list="bind-ends" value={other} onInput={(event) => setOther(event.currentTarget.value)} />
          <datalist id="bind-ends">
            {known.data.value?.items.map(({ name }) => (
              <option key={name} value={name} />
            ))}
          </datalist>
        </label>
        <label>
          <span>{texts.key}</span>
          <input value={key} spellcheck={false} onInput={(event) => setKey(event.currentTarget.value)} />
        </label>
        <JsonField title={texts.arguments} value={json} invalid={t.queue.publish.headersInvalid} onChange={setJson} />
      </div>
      <p class="problem" role="alert">
        {problem}
      </p>
      <div class="inline-row">
        <Button kind="primary" submit disabled={other === '' || arguments_ === undefined}>
          {texts.add}
        </Button>
        <CopyAs action={action} />
      </div>
    </form>
  )
}
