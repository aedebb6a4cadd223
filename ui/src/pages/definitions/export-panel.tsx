import { useState } from 'preact/hooks'
import { ask, path } from '../../data/request.ts'
import { t } from '../../strings/strings.ts'
import { Button } from '../../widgets/button.tsx'
import { download } from '../../widgets/download.ts'
import { toast } from '../../widgets/toasts.tsx'
import { VhostField } from './vhost-field.tsx'

/** Hands the user the definitions there are. */
export function ExportPanel() {
  const texts = t.operation.definitions
  const [vhost, setVhost] = useState('')
  const save = () => {
    ask<unknown>('GET', vhost === '' ? '/definitions' : path`/definitions/${vhost}`).then(
      (definitions) => saveDefinitions('definitions', definitions),
      (error: unknown) => toast('error', String(error)),
    )
  }
  return (
    <section class="card panel">
      <h2>{texts.export}</h2>
      <div class="fields">
        <VhostField value={vhost} onChange={setVhost} />
        <Button icon="download" onClick={save}>
          {texts.exportButton}
        </Button>
      </div>
    </section>
  )
}

/** A file of definitions, named with the day. */
export function saveDefinitions(name: string, definitions: unknown): void {
  const day = new Date().toISOString().slice(0, 10)
  download(`${name}-${day}.json`, 'application/json', JSON.stringify(definitions, null, 2))
}
