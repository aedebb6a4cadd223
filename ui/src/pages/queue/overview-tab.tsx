import { type Queue, rateOf } from '../../data/queue.ts'
import { type Details, levels, speeds } from '../../data/samples.ts'
import { bytes, compact, count, rate } from '../../format/numbers.ts'
import { dateTime } from '../../format/times.ts'
import { t } from '../../strings/strings.ts'
import { Chart } from '../../widgets/chart.tsx'
import { FactList } from '../../widgets/fact-list.tsx'
import { Tile } from '../../widgets/tile.tsx'
import { EffectiveArguments } from './effective-arguments.tsx'

/** Numbers, charts and facts of a queue. */
export function OverviewTab({ queue }: { readonly queue: Queue }) {
  const { tiles, charts } = t.queue
  const counter = (name: string) => queue.message_stats?.[`${name}_details`] as Details | undefined
  return (
    <>
      <section class="tiles" aria-label={queue.name}>
        <Tile title={tiles.ready} value={count(queue.messages_ready)} />
        <Tile title={tiles.unacked} value={count(queue.messages_unacknowledged)} />
        <Tile title={tiles.publish} value={rate(rateOf(queue, 'publish'))} />
        <Tile title={tiles.deliver} value={rate(rateOf(queue, 'deliver_get'))} />
        <Tile title={tiles.ack} value={rate(rateOf(queue, 'ack'))} />
        <Tile title={tiles.bytes} value={bytes(queue.message_bytes)} />
      </section>
      <section class="charts" aria-label={t.shell.range}>
        <Chart
          title={charts.depth}
          format={compact}
          series={[
            { name: tiles.ready, points: levels(queue.messages_ready_details) },
            { name: tiles.unacked, points: levels(queue.messages_unacknowledged_details) },
          ]}
        />
        <Chart
          title={charts.rates}
          format={compact}
          series={[
            { name: charts.publish, points: speeds(counter('publish')) },
            { name: charts.deliver, points: speeds(counter('deliver_get')) },
            { name: charts.ack, points: speeds(counter('ack')) },
            { name: charts.redeliver, points: speeds(counter('redeliver')) },
          ]}
        />
      </section>
      <div class="columns two">
        <section class="card panel">
          <h2>{t.queue.facts.title}</h2>
          <FactList facts={factsOf(queue)} />
        </section>
        <EffectiveArguments queue={queue} />
      </div>
    </>
  )
}

function factsOf(queue: Queue): (readonly [string, string])[] {
  const { facts } = t.queue
  const yes = (is: boolean | undefined) => (is === true ? facts.yes : facts.no)
  const stream: (readonly [string, string])[] =
    queue.type === 'stream'
      ? [
          [facts.segments, count(queue.segments)],
          [facts.offsets, `${count(queue.first_offset)} – ${count(queue.committed_offset)}`],
          [facts.retention, queue.first_timestamp ? dateTime(queue.first_timestamp) : '–'],
        ]
      : []
  return [
    [facts.durable, yes(queue.durable)],
    [facts.autoDelete, yes(queue.auto_delete)],
    [facts.exclusive, yes(queue.exclusive)],
    [facts.state, queue.state ?? '–'],
    [facts.node, queue.node ?? '–'],
    [facts.policy, queue.policy ?? facts.none],
    [facts.operatorPolicy, queue.operator_policy ?? facts.none],
    [facts.bytes, bytes(queue.message_bytes)],
    [facts.memory, bytes(queue.memory)],
    ...stream,
  ]
}
