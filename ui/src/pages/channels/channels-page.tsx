import type { Channel } from '../../data/connection.ts'
import { path } from '../../data/request.ts'
import { vhost } from '../../router/location.ts'
import { t } from '../../strings/strings.ts'
import { ServerList } from '../../widgets/server-list.tsx'
import { Empty } from '../../widgets/states.tsx'
import { channelAlways, channelColumns } from './columns.tsx'

const filters = [
  'consumer_count:0',
  'unacked:>0',
  'messages_unconfirmed:>0',
  'confirm:true',
  'prefetch_count:0',
  'user:',
]

/** All channels. */
export function ChannelsPage() {
  const texts = t.clients.channels
  return (
    <>
      <h1>{texts.title}</h1>
      <ServerList<Channel>
        label={texts.title}
        path={vhost.value === undefined ? '/channels' : path`/vhosts/${vhost.value}/channels`}
        columns={channelColumns}
        always={channelAlways}
        sort="name"
        filters={filters}
        keyOf={({ name }) => name}
        empty={<Empty title={texts.none} />}
      />
    </>
  )
}
