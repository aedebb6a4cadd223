import { useState } from 'preact/hooks'
import type { TailRequest } from '../../data/tail.ts'
import { useVhosts } from '../../data/vhosts.ts'
import { location, setQuery, vhost } from '../../router/location.ts'
import { t } from '../../strings/strings.ts'
import { Button } from '../../widgets/button.tsx'
import { JsonField, parseObject } from '../../widgets/json-field.tsx'

/** What the form asks for, as texts; it stands in the address. */
const names = ['exchange', 'queue', 'user', 'key', 'one_in', 'bytes', 'headers', 'kinds'] as const
type Fields = Readonly<Record<(typeof names)[number], string>>

function fieldsOf(query: Readonly<Record<string, string>>): Fields {
  return Object.fromEntries(names.map((name) => [name, query[name] ?? ''])) as Fields
}

interface TailFormProps {
  readonly running: boolean
  onStart(request: TailRequest): void
  onStop(): void
}

/** Asks which messages shall be shown. */
export function TailForm({ running, onStart, onStop }: TailFormProps) {
  const [fields, setFields] = useState(fieldsOf(location.value.query))
  const vhosts = useVhosts(['/'])
  const [place, setPlace] = useState(vhost.value ?? '/')
  const headers = parseObject(fields.headers)
  const kinds = fields.kinds === '' ? (['publish', 'deliver'] as const) : [fields.kinds as 'publish' | 'deliver']
  const set = (change: Partial<Fields>) => setFields({ ...fields, ...change })
  const toggle = (kind: 'publish' | 'deliver') => {
    const other = kind === 'publish' ? 'deliver' : 'publish'
    set({ kinds: kinds.length === 2 ? other : '' })
  }
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (running) return onStop()
    setQuery(fields)
    onStart(requestOf(place, fields, kinds, headers ?? {}))
  }
  const text = (name: 'exchange' | 'queue' | 'user' | 'key', title: string) => (
    <label>
      <span>{title}</span>
      <input
        value={fields[name]}
        spellcheck={false}
        autocomplete="off"
        onInput={(event) => set({ [name]: event.currentTarget.value })}
      />
    </label>
  )
  const number = (name: 'one_in' | 'bytes', title: string, otherwise: string, max: number) => (
    <label>
      <span>{title}</span>
      <input
        type="number"
        min={name === 'bytes' ? 0 : 1}
        max={max}
        placeholder={otherwise}
        value={fields[name]}
        onInput={(event) => set({ [name]: event.currentTarget.value })}
      />
    </label>
  )
  return (
    <form class="card panel" aria-label={t.tail.form} onSubmit={submit}>
      <div class="fields">
        {vhosts.length > 1 && (
          <label>
            <span>{t.tail.vhost}</span>
            <select value={place} onChange={(event) => setPlace(event.currentTarget.value)}>
              {vhosts.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
        )}
        {text('exchange', t.tail.exchange)}
        {text('queue', t.tail.queue)}
        {text('user', t.tail.user)}
        {text('key', t.tail.key)}
        {number('one_in', t.tail.oneIn, '1', 1_000_000)}
        {number('bytes', t.tail.bytes, '1024', 65_536)}
        <JsonField
          title={t.tail.headers}
          rows={1}
          value={fields.headers}
          invalid={t.tail.headersInvalid}
          onChange={(json) => set({ headers: json })}
        />
      </div>
      <div class="inline-row">
        {(['publish', 'deliver'] as const).map((kind) => (
          <label key={kind} class="check">
            <input type="checkbox" checked={kinds.includes(kind)} onChange={() => toggle(kind)} />
            <span class="inline">{t.tail.kinds[kind]}</span>
          </label>
        ))}
        <Button kind="primary" icon={running ? 'pause' : 'play'} submit disabled={!running && headers === undefined}>
          {running ? t.tail.stop : t.tail.start}
        </Button>
      </div>
    </form>
  )
}

function requestOf(
  place: string,
  { exchange, queue, user, key, one_in: oneIn, bytes }: Fields,
  kinds: TailRequest['kinds'],
  headers: Readonly<Record<string, unknown>>,
): TailRequest {
  return {
    vhost: place,
    kinds,
    ...(exchange === '' ? {} : { exchange }),
    ...(queue === '' ? {} : { queue }),
    ...(user === '' ? {} : { user }),
    ...(key === '' ? {} : { routing_key: key }),
    ...(oneIn === '' ? {} : { one_in: Number(oneIn) }),
    ...(bytes === '' ? {} : { payload_bytes_max: Number(bytes) }),
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
  }
}
