import type { BrowsedMessage } from '../../data/message.ts'
import { bytes, count } from '../../format/numbers.ts'
import { dateTime } from '../../format/times.ts'
import { setQuery } from '../../router/location.ts'
import { t } from '../../strings/strings.ts'
import { Badge } from '../../widgets/badge.tsx'
import type { Column } from '../../widgets/column.ts'

const PREVIEW_CHARACTERS = 160
const titles = t.queue.browse.columns

/** Columns of the messages of a queue. */
export const messageColumns: readonly Column<BrowsedMessage>[] = [
  {
    id: 'position',
    title: titles.position,
    end: true,
    show: ({ position }) => (
      <button
        type="button"
        class="link"
        aria-label={t.queue.message.title(position)}
        onClick={() => setQuery({ m: String(position) })}
      >
        {count(position)}
      </button>
    ),
  },
  { id: 'key', title: titles.key, show: ({ routing_key: key }) => <span class="name mono">{key}</span> },
  {
    id: 'type',
    title: titles.type,
    show: ({ properties, redelivered }) => (
      <span class="badges">
        {String(properties.type ?? properties.content_type ?? '')}
        {redelivered && <Badge kind="warn">{t.queue.browse.redelivered}</Badge>}
      </span>
    ),
  },
  {
    id: 'when',
    title: titles.when,
    show: ({ properties }) => (typeof properties.timestamp === 'number' ? dateTime(properties.timestamp * 1000) : ''),
  },
  { id: 'size', title: titles.size, end: true, show: ({ payload_bytes: size }) => bytes(size) },
  {
    id: 'payload',
    title: titles.payload,
    show: ({ payload }) => <span class="payload mono">{payload.slice(0, PREVIEW_CHARACTERS)}</span>,
  },
]
