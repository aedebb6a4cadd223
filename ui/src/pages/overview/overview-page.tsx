import { begun } from '../../data/stream.ts'
import { t } from '../../strings/strings.ts'
import { Charts } from './charts.tsx'
import { Findings } from './findings.tsx'
import { NodesAndListeners } from './nodes-and-listeners.tsx'
import { Tiles } from './tiles.tsx'
import { TopLists } from './top-lists.tsx'

/** What the broker does at the moment, and whether anything is wrong. */
export function OverviewPage() {
  return (
    <>
      <h1>{t.overview.title}</h1>
      <Findings />
      <Tiles />
      {begun.value && (
        <>
          <Charts />
          <TopLists />
          <NodesAndListeners />
        </>
      )}
    </>
  )
}
