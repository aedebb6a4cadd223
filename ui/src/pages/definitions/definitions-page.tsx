import { t } from '../../strings/strings.ts'
import { ExportPanel } from './export-panel.tsx'
import { ImportPanel } from './import-panel.tsx'

/** Definitions as files: out of the broker, and into it. */
export function DefinitionsPage() {
  const texts = t.operation.definitions
  return (
    <>
      <h1>{texts.title}</h1>
      <p class="lead">{texts.lead}</p>
      <ExportPanel />
      <ImportPanel />
    </>
  )
}
