import type { TailedMessage } from '../../data/tail.ts'
import { bytes } from '../../format/numbers.ts'
import { prettyJson } from '../../format/payload.ts'
import { timeOfDay } from '../../format/times.ts'
import { t } from '../../strings/strings.ts'
import { Dialog } from '../../widgets/dialog.tsx'
import { FactList } from '../../widgets/fact-list.tsx'
import { ScrollBox } from '../../widgets/scroll-box.tsx'

/** All that is known of a message that went by. */
export function TailedMessageDialog({ message, onClose }: { message: TailedMessage; onClose(): void }) {
  const { facts, columns } = t.tail
  const { headers = {}, ...properties } = message.properties
  return (
    <Dialog title={t.tail.open(timeOfDay(message.time))} wide onClose={onClose}>
      <div class="message">
        <FactList
          facts={[
            [columns.kind, t.tail.kinds[message.kind]],
            [columns.exchange, message.exchange || t.tail.defaultExchange],
            [columns.key, <code key="key">{message.routing_key}</code>],
            [columns.queue, message.queue ?? (message.queues?.join(', ') || t.tail.unroutable)],
            [columns.user, message.user ?? ''],
            [facts.connection, message.connection ?? ''],
            ...(message.consumer_tag == null ? [] : [[facts.consumer, message.consumer_tag] as const]),
            [facts.size, bytes(message.payload_bytes)],
            [facts.properties, <code key="properties">{JSON.stringify(properties)}</code>],
            [t.queue.message.headers, <code key="headers">{JSON.stringify(headers)}</code>],
          ]}
        />
        <ScrollBox class="code payload-box" label={t.tail.payload}>
          <pre>{prettyJson(message.payload) ?? message.payload}</pre>
        </ScrollBox>
      </div>
    </Dialog>
  )
}
