import type { Binding } from '../../data/binding.ts'
import { type Exchange, exchangePath } from '../../data/exchange.ts'
import { useLive } from '../../data/live.ts'
import { rate } from '../../format/numbers.ts'
import { href } from '../../router/location.ts'
import { t } from '../../strings/strings.ts'
import { PublishForm } from '../../widgets/publish-form.tsx'
import { Show } from '../../widgets/states.tsx'
import { currentTab, Tabs } from '../../widgets/tabs.tsx'
import type { PageProps } from '../page.ts'
import { ExchangeBindings } from './exchange-bindings.tsx'
import { ExchangeSettings } from './exchange-settings.tsx'
import { RoutePreview } from './route-preview.tsx'

const titles = t.exchanges.tabs
const tabs = [
  { id: 'bindings', title: titles.bindings },
  { id: 'route', title: titles.route },
  { id: 'publish', title: titles.publish },
  { id: 'settings', title: titles.settings },
] as const

/** One exchange: what leads to it and where it leads. */
export function ExchangePage({ params }: PageProps) {
  const vhost = params.vhost ?? '/'
  const name = params.exchange === 'amq.default' ? '' : (params.exchange ?? '')
  const at = exchangePath({ vhost, name })
  const live = useLive<Exchange>(at)
  const leads = useLive<readonly Binding[]>(`${at}/bindings/source`)
  const tab = currentTab(tabs)
  const bindings = leads.data.value ?? []
  return (
    <>
      <nav class="crumbs" aria-label={t.shell.here}>
        <a href={href(['exchanges'])}>{t.pages.exchanges}</a>
        <span>{vhost}</span>
      </nav>
      <h1>{name === '' ? t.exchanges.default : name}</h1>
      <Show live={live}>
        {(exchange) => (
          <>
            <p class="lead">
              {t.exchanges.lead(exchange.type, bindings.length)}{' '}
              {leads.data.value?.length === 0 && name !== '' && t.exchanges.unbound}{' '}
              {t.exchanges.rates(
                rate(exchange.message_stats?.publish_in_details?.rate ?? 0),
                rate(exchange.message_stats?.publish_out_details?.rate ?? 0),
              )}
            </p>
            <Tabs tabs={tabs} label={name === '' ? t.exchanges.default : name} />
            <div id="tab-panel" class="tab-panel" role="tabpanel" aria-labelledby={`tab-${tab.id}`}>
              {tab.id === 'bindings' && <ExchangeBindings exchange={exchange} bindings={bindings} />}
              {tab.id === 'route' && <RoutePreview vhost={vhost} exchange={name} />}
              {tab.id === 'publish' && <PublishForm vhost={vhost} exchange={name} />}
              {tab.id === 'settings' && <ExchangeSettings exchange={exchange} />}
            </div>
          </>
        )}
      </Show>
    </>
  )
}
