import { t } from '../../strings/strings.ts'

/** What the broker does at the moment, and whether anything is wrong. */
export function OverviewPage() {
  return <h1>{t.overview.title}</h1>
}
