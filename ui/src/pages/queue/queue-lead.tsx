import { type Queue, rateOf } from '../../data/queue.ts'
import { count, rate } from '../../format/numbers.ts'
import { duration } from '../../format/times.ts'
import { t } from '../../strings/strings.ts'

/** How the queue does, in one line. */
export function QueueLead({ queue }: { readonly queue: Queue }) {
  const { messages_ready: ready = 0, messages_unacknowledged: unacked = 0, consumers = 0, type } = queue
  const { lead } = t.queue
  const change = (rateOf(queue, 'publish') ?? 0) - (rateOf(queue, 'ack') ?? 0) - (rateOf(queue, 'deliver_no_ack') ?? 0)
  const first = queue.head_message_timestamp
  return (
    <>
      {ready + unacked === 0 ? lead.empty : lead.waiting(count(ready), unacked)}{' '}
      {consumers === 0 ? lead.noConsumers : lead.consumers(consumers)}{' '}
      {type !== 'stream' && change > 0.5 && lead.growing(rate(change))}
      {type !== 'stream' && change < -0.5 && ready > 0 && lead.drains(duration((ready / -change) * 1000))}{' '}
      {typeof first === 'number' && ready > 0 && lead.oldest(duration(Date.now() - first * 1000))}
    </>
  )
}
