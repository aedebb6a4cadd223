import { useState } from 'preact/hooks'
import { carryOut, quote } from '../../data/action.ts'
import { useLive } from '../../data/live.ts'
import { path } from '../../data/request.ts'
import { useVhosts } from '../../data/vhosts.ts'
import { href, navigate, vhost } from '../../router/location.ts'
import { t } from '../../strings/strings.ts'
import { Button } from '../../widgets/button.tsx'
import { CopyAs } from '../../widgets/copy-as.tsx'
import { Dialog } from '../../widgets/dialog.tsx'
import { JsonField, parseObject } from '../../widgets/json-field.tsx'
import { toast } from '../../widgets/toasts.tsx'

const usual = ['direct', 'fanout', 'topic', 'headers']

/** Adds an exchange. */
export function AddExchangeDialog({ onClose }: { onClose: () => void }) {
  const texts = t.exchanges.form
  const [name, setName] = useState('')
  const [type, setType] = useState('topic')
  const [where, setWhere] = useState(vhost.value ?? '/')
  const [flags, setFlags] = useState({ durable: true, auto_delete: false, internal: false })
  const [alternate, setAlternate] = useState('')
  const [json, setJson] = useState('')
  const [problem, setProblem] = useState('')
  const vhosts = useVhosts([where])
  const overview = useLive<{ readonly exchange_types: readonly { readonly name: string }[] }>('/overview').data.value
  const types = overview?.exchange_types.map((one) => one.name) ?? usual
  const given = parseObject(json)
  const arguments_ = { ...(alternate === '' ? {} : { 'alternate-exchange': alternate }), ...given }
  const action = {
    method: 'PUT',
    path: path`/exchanges/${where}/${name}`,
    body: { type, ...flags, arguments: arguments_ },
    cli: `declare exchange --vhost ${quote(where)} --name ${quote(name)} --type ${type} --durable ${flags.durable}`,
  } as const
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    try {
      await carryOut(action)
      toast('ok', texts.added(name))
      onClose()
      navigate(href(['exchanges', where, name]))
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error))
    }
  }
  return (
    <Dialog title={t.exchanges.add} wide onClose={onClose}>
      <form onSubmit={(event) => void submit(event)}>
        <div class="fields">
          <label class="grow">
            <span>{texts.name}</span>
            <input
              required
              autofocus
              maxLength={255}
              value={name}
              onInput={(event) => setName(event.currentTarget.value)}
            />
          </label>
          <label>
            <span>{texts.type}</span>
            <select value={type} onChange={(event) => setType(event.currentTarget.value)}>
              {types.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
          </label>
          <label>
            <span>{texts.vhost}</span>
            <select value={where} onChange={(event) => setWhere(event.currentTarget.value)}>
              {vhosts.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
          </label>
          <label>
            <span>{texts.alternate}</span>
            <input value={alternate} onInput={(event) => setAlternate(event.currentTarget.value)} />
          </label>
          {(['durable', 'auto_delete', 'internal'] as const).map((flag) => (
            <label key={flag} class="check">
              <input
                type="checkbox"
                checked={flags[flag]}
                onChange={(event) => setFlags({ ...flags, [flag]: event.currentTarget.checked })}
              />
              <span class="inline">{flag === 'auto_delete' ? texts.autoDelete : texts[flag]}</span>
            </label>
          ))}
          <JsonField title={texts.arguments} value={json} invalid={t.queue.publish.headersInvalid} onChange={setJson} />
        </div>
        <p class="problem" role="alert">
          {problem}
        </p>
        <div class="dialog-foot">
          <CopyAs action={action} />
          <Button onClick={onClose}>{t.actions.cancel}</Button>
          <Button kind="primary" submit disabled={name === '' || given === undefined}>
            {t.exchanges.add}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
