import type { Queue } from '../../data/queue.ts'
import { t } from '../../strings/strings.ts'
import { Badge } from '../../widgets/badge.tsx'

/** What is special about a queue, in words. */
export function QueueFeatures({ queue }: { readonly queue: Queue }) {
  const { features } = t.queues
  const { durable = true, auto_delete: autoDelete, exclusive, arguments: given = {} } = queue
  return (
    <span class="badges">
      {!durable && <Badge>{features.transient}</Badge>}
      {autoDelete === true && <Badge>{features.autoDelete}</Badge>}
      {exclusive === true && <Badge>{features.exclusive}</Badge>}
      {Object.entries(given).map(([key, value]) =>
        features.arguments[key] === undefined ? null : (
          <Badge key={key} title={`${key}: ${JSON.stringify(value)}`}>
            {features.arguments[key]}
          </Badge>
        ),
      )}
    </span>
  )
}
