import { useState } from 'preact/hooks'
import { ask, path } from '../../data/request.ts'
import type { Topology, TopologyBinding } from '../../data/topology.ts'
import { href, location, setQuery } from '../../router/location.ts'
import { t } from '../../strings/strings.ts'
import { Button } from '../../widgets/button.tsx'
import { JsonField, parseObject } from '../../widgets/json-field.tsx'
import { type Reached, type RoutePreview, type RouteTrace, traceRoute } from './route-trace.ts'

const texts = t.topology.simulator

interface SimulatorProps {
  readonly vhost: string
  readonly topology: Topology
  readonly trace: RouteTrace | undefined
  onTrace(trace: RouteTrace | undefined): void
}

/** Shows the way a message would take, without publishing one. */
export function Simulator({ vhost, topology, trace, onTrace }: SimulatorProps) {
  const { query } = location.value
  const [exchange, setExchange] = useState(query.exchange ?? '')
  const [key, setKey] = useState(query.key ?? '')
  const [json, setJson] = useState(query.headers ?? '')
  const [problem, setProblem] = useState('')
  const headers = parseObject(json)
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    if (headers === undefined) return
    setProblem('')
    setQuery({ exchange, key, headers: json })
    try {
      const properties = Object.keys(headers).length === 0 ? {} : { headers }
      const body = { exchange, routing_key: key, properties }
      const preview = await ask<RoutePreview>('POST', path`/x/route-preview/${vhost}`, body)
      onTrace(traceRoute(topology, { exchange, key, headers }, preview))
    } catch (error) {
      onTrace(undefined)
      setProblem(error instanceof Error ? error.message : String(error))
    }
  }
  const names = topology.exchanges.map(({ name }) => name)
  return (
    <form class="card panel" aria-label={texts.title} onSubmit={(event) => void submit(event)}>
      <h2>{texts.title}</h2>
      <p class="hint">{texts.lead}</p>
      <div class="fields">
        <label>
          <span>{texts.exchange}</span>
          <select value={exchange} onChange={(event) => setExchange(event.currentTarget.value)}>
            {(names.includes('') ? names : ['', ...names]).map((name) => (
              <option key={name} value={name}>
                {name || t.exchanges.default}
              </option>
            ))}
          </select>
        </label>
        <label>
          <span>{texts.key}</span>
          <input
            value={key}
            spellcheck={false}
            autocomplete="off"
            onInput={(event) => setKey(event.currentTarget.value)}
          />
        </label>
        <JsonField
          title={texts.headers}
          rows={1}
          value={json}
          invalid={t.queue.publish.headersInvalid}
          onChange={setJson}
        />
      </div>
      <div class="inline-row">
        <Button kind="primary" submit disabled={headers === undefined}>
          {texts.submit}
        </Button>
        {trace !== undefined && <Button onClick={() => onTrace(undefined)}>{texts.clear}</Button>}
      </div>
      <p class="problem" role="alert">
        {problem}
      </p>
      <div role="status">{trace !== undefined && <Outcome vhost={vhost} trace={trace} />}</div>
    </form>
  )
}

function Outcome({ vhost, trace }: { readonly vhost: string; readonly trace: RouteTrace }) {
  const { reached, missed, unpredictable } = trace
  return (
    <div class="section">
      <p>
        <strong>{reached.length === 0 ? texts.nowhere : texts.reached(reached.length)}</strong>
      </p>
      <ul class="route">
        {reached.map((one) => (
          <ReachedQueue key={one.name} vhost={vhost} trace={trace} one={one} />
        ))}
      </ul>
      {unpredictable.length > 0 && <p class="hint">{texts.unpredictable(unpredictable.join(', '))}</p>}
      {missed.length > 0 && (
        <details>
          <summary>{texts.missed(missed.length)}</summary>
          <ul>
            {missed.slice(0, 100).map((binding, n) => (
              <li key={n}>{texts.missedOne(binding.source, binding.destination, conditionOf(binding))}</li>
            ))}
          </ul>
        </details>
      )}
    </div>
  )
}

function ReachedQueue({ vhost, trace, one }: { vhost: string; trace: RouteTrace; one: Reached }) {
  const { name, by, queue } = one
  const { exchange, key } = trace.letter
  const letters = queue?.dead_letter_exchange
  return (
    <li>
      <a href={href(['queues', vhost, name])}>{name}</a>
      {by.map((binding, n) => (
        <p key={n} class="hint">
          {texts.by(binding.source, binding.routing_key, argumentsOf(binding))}
        </p>
      ))}
      {by.length === 0 && <p class="hint">{exchange === '' ? texts.byName : texts.otherwise}</p>}
      {queue?.consumers === 0 && <p class="hint">{texts.noConsumer}</p>}
      {letters !== undefined && <p class="hint">{texts.deadLetters(letters, queue?.dead_letter_routing_key ?? key)}</p>}
    </li>
  )
}

function argumentsOf({ arguments: arguments_ }: TopologyBinding): string {
  return Object.keys(arguments_).length === 0 ? '' : JSON.stringify(arguments_)
}

function conditionOf(binding: TopologyBinding): string {
  return [binding.routing_key, argumentsOf(binding)].filter((text) => text !== '').join(' ')
}
