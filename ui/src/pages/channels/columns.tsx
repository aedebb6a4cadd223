import type { Channel } from '../../data/connection.ts'
import type { Details } from '../../data/samples.ts'
import { count, rate } from '../../format/numbers.ts'
import { href } from '../../router/location.ts'
import { t } from '../../strings/strings.ts'
import { Badge } from '../../widgets/badge.tsx'
import type { Column } from '../../widgets/column.ts'

const titles = t.clients.channels.columns

/** What is asked of every channel. */
export const channelAlways = 'name,number,vhost,connection_details'

/** Columns of lists of channels. */
export const channelColumns: readonly Column<Channel>[] = [
  {
    id: 'name',
    title: titles.name,
    sort: 'name',
    show: ({ name }) => (
      <a class="name" href={href(['channels', name])}>
        {name}
      </a>
    ),
    text: ({ name }) => name,
  },
  plain('vhost', titles.vhost, 'vhost', ({ vhost }) => vhost),
  plain('user', titles.user, 'user', ({ user }) => user),
  {
    ...plain('mode', titles.mode, 'confirm', modeOf),
    needs: 'confirm,transactional',
    show: (channel) => modeOf(channel) !== '' && <Badge>{modeOf(channel)}</Badge>,
  },
  plain('state', titles.state, 'state', ({ state }) => state),
  {
    ...plain('prefetch', titles.prefetch, 'prefetch_count', prefetchOf),
    needs: 'prefetch_count,global_prefetch_count',
    end: true,
  },
  figure('unacked', titles.unacked, 'messages_unacknowledged', (one) => one.messages_unacknowledged),
  figure('unconfirmed', titles.unconfirmed, 'messages_unconfirmed', (one) => one.messages_unconfirmed),
  {
    ...figure('uncommitted', titles.uncommitted, 'messages_uncommitted', (one) => one.messages_uncommitted),
    optional: true,
  },
  figure('consumers', titles.consumers, 'consumer_count', (one) => one.consumer_count),
  perSecond('publish', titles.publish),
  perSecond('deliver_get', titles.deliver),
  perSecond('ack', titles.ack),
]

/** How a channel publishes. */
export function modeOf({ confirm, transactional }: Channel): string {
  const { modes } = t.clients.channels
  if (confirm) return modes.confirm
  return transactional ? modes.transactional : modes.plain
}

/** How many messages may be on their way. */
export function prefetchOf({ prefetch_count: each, global_prefetch_count: all }: Channel): string {
  if (all > 0) return t.clients.channels.global(all)
  return each === 0 ? t.clients.unlimited : count(each)
}

function plain(id: string, title: string, sort: string, read: (channel: Channel) => string): Column<Channel> {
  return { id, title, sort, needs: sort, show: read, text: read }
}

function figure(id: string, title: string, sort: string, read: (channel: Channel) => number): Column<Channel> {
  return {
    ...{ id, title, sort, needs: sort, end: true },
    show: (channel) => <span class={read(channel) === 0 ? 'dim' : ''}>{count(read(channel))}</span>,
    text: read,
  }
}

function perSecond(counter: string, title: string): Column<Channel> {
  const read = ({ message_stats: stats }: Channel) => (stats?.[`${counter}_details`] as Details | undefined)?.rate ?? 0
  const column = figure(counter, title, `message_stats.${counter}_details.rate`, read)
  return { ...column, show: (channel) => <span class={read(channel) === 0 ? 'dim' : ''}>{rate(read(channel))}</span> }
}
