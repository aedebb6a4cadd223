import type { Consumer } from '../../data/connection.ts'
import { path } from '../../data/request.ts'
import { vhost } from '../../router/location.ts'
import { t } from '../../strings/strings.ts'
import { ServerList } from '../../widgets/server-list.tsx'
import { Empty } from '../../widgets/states.tsx'
import { consumerColumns, consumerKey } from './columns.tsx'

const filters = [
  'active:false',
  'ack_required:false',
  'exclusive:true',
  'queue.name:',
  'channel_details.user:',
  'prefetch_count:0',
]
const always = 'consumer_tag,queue,ack_required,exclusive,prefetch_count,active,arguments,channel_details'

/** All consumers. */
export function ConsumersPage() {
  const texts = t.clients.consumers
  return (
    <>
      <h1>{texts.title}</h1>
      <p class="lead">{texts.cancelHint}</p>
      <ServerList<Consumer>
        label={texts.title}
        path={vhost.value === undefined ? '/consumers' : path`/consumers/${vhost.value}`}
        columns={consumerColumns}
        always={always}
        sort="queue.name"
        filters={filters}
        keyOf={consumerKey}
        empty={
          <Empty title={texts.none}>
            <p>{texts.noneHint}</p>
          </Empty>
        }
      />
    </>
  )
}
