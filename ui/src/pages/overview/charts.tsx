import { useOverviewHistory } from '../../data/overview-history.ts'
import { bytes, compact } from '../../format/numbers.ts'
import { t } from '../../strings/strings.ts'
import { Chart } from '../../widgets/chart.tsx'

/** What the broker did over the time range. */
export function Charts() {
  const history = useOverviewHistory().value ?? {}
  const { charts } = t.overview
  const line = (name: string, key: string) => ({ name, points: history[key] ?? [] })
  return (
    <section class="charts" aria-label={t.shell.range}>
      <Chart
        title={charts.depth}
        format={compact}
        series={[line(charts.ready, 'messages_ready'), line(charts.unacked, 'messages_unacknowledged')]}
      />
      <Chart
        title={charts.rates}
        format={compact}
        series={[
          line(charts.publish, 'publish'),
          line(charts.deliver, 'deliver_get'),
          line(charts.ack, 'ack'),
          line(charts.redeliver, 'redeliver'),
          line(charts.unroutable, 'drop_unroutable'),
        ]}
      />
      <Chart
        title={charts.churn}
        format={compact}
        series={[
          line(charts.opened, 'connection_created'),
          line(charts.closed, 'connection_closed'),
          line(charts.channels, 'channel_created'),
        ]}
      />
      {(history.mem_used?.length ?? 0) > 0 && (
        <>
          <Chart title={charts.memory} format={bytes} series={[line(charts.used, 'mem_used')]} />
          <Chart title={charts.delay} format={compact} series={[line(charts.mean, 'event_loop_delay')]} />
        </>
      )}
    </section>
  )
}
