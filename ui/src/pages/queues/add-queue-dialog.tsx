import { useState } from 'preact/hooks'
import { type Action, carryOut, quote } from '../../data/action.ts'
import { path } from '../../data/request.ts'
import { useVhosts } from '../../data/vhosts.ts'
import { href, navigate, vhost } from '../../router/location.ts'
import { t } from '../../strings/strings.ts'
import { Button } from '../../widgets/button.tsx'
import { CopyAs } from '../../widgets/copy-as.tsx'
import { Dialog } from '../../widgets/dialog.tsx'
import { toast } from '../../widgets/toasts.tsx'
import { type ArgumentField, argumentFields, argumentValue, type QueueType, queueTypes } from './queue-arguments.ts'

type Values = Readonly<Record<string, string>>

/** Adds a queue: only what its type takes, checked while one types. */
export function AddQueueDialog({ type: first = 'classic', onClose }: { type?: QueueType; onClose: () => void }) {
  const [type, setType] = useState<QueueType>(first)
  const [name, setName] = useState('')
  const [where, setWhere] = useState(vhost.value ?? '/')
  const [values, setValues] = useState<Values>({})
  const [problem, setProblem] = useState('')
  const vhosts = useVhosts([where])
  const fields = argumentFields.filter(({ types }) => types.includes(type))
  const { declared, invalid } = readArguments(fields, values)
  const action = declareAction(where, name, type, declared)
  const texts = t.queues.form
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    try {
      await carryOut(action)
      toast('ok', texts.added(name))
      onClose()
      navigate(href([type === 'stream' ? 'streams' : 'queues', where, name]))
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error))
    }
  }
  return (
    <Dialog title={t.queues.add} wide onClose={onClose}>
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
            <select value={type} onChange={(event) => setType(event.currentTarget.value as QueueType)}>
              {queueTypes.map((one) => (
                <option key={one} value={one}>
                  {texts.types[one]}
                </option>
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
        </div>
        <h3>{texts.limits}</h3>
        <div class="fields">
          {fields.map((field) => (
            <ArgumentInput
              key={field.key}
              field={field}
              value={values[field.key] ?? ''}
              invalid={invalid.has(field.key)}
              onChange={(value) => setValues({ ...values, [field.key]: value })}
            />
          ))}
        </div>
        <details>
          <summary>{texts.json}</summary>
          <pre class="code">{JSON.stringify(action.body, null, 2)}</pre>
        </details>
        <p class="problem" role="alert">
          {problem}
        </p>
        <div class="dialog-foot">
          <CopyAs action={action} />
          <Button onClick={onClose}>{t.actions.cancel}</Button>
          <Button kind="primary" submit disabled={name === '' || invalid.size > 0}>
            {t.queues.add}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

function declareAction(where: string, name: string, type: QueueType, declared: Record<string, unknown>): Action {
  const options = { durable: true, auto_delete: false, arguments: { 'x-queue-type': type, ...declared } }
  const json = quote(JSON.stringify(options.arguments))
  return {
    method: 'PUT',
    path: path`/queues/${where}/${name}`,
    body: options,
    cli: `declare queue --vhost ${quote(where)} --name ${quote(name)} --type ${type} --durable true --arguments ${json}`,
  }
}

function readArguments(fields: readonly ArgumentField[], values: Values) {
  const declared: Record<string, unknown> = {}
  const invalid = new Set<string>()
  for (const field of fields) {
    try {
      const value = argumentValue(field, values[field.key] ?? '')
      if (value !== undefined) declared[field.key] = value
    } catch {
      invalid.add(field.key)
    }
  }
  return { declared, invalid }
}

interface ArgumentInputProps {
  readonly field: ArgumentField
  readonly value: string
  readonly invalid: boolean
  onChange(value: string): void
}

function ArgumentInput({ field, value, invalid, onChange }: ArgumentInputProps) {
  const { key, title, kind, hint } = field
  if (kind === 'flag') {
    return (
      <label class="check">
        <input type="checkbox" checked={value === 'true'} onChange={(e) => onChange(String(e.currentTarget.checked))} />
        <span class="inline">{title}</span>
      </label>
    )
  }
  return (
    <label title={key}>
      <span>{title}</span>
      {typeof kind === 'object' ? (
        <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
          <option value="">–</option>
          {kind.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      ) : (
        <input
          value={value}
          aria-invalid={invalid}
          placeholder={hint}
          spellcheck={false}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      )}
      {invalid && <span class="problem">{t.queues.form.invalid(hint)}</span>}
    </label>
  )
}
