import type { Consumer } from '../../data/connection.ts'
import { href } from '../../router/location.ts'
import { t } from '../../strings/strings.ts'
import { Badge } from '../../widgets/badge.tsx'
import type { Column } from '../../widgets/column.ts'

const { columns: titles, yes, no } = t.clients.consumers
const word = (is: boolean) => (is ? yes : no)

/** A name that no other consumer has. */
export function consumerKey({ consumer_tag: tag, channel_details: channel }: Consumer): string {
  return `${tag} ${channel.name}`
}

/** Columns of lists of consumers. */
export const consumerColumns: readonly Column<Consumer>[] = [
  {
    id: 'queue',
    title: titles.queue,
    sort: 'queue.name',
    show: ({ queue }) => (
      <a class="name" href={href(['queues', queue.vhost, queue.name], { tab: 'consumers' })}>
        {queue.name}
      </a>
    ),
    text: ({ queue }) => queue.name,
  },
  plain('vhost', titles.vhost, 'queue.vhost', ({ queue }) => queue.vhost),
  plain('tag', titles.tag, 'consumer_tag', ({ consumer_tag: tag }) => tag),
  {
    id: 'connection',
    title: titles.connection,
    sort: 'channel_details.connection_name',
    show: ({ channel_details: channel }) => <a href={href(['channels', channel.name])}>{channel.name}</a>,
    text: ({ channel_details: channel }) => channel.name,
  },
  plain('user', titles.user, 'channel_details.user', ({ channel_details: channel }) => channel.user),
  {
    ...plain('prefetch', titles.prefetch, 'prefetch_count', ({ prefetch_count: prefetch }) =>
      prefetch === 0 ? t.clients.unlimited : String(prefetch),
    ),
    end: true,
  },
  plain('ack', titles.ack, 'ack_required', ({ ack_required: ack }) => word(ack)),
  plain('exclusive', titles.exclusive, 'exclusive', ({ exclusive }) => word(exclusive)),
  {
    ...plain('active', titles.active, 'active', ({ active }) => word(active)),
    show: ({ active }) => (active ? yes : <Badge kind="warn">{no}</Badge>),
  },
  plain('priority', titles.priority, 'arguments.x-priority', (one) => String(one.arguments['x-priority'] ?? 0)),
]

function plain(id: string, title: string, sort: string, read: (consumer: Consumer) => string): Column<Consumer> {
  return { id, title, sort, show: read, text: read }
}
