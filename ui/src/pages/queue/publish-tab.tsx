import type { Queue } from '../../data/queue.ts'
import { PublishForm } from '../../widgets/publish-form.tsx'
import { draft } from './publish-draft.ts'

/** Publishes to a queue. */
export function PublishTab({ queue }: { readonly queue: Queue }) {
  return <PublishForm vhost={queue.vhost} exchange="" routingKey={queue.name} message={draft.value} />
}
