import { useState } from 'preact/hooks'
import { type Action, carryOut, quote } from '../data/action.ts'
import type { BrowsedMessage } from '../data/message.ts'
import { preference } from '../data/preference.ts'
import { path } from '../data/request.ts'
import { t } from '../strings/strings.ts'
import { Button } from './button.tsx'
import { CopyAs } from './copy-as.tsx'
import { JsonField, parseObject } from './json-field.tsx'
import { toast } from './toasts.tsx'

/** What was typed. */
interface Values {
  readonly key: string
  readonly persistent: boolean
  readonly properties: Readonly<Record<string, string>>
  readonly headers: string
  readonly payload: string
  readonly base64: boolean
}

interface PublishFormProps {
  readonly vhost: string
  /** Empty for the default exchange. */
  readonly exchange: string
  readonly routingKey?: string
  /** What the form begins with. */
  readonly message?: BrowsedMessage | undefined
}

const COPIES_MAX = 1000
const templates = preference<Readonly<Record<string, Values>>>('templates', {}, (value) => typeof value === 'object')
const texts = t.queue.publish
const propertyFields = [
  ['content_type', texts.contentType],
  ['type', texts.type],
  ['message_id', texts.messageId],
  ['correlation_id', texts.correlationId],
  ['reply_to', texts.replyTo],
  ['priority', texts.priority],
  ['expiration', texts.expiration],
] as const

/** Publishes messages, and says whether they reached a queue. */
export function PublishForm({ vhost, exchange, routingKey = '', message }: PublishFormProps) {
  const [values, setValues] = useState<Values>(() => begin(routingKey, message))
  const [copies, setCopies] = useState(1)
  const [problem, setProblem] = useState('')
  const [busy, setBusy] = useState(false)
  const change = (changed: Partial<Values>) => setValues({ ...values, ...changed })
  const headers = parseObject(values.headers)
  const action = publishAction(vhost, exchange, values, headers ?? {})
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    setBusy(true)
    setProblem('')
    try {
      let routed = true
      for (let n = 0; n < copies; n++) routed &&= (await carryOut<{ routed: boolean }>(action)).routed
      if (routed) toast('ok', texts.published(copies))
      else setProblem(texts.unroutable)
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error))
    }
    setBusy(false)
  }
  return (
    <form class="card panel" onSubmit={(event) => void submit(event)}>
      <div class="fields">
        <label class="grow">
          <span>{texts.key}</span>
          <input
            value={values.key}
            spellcheck={false}
            onInput={(event) => change({ key: event.currentTarget.value })}
          />
        </label>
        {propertyFields.map(([name, title]) => (
          <label key={name}>
            <span>{title}</span>
            <input
              value={values.properties[name] ?? ''}
              spellcheck={false}
              onInput={(event) => change({ properties: { ...values.properties, [name]: event.currentTarget.value } })}
            />
          </label>
        ))}
        <label class="check">
          <input
            type="checkbox"
            checked={values.persistent}
            onChange={(event) => change({ persistent: event.currentTarget.checked })}
          />
          <span class="inline">{texts.persistent}</span>
        </label>
        <JsonField
          title={texts.headers}
          value={values.headers}
          invalid={texts.headersInvalid}
          onChange={(text) => change({ headers: text })}
        />
        <label class="wide">
          <span>{texts.payload}</span>
          <textarea
            rows={8}
            spellcheck={false}
            value={values.payload}
            onInput={(event) => change({ payload: event.currentTarget.value })}
          />
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={values.base64}
            onChange={(e) => change({ base64: e.currentTarget.checked })}
          />
          <span class="inline">{texts.base64}</span>
        </label>
        <label>
          <span>{texts.copies}</span>
          <input
            type="number"
            min={1}
            max={COPIES_MAX}
            value={copies}
            onInput={(event) => setCopies(Math.min(COPIES_MAX, Math.max(1, Number(event.currentTarget.value) || 1)))}
          />
        </label>
      </div>
      <p class="problem" role="alert">
        {problem}
      </p>
      <div class="inline-row">
        <Button kind="primary" icon="send" submit disabled={busy || headers === undefined}>
          {texts.submit(copies)}
        </Button>
        <CopyAs action={action} />
        <span class="spacer" />
        <Templates values={values} onTake={setValues} />
      </div>
    </form>
  )
}

function Templates({ values, onTake }: { readonly values: Values; onTake(values: Values): void }) {
  const [name, setName] = useState('')
  const names = Object.keys(templates.value)
  return (
    <span class="inline-row">
      {names.length > 0 && (
        <select
          aria-label={texts.templates}
          value=""
          onChange={(event) => {
            const template = templates.value[event.currentTarget.value]
            if (template !== undefined) onTake(template)
          }}
        >
          <option value="">{texts.templates}</option>
          {names.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      )}
      <input
        class="short"
        aria-label={texts.templateName}
        placeholder={texts.templateName}
        value={name}
        onInput={(event) => setName(event.currentTarget.value)}
      />
      <Button
        disabled={name === ''}
        onClick={() => {
          templates.value = { ...templates.value, [name]: values }
          setName('')
        }}
      >
        {texts.saveTemplate}
      </Button>
    </span>
  )
}

function begin(key: string, message: BrowsedMessage | undefined): Values {
  if (message === undefined) {
    return { key, persistent: true, properties: {}, headers: '', payload: '', base64: false }
  }
  const { headers, delivery_mode: mode, ...properties } = message.properties
  const known = propertyFields.map(([name]) => [name, String(properties[name] ?? '')] as const)
  return {
    key,
    persistent: mode === 2,
    properties: Object.fromEntries(known),
    headers: JSON.stringify({ ...headers, 'x-replayed-from': key }, null, 2),
    payload: message.payload,
    base64: message.payload_encoding === 'base64',
  }
}

function publishAction(vhost: string, exchange: string, values: Values, headers: Record<string, unknown>): Action {
  const given = Object.entries(values.properties).filter(([, value]) => value !== '')
  const properties = {
    delivery_mode: values.persistent ? 2 : 1,
    ...Object.fromEntries(given.map(([name, value]) => [name, name === 'priority' ? Number(value) : value])),
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
  }
  return {
    method: 'POST',
    path: path`/exchanges/${vhost}/${exchange === '' ? 'amq.default' : exchange}/publish`,
    body: {
      properties,
      routing_key: values.key,
      payload: values.payload,
      payload_encoding: values.base64 ? 'base64' : 'string',
    },
    cli: `publish message --vhost ${quote(vhost)} --exchange ${quote(exchange === '' ? 'amq.default' : exchange)} --routing-key ${quote(values.key)} --payload ${quote(values.payload)}`,
  }
}
