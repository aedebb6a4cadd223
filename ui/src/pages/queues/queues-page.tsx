import { t } from '../../strings/strings.ts'

/** All queues. */
export function QueuesPage() {
  return <h1>{t.queues.title}</h1>
}
