import { useState } from 'preact/hooks'
import { ask, path } from '../../data/request.ts'
import { t } from '../../strings/strings.ts'
import { Button } from '../../widgets/button.tsx'
import { ConfirmDialog } from '../../widgets/confirm-dialog.tsx'
import { saveDefinitions } from './export-panel.tsx'
import { type DefinitionPlan, PlanTable } from './plan-table.tsx'
import { VhostField } from './vhost-field.tsx'

type Definitions = Readonly<Record<string, unknown>>

const texts = t.operation.definitions

/** A file, what it would change, the change, and a file that takes it back. */
export function ImportPanel() {
  const [vhost, setVhost] = useState('')
  const [given, setGiven] = useState<Definitions | undefined>()
  const [plan, setPlan] = useState<DefinitionPlan | undefined>()
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set())
  const [problem, setProblem] = useState('')
  const [applying, setApplying] = useState(false)
  const [rollback, setRollback] = useState<unknown>()
  const at = (verb: string) => `/x/definitions/${verb}${vhost === '' ? '' : path`/${vhost}`}`

  const read = async (file: File | undefined) => {
    setPlan(undefined)
    setRollback(undefined)
    setProblem('')
    setLeft(new Set())
    if (file === undefined) return
    try {
      const definitions = parse(await file.text())
      setGiven(definitions)
      setPlan(await ask<DefinitionPlan>('POST', at('plan'), definitions))
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error))
    }
  }
  const taken = Object.entries(plan ?? {}).filter(([category]) => !left.has(category))
  const created = taken.reduce((sum, [, { create }]) => sum + create.length, 0)
  const changed = taken.reduce((sum, [, { change }]) => sum + change.length, 0)
  const body = Object.fromEntries(Object.entries(given ?? {}).filter(([category]) => !left.has(category)))
  return (
    <section class="card panel">
      <h2>{texts.import}</h2>
      <p>{texts.importLead}</p>
      <div class="fields">
        <VhostField
          value={vhost}
          onChange={(other) => {
            setVhost(other)
            void read(undefined)
          }}
        />
        {/* Another virtual host is another plan: the file is chosen again. */}
        <label key={vhost}>
          <span>{texts.file}</span>
          <input
            type="file"
            accept=".json,application/json"
            onChange={(event) => void read(event.currentTarget.files?.[0])}
          />
        </label>
      </div>
      <p class="problem" role="alert">
        {problem}
      </p>
      {plan !== undefined && <PlanTable plan={plan} left={left} onLeave={setLeft} />}
      {plan !== undefined && (
        <div class="inline-row">
          <Button kind="primary" disabled={created + changed === 0} onClick={() => setApplying(true)}>
            {texts.apply(created, changed)}
          </Button>
        </div>
      )}
      {rollback !== undefined && (
        <div class="inline-row" role="status">
          <p>{texts.rollbackLead}</p>
          <Button icon="download" onClick={() => saveDefinitions('rollback', rollback)}>
            {texts.rollback}
          </Button>
        </div>
      )}
      {applying && (
        <ConfirmDialog
          title={texts.apply(created, changed)}
          danger={changed > 0}
          done={texts.applied}
          action={{ method: 'POST', path: at('apply'), body }}
          onClose={() => setApplying(false)}
          onDone={(answer) => {
            setPlan(undefined)
            setRollback((answer as { readonly rollback: unknown }).rollback)
          }}
        />
      )}
    </section>
  )
}

function parse(text: string): Definitions {
  try {
    return JSON.parse(text) as Definitions
  } catch {
    throw new Error(texts.notJson)
  }
}
