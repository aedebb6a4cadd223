import type { Channel } from '../../data/connection.ts'
import { useLive } from '../../data/live.ts'
import { path } from '../../data/request.ts'
import { count } from '../../format/numbers.ts'
import { href } from '../../router/location.ts'
import { t } from '../../strings/strings.ts'
import { FactList } from '../../widgets/fact-list.tsx'
import { Show } from '../../widgets/states.tsx'
import { ConsumerTable } from '../consumers/consumer-table.tsx'
import type { PageProps } from '../page.ts'
import { modeOf, prefetchOf } from './columns.tsx'

/** One channel. */
export function ChannelPage({ params }: PageProps) {
  const name = params.channel ?? ''
  const live = useLive<Channel>(path`/channels/${name}`)
  const { channels: texts } = t.clients
  const { columns: titles } = texts
  return (
    <>
      <nav class="crumbs" aria-label={t.shell.here}>
        <a href={href(['channels'])}>{t.pages.channels}</a>
      </nav>
      <h1>{name}</h1>
      <Show live={live}>
        {(channel) => (
          <>
            <p class="lead">{texts.lead(channel.messages_unacknowledged, channel.consumer_count)}</p>
            <section class="card panel">
              <FactList
                facts={[
                  [
                    texts.connection,
                    <a key="connection" href={href(['connections', channel.connection_details.name])}>
                      {channel.connection_details.name}
                    </a>,
                  ],
                  [titles.user, channel.user],
                  [titles.vhost, channel.vhost],
                  [titles.state, channel.state],
                  [titles.mode, modeOf(channel) || '–'],
                  [titles.prefetch, prefetchOf(channel)],
                  [titles.unconfirmed, count(channel.messages_unconfirmed)],
                  [titles.uncommitted, count(channel.messages_uncommitted)],
                ]}
              />
            </section>
            <h2>{t.clients.consumers.title}</h2>
            <ConsumerTable consumers={channel.consumer_details ?? []} />
          </>
        )}
      </Show>
    </>
  )
}
