import { useState } from 'preact/hooks'
import { ask, path } from '../../data/request.ts'
import { href } from '../../router/location.ts'
import { t } from '../../strings/strings.ts'
import { Button } from '../../widgets/button.tsx'
import { JsonField, parseObject } from '../../widgets/json-field.tsx'

interface Preview {
  readonly routed: boolean
  readonly queues: readonly string[]
  readonly exchanges: readonly string[]
  readonly unpredictable: readonly string[]
}

/** Tells where a message would go, without publishing one. */
export function RoutePreview({ vhost, exchange }: { readonly vhost: string; readonly exchange: string }) {
  const texts = t.exchanges.route
  const [key, setKey] = useState('')
  const [json, setJson] = useState('')
  const [preview, setPreview] = useState<Preview | undefined>()
  const [problem, setProblem] = useState('')
  const headers = parseObject(json)
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    setProblem('')
    try {
      const properties = headers === undefined || Object.keys(headers).length === 0 ? {} : { headers }
      setPreview(await ask('POST', path`/x/route-preview/${vhost}`, { exchange, routing_key: key, properties }))
    } catch (error) {
      setPreview(undefined)
      setProblem(error instanceof Error ? error.message : String(error))
    }
  }
  return (
    <form class="card panel" onSubmit={(event) => void submit(event)}>
      <p class="hint">{texts.lead}</p>
      <div class="fields">
        <label class="grow">
          <span>{texts.key}</span>
          <input value={key} spellcheck={false} onInput={(event) => setKey(event.currentTarget.value)} />
        </label>
        <JsonField title={texts.headers} value={json} invalid={t.queue.publish.headersInvalid} onChange={setJson} />
      </div>
      <div class="inline-row">
        <Button kind="primary" submit disabled={headers === undefined}>
          {texts.submit}
        </Button>
      </div>
      <p class="problem" role="alert">
        {problem}
      </p>
      <div role="status">
        {preview !== undefined && (
          <>
            <p>
              <strong>{preview.routed ? texts.queues(preview.queues.length) : texts.nowhere}</strong>
            </p>
            <ul>
              {preview.queues.map((queue) => (
                <li key={queue}>
                  <a href={href(['queues', vhost, queue])}>{queue}</a>
                </li>
              ))}
            </ul>
            {preview.exchanges.length > 1 && (
              <p class="hint">
                {texts.through}: {preview.exchanges.join(', ')}
              </p>
            )}
            {preview.unpredictable.length > 0 && (
              <p class="hint">
                {texts.unpredictable}: {preview.unpredictable.join(', ')}
              </p>
            )}
          </>
        )}
      </div>
    </form>
  )
}
