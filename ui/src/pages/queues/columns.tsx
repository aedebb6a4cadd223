import { type Queue, rateOf } from '../../data/queue.ts'
import { levels } from '../../data/samples.ts'
import { bytes, count, rate } from '../../format/numbers.ts'
import { href } from '../../router/location.ts'
import { t } from '../../strings/strings.ts'
import { Badge } from '../../widgets/badge.tsx'
import type { Column } from '../../widgets/column.ts'
import { Sparkline } from '../../widgets/sparkline.tsx'
import { QueueFeatures } from './queue-features.tsx'

const titles = t.queues.columns

/** What is asked of every queue. */
export const queueAlways = 'name,vhost,type,messages,consumers'

/** All columns of the list of queues. */
export const queueColumns: readonly Column<Queue>[] = [
  {
    id: 'name',
    title: titles.name,
    sort: 'name',
    show: ({ name, vhost, type }) => (
      <a class="name" href={href([type === 'stream' ? 'streams' : 'queues', vhost, name])}>
        {name}
      </a>
    ),
    text: ({ name }) => name,
  },
  { id: 'vhost', title: titles.vhost, sort: 'vhost', show: ({ vhost }) => vhost, text: ({ vhost }) => vhost },
  { id: 'type', title: titles.type, sort: 'type', show: ({ type }) => type, text: ({ type }) => type },
  {
    id: 'features',
    title: titles.features,
    needs: 'durable,auto_delete,exclusive,arguments',
    show: (queue) => <QueueFeatures queue={queue} />,
  },
  {
    id: 'state',
    title: titles.state,
    sort: 'state',
    needs: 'state',
    show: ({ state }) => <State state={state} />,
    text: ({ state }) => state ?? '',
  },
  numeric('ready', titles.ready, 'messages_ready', (queue) => queue.messages_ready),
  numeric('unacked', titles.unacked, 'messages_unacknowledged', (queue) => queue.messages_unacknowledged),
  numeric('total', titles.total, 'messages', (queue) => queue.messages),
  {
    id: 'depth',
    title: titles.depth,
    needs: 'messages_details.samples',
    show: ({ messages_details: details }) => <Sparkline values={levels(details).map(([, value]) => value ?? 0)} />,
  },
  perSecond('publish', titles.publish, 'publish'),
  perSecond('deliver', titles.deliver, 'deliver_get'),
  perSecond('ack', titles.ack, 'ack'),
  numeric('consumers', titles.consumers, 'consumers', (queue) => queue.consumers),
  {
    ...numeric('growth', titles.growth, 'messages_details.rate', ({ messages_details: d }) => d?.rate),
    optional: true,
  },
  { ...perSecond('redeliver', titles.redeliver, 'redeliver'), optional: true },
  inBytes('bytes', titles.bytes, 'message_bytes', (queue) => queue.message_bytes),
  inBytes('bytes-ready', titles.bytesReady, 'message_bytes_ready', (queue) => queue.message_bytes_ready),
  inBytes('bytes-unacked', titles.bytesUnacked, 'message_bytes_unacknowledged', (q) => q.message_bytes_unacknowledged),
  inBytes('memory', titles.memory, 'memory', (queue) => queue.memory),
  plain('policy', titles.policy, 'policy', (queue) => queue.policy),
  plain('operator-policy', titles.operatorPolicy, 'operator_policy', (queue) => queue.operator_policy),
  plain('node', titles.node, 'node', (queue) => queue.node),
  total('published', titles.published, 'publish'),
  total('delivered', titles.delivered, 'deliver_get'),
  total('acknowledged', titles.acknowledged, 'ack'),
]

type Value = number | null | undefined

function numeric(id: string, title: string, path: string, read: (queue: Queue) => Value): Column<Queue> {
  return {
    ...{ id, title, sort: path, needs: path, end: true },
    show: (queue) => <Figure value={read(queue)} text={count(read(queue))} />,
    text: (queue) => read(queue) ?? 0,
  }
}

function inBytes(id: string, title: string, path: string, read: (queue: Queue) => Value): Column<Queue> {
  return { ...numeric(id, title, path, read), optional: true, show: (queue) => bytes(read(queue)) }
}

function perSecond(id: string, title: string, counter: string): Column<Queue> {
  const path = `message_stats.${counter}_details.rate`
  const column = numeric(id, title, path, (queue) => rateOf(queue, counter))
  return { ...column, show: (queue) => <Figure value={rateOf(queue, counter)} text={rate(rateOf(queue, counter))} /> }
}

function total(id: string, title: string, counter: string): Column<Queue> {
  const read = ({ message_stats: stats }: Queue) => {
    const value = stats?.[counter]
    return typeof value === 'number' ? value : undefined
  }
  return { ...numeric(id, title, `message_stats.${counter}`, read), optional: true }
}

function plain(id: string, title: string, path: string, read: (queue: Queue) => string | null | undefined) {
  const column: Column<Queue> = {
    ...{ id, title, sort: path, needs: path, optional: true },
    show: (queue) => read(queue) ?? '–',
    text: (queue) => read(queue) ?? '',
  }
  return column
}

/** Zeros step back, so that one sees where something is. */
function Figure({ value, text }: { readonly value: Value; readonly text: string }) {
  return <span class={value === 0 ? 'dim' : ''}>{text}</span>
}

function State({ state }: { readonly state: string | undefined }) {
  if (state === undefined) return <>–</>
  return state === 'running' ? <span class="dim">{state}</span> : <Badge kind="warn">{state}</Badge>
}
