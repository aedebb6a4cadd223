import { overviewNow } from '../../data/stream.ts'
import { t } from '../../strings/strings.ts'

/** Whether anything is wrong, and what to do about it. */
export function Findings() {
  const now = overviewNow.value
  return <p class="lead">{now !== undefined && t.overview.facts(now.queues, now.connections, now.consumers)}</p>
}
