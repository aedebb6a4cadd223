import type { TailedMessage } from '../../data/tail.ts'
import { timeOfDay } from '../../format/times.ts'
import { t } from '../../strings/strings.ts'
import { Badge } from '../../widgets/badge.tsx'
import type { Column } from '../../widgets/column.ts'

const titles = t.tail.columns

/** Columns of messages that go by; `open` shows one whole. */
export function tailColumns(open: (message: TailedMessage) => void): readonly Column<TailedMessage>[] {
  return [
    {
      id: 'time',
      title: titles.time,
      show: (message) => (
        <button
          type="button"
          class="link"
          aria-label={t.tail.open(timeOfDay(message.time))}
          onClick={() => open(message)}
        >
          {timeOfDay(message.time)}
        </button>
      ),
    },
    {
      id: 'kind',
      title: titles.kind,
      show: ({ kind, redelivered }) => (
        <span class="badges">
          <Badge kind={kind === 'publish' ? 'plain' : 'ok'}>{t.tail.kinds[kind]}</Badge>
          {redelivered === true && <Badge kind="warn">{t.tail.redelivered}</Badge>}
        </span>
      ),
    },
    { id: 'exchange', title: titles.exchange, show: ({ exchange }) => exchange || t.tail.defaultExchange },
    { id: 'key', title: titles.key, show: ({ routing_key: key }) => <code>{key}</code> },
    { id: 'queue', title: titles.queue, show: (message) => <Queues message={message} /> },
    { id: 'user', title: titles.user, show: ({ user }) => user ?? '' },
    {
      id: 'payload',
      title: t.tail.payload,
      show: ({ payload }) => <code class="payload">{payload.slice(0, 200)}</code>,
    },
  ]
}

function Queues({ message: { queue, queues } }: { readonly message: TailedMessage }) {
  if (queue !== undefined) return <>{queue}</>
  if (queues?.length === 0) return <Badge kind="danger">{t.tail.unroutable}</Badge>
  return <>{queues?.join(', ')}</>
}
