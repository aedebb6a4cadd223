import { useLive } from '../../data/live.ts'
import { currentQueue, type Queue } from '../../data/queue.ts'
import { path } from '../../data/request.ts'
import { useQueuesNow } from '../../data/stream.ts'
import { href } from '../../router/location.ts'
import { sampleQuery } from '../../shell/range.ts'
import { t } from '../../strings/strings.ts'
import { Badge } from '../../widgets/badge.tsx'
import { Show } from '../../widgets/states.tsx'
import { currentTab, Tabs } from '../../widgets/tabs.tsx'
import type { PageProps } from '../page.ts'
import { QueueFeatures } from '../queues/queue-features.tsx'
import { BindingsTab } from './bindings-tab.tsx'
import { ConsumersTab } from './consumers-tab.tsx'
import { MessagesTab } from './messages-tab.tsx'
import { OverviewTab } from './overview-tab.tsx'
import { PauseButton } from './pause-button.tsx'
import { PublishTab } from './publish-tab.tsx'
import type { QueueDetails } from './queue-details.ts'
import { QueueLead } from './queue-lead.tsx'
import { SettingsTab } from './settings-tab.tsx'

const titles = t.queue.tabs
const tabs = [
  { id: 'overview', title: titles.overview, show: (queue: QueueDetails) => <OverviewTab queue={queue} /> },
  { id: 'messages', title: titles.messages, show: (queue: QueueDetails) => <MessagesTab queue={queue} /> },
  { id: 'consumers', title: titles.consumers, show: (queue: QueueDetails) => <ConsumersTab queue={queue} /> },
  { id: 'bindings', title: titles.bindings, show: (queue: QueueDetails) => <BindingsTab queue={queue} /> },
  { id: 'publish', title: titles.publish, show: (queue: QueueDetails) => <PublishTab queue={queue} /> },
  { id: 'settings', title: titles.settings, show: (queue: QueueDetails) => <SettingsTab queue={queue} /> },
]

/** One queue or stream: how it does, what is in it, who is at it, and what can be done to it. */
export function QueuePage({ params }: PageProps) {
  const { vhost = '/', queue: name = '' } = params
  const live = useLive<QueueDetails>(`${path`/queues/${vhost}/${name}`}?${sampleQuery('lengths', 'msg_rates')}`)
  useQueuesNow([{ vhost, name }])
  const tab = currentTab(tabs)
  const isStream = live.data.value?.type === 'stream'
  return (
    <>
      <nav class="crumbs" aria-label={t.shell.here}>
        <a href={href([isStream ? 'streams' : 'queues'])}>{isStream ? t.pages.streams : t.pages.queues}</a>
        <span>{vhost}</span>
      </nav>
      <div class="title-row">
        <h1>{name}</h1>
        {live.data.value !== undefined && !isStream && <PauseButton queue={currentQueue(live.data.value)} />}
      </div>
      <Show live={live}>
        {(asked) => {
          const queue = currentQueue(asked)
          return (
            <>
              <p class="lead">
                <Kind queue={queue} /> <QueueLead queue={queue} />
              </p>
              <Tabs tabs={tabs} label={name} />
              <div id="tab-panel" class="tab-panel" role="tabpanel" aria-labelledby={`tab-${tab.id}`}>
                {tab.show(queue)}
              </div>
            </>
          )
        }}
      </Show>
    </>
  )
}

function Kind({ queue }: { readonly queue: Queue }) {
  const { state } = queue
  return (
    <span class="badges">
      <Badge>{queue.type}</Badge>
      {state !== undefined && state !== 'running' && <Badge kind="warn">{state}</Badge>}
      <QueueFeatures queue={queue} />
    </span>
  )
}
