import type { Exchange } from '../../data/exchange.ts'
import { useSeveralVhosts } from '../../data/vhosts.ts'
import { rate } from '../../format/numbers.ts'
import { href, location, setQuery, vhost } from '../../router/location.ts'
import { t } from '../../strings/strings.ts'
import { Badge } from '../../widgets/badge.tsx'
import { Button } from '../../widgets/button.tsx'
import type { Column } from '../../widgets/column.ts'
import { ServerList } from '../../widgets/server-list.tsx'
import { Empty } from '../../widgets/states.tsx'
import { AddExchangeDialog } from './add-exchange-dialog.tsx'

const titles = t.exchanges.columns

const columns: readonly Column<Exchange>[] = [
  {
    id: 'name',
    title: titles.name,
    sort: 'name',
    show: ({ name, vhost }) => (
      <a class="name" href={href(['exchanges', vhost, name === '' ? 'amq.default' : name])}>
        {name === '' ? t.exchanges.default : name}
      </a>
    ),
    text: ({ name }) => name,
  },
  { id: 'vhost', title: titles.vhost, sort: 'vhost', show: ({ vhost }) => vhost, text: ({ vhost }) => vhost },
  { id: 'type', title: titles.type, sort: 'type', show: ({ type }) => type, text: ({ type }) => type },
  {
    id: 'features',
    title: titles.features,
    needs: 'durable,auto_delete,internal,arguments',
    show: (exchange) => <ExchangeFeatures exchange={exchange} />,
  },
  {
    id: 'in',
    title: titles.in,
    sort: 'message_stats.publish_in_details.rate',
    needs: 'message_stats.publish_in_details.rate',
    end: true,
    show: ({ message_stats: stats }) => rate(stats?.publish_in_details?.rate ?? 0),
    text: ({ message_stats: stats }) => stats?.publish_in_details?.rate ?? 0,
  },
  {
    id: 'out',
    title: titles.out,
    sort: 'message_stats.publish_out_details.rate',
    needs: 'message_stats.publish_out_details.rate',
    end: true,
    show: ({ message_stats: stats }) => rate(stats?.publish_out_details?.rate ?? 0),
    text: ({ message_stats: stats }) => stats?.publish_out_details?.rate ?? 0,
  },
  { id: 'policy', title: titles.policy, sort: 'policy', needs: 'policy', show: ({ policy }) => policy ?? '–' },
]

const filters = [
  'type:topic',
  'type:direct',
  'type:fanout',
  'type:headers',
  'internal:true',
  'durable:false',
  'name:~^',
]

/** All exchanges. */
export function ExchangesPage() {
  const adding = location.value.query.add === '1'
  const where = vhost.value === undefined ? '/exchanges' : `/exchanges/${encodeURIComponent(vhost.value)}`
  return (
    <>
      <h1>{t.exchanges.title}</h1>
      <ServerList<Exchange>
        label={t.exchanges.title}
        path={where}
        columns={useSeveralVhosts() ? columns : columns.filter(({ id }) => id !== 'vhost')}
        always="name,vhost,type"
        sort="name"
        filters={filters}
        keyOf={(exchange) => `${exchange.vhost} ${exchange.name}`}
        tools={
          <Button kind="primary" icon="plus" onClick={() => setQuery({ add: '1' })}>
            {t.exchanges.add}
          </Button>
        }
        empty={<Empty title={t.exchanges.empty} />}
      />
      {adding && <AddExchangeDialog onClose={() => setQuery({ add: undefined })} />}
    </>
  )
}

function ExchangeFeatures({ exchange }: { readonly exchange: Exchange }) {
  const { features } = t.exchanges
  const { durable = true, auto_delete: autoDelete, internal, arguments: given = {} } = exchange
  return (
    <span class="badges">
      {!durable && <Badge>{features.transient}</Badge>}
      {autoDelete === true && <Badge>{features.autoDelete}</Badge>}
      {internal === true && <Badge>{features.internal}</Badge>}
      {given['alternate-exchange'] !== undefined && (
        <Badge title={String(given['alternate-exchange'])}>{features.alternate}</Badge>
      )}
      {given['x-delayed-type'] !== undefined && <Badge>{features.delayed}</Badge>}
    </span>
  )
}
