import { useEffect, useState } from 'preact/hooks'
import { type BrowsedMessage, browseWhole, payloadBytes } from '../../data/message.ts'
import type { Queue } from '../../data/queue.ts'
import { bytes } from '../../format/numbers.ts'
import { hexDump, prettyJson } from '../../format/payload.ts'
import { dateTime, duration } from '../../format/times.ts'
import { setQuery } from '../../router/location.ts'
import { t } from '../../strings/strings.ts'
import { Button } from '../../widgets/button.tsx'
import { copyText } from '../../widgets/copy-as.tsx'
import { Dialog } from '../../widgets/dialog.tsx'
import { FactList } from '../../widgets/fact-list.tsx'
import { ScrollBox } from '../../widgets/scroll-box.tsx'
import { Failure, Loading } from '../../widgets/states.tsx'
import { draft } from './publish-draft.ts'

/** One message: where it came from, what is in it. */
export function MessageDialog({ queue, position }: { readonly queue: Queue; readonly position: number }) {
  const [message, setMessage] = useState<BrowsedMessage | undefined>()
  const [problem, setProblem] = useState('')
  useEffect(() => {
    browseWhole(queue, position).then(
      (found) => (found === undefined ? setProblem(t.states.gone) : setMessage(found)),
      (error: unknown) => setProblem(String(error)),
    )
  }, [position])
  return (
    <Dialog title={t.queue.message.title(position)} wide onClose={() => setQuery({ m: undefined })}>
      {problem !== '' ? (
        <Failure status={404} reason="" />
      ) : message === undefined ? (
        <Loading />
      ) : (
        <Shown message={message} />
      )}
    </Dialog>
  )
}

function Shown({ message }: { readonly message: BrowsedMessage }) {
  const texts = t.queue.message
  const { headers = {}, ...properties } = message.properties
  const { 'x-death': deaths, ...others } = headers
  const facts: (readonly [string, string])[] = [
    [texts.from, message.exchange === '' ? '(AMQP default)' : message.exchange],
    [texts.key, message.routing_key],
    ...(message.expires_in === null ? [] : [[texts.expires, duration(message.expires_in)] as const]),
    ...Object.entries(properties).map(([name, value]) => [name, propertyText(name, value)] as const),
  ]
  const edit = () => {
    draft.value = message
    setQuery({ m: undefined, tab: 'publish' })
  }
  return (
    <div class="message">
      <FactList facts={facts} />
      {Object.keys(others).length > 0 && (
        <>
          <h3>{texts.headers}</h3>
          <FactList
            facts={Object.entries(others).map(([name, value]) => [name, <code key={name}>{text(value)}</code>])}
          />
        </>
      )}
      {Array.isArray(deaths) && <Deaths deaths={deaths as readonly Death[]} />}
      <Payload message={message} />
      <div class="dialog-foot">
        <Button icon="copy" onClick={() => copyText(message.payload)}>
          {texts.copy}
        </Button>
        <Button icon="send" onClick={edit}>
          {texts.republish}
        </Button>
      </div>
    </div>
  )
}

function propertyText(name: string, value: unknown): string {
  return name === 'timestamp' && typeof value === 'number' ? dateTime(value * 1000) : text(value)
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

interface Death {
  readonly count?: number
  readonly queue?: string
  readonly reason?: string
  readonly time?: number
}

function Deaths({ deaths }: { readonly deaths: readonly Death[] }) {
  return (
    <>
      <h3>{t.queue.message.deaths}</h3>
      <ol class="deaths">
        {deaths.map((death) => (
          <li key={`${death.queue} ${death.reason}`}>
            {t.queue.message.deathLine(death.count ?? 1, death.queue ?? '', death.reason ?? '')}
            {typeof death.time === 'number' && <span class="hint"> {dateTime(death.time * 1000)}</span>}
          </li>
        ))}
      </ol>
    </>
  )
}

function Payload({ message }: { readonly message: BrowsedMessage }) {
  const texts = t.queue.message
  const json = message.payload_encoding === 'string' ? prettyJson(message.payload) : undefined
  const first = json !== undefined ? 'json' : message.payload_encoding === 'string' ? 'text' : 'hex'
  const [format, setFormat] = useState<'json' | 'text' | 'hex'>(first)
  const whole = payloadBytes(message)
  const shown = format === 'json' ? (json ?? message.payload) : format === 'text' ? message.payload : hexDump(whole)
  return (
    <>
      <div class="inline-row">
        <h3>{t.queue.publish.payload}</h3>
        <span class="hint">{bytes(message.payload_bytes)}</span>
        <span class="spacer" />
        <select
          aria-label={texts.format}
          value={format}
          onChange={(event) => setFormat(event.currentTarget.value as typeof format)}
        >
          {json !== undefined && <option value="json">{texts.formats.json}</option>}
          <option value="text">{texts.formats.text}</option>
          <option value="hex">{texts.formats.hex}</option>
        </select>
      </div>
      {whole.length < message.payload_bytes && (
        <p class="hint">{texts.truncated(bytes(whole.length), bytes(message.payload_bytes))}</p>
      )}
      <ScrollBox class="code payload-box" label={t.queue.publish.payload}>
        <pre>{shown}</pre>
      </ScrollBox>
    </>
  )
}
