import type { JsonObject } from '../../std/json.ts'
import type { BrokerClient } from './broker-client.ts'
import { ControlError, ControlExit, type Given } from './control-command.ts'

interface Row {
  readonly queue: string
  readonly messages: number
  readonly ready: number
  readonly unacknowledged: number
  readonly consumers: number
  readonly publishRate: number
  readonly deliverRate: number
  readonly state: string
}

/** By a letter of the keyboard, or `--sort`. */
const orders: Readonly<Record<string, (row: Row) => number>> = {
  messages: ({ messages }) => messages,
  publish: ({ publishRate }) => publishRate,
  deliver: ({ deliverRate }) => deliverRate,
  growth: ({ publishRate, deliverRate }) => publishRate - deliverRate,
}

/** Shows queues until `q` is pressed; once where nobody can press a key. */
export async function runTop(broker: BrokerClient, { options, print }: Given): Promise<void> {
  const interval = Number(options.interval ?? 1)
  let order = options.sort ?? 'messages'
  if (!Object.hasOwn(orders, order)) {
    const known = Object.keys(orders).join(', ')
    throw new ControlError(ControlExit.usage, `--sort is one of ${known}`)
  }
  const isLive = process.stdout.isTTY && process.stdin.isTTY && options.once === undefined
  const show = async (): Promise<void> => {
    const lines = Number(options.lines ?? (isLive ? (process.stdout.rows ?? 24) - 6 : 20))
    const screen = await picture(broker, { order, lines, width: process.stdout.columns ?? 100 })
    print(isLive ? `\x1b[H${screen.replaceAll('\n', '\x1b[K\n')}\x1b[J` : screen)
  }
  if (!isLive) return show()
  const keys = listenForKeys((key) => {
    order = Object.keys(orders).find((name) => name.startsWith(key)) ?? order
  })
  print('\x1b[?1049h\x1b[?25l')
  try {
    while (!keys.ended) {
      await show()
      await keys.pause(interval * 1000)
    }
  } finally {
    keys.close()
    print('\x1b[?25h\x1b[?1049l')
  }
}

function listenForKeys(onKey: (key: string) => void) {
  let wake: (() => void) | undefined
  const keys = {
    ended: false,
    pause: (milliseconds: number): Promise<void> =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, milliseconds)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      }),
    close: (): void => {
      process.stdin.off('data', onData)
      process.stdin.setRawMode(false)
      process.stdin.pause()
    },
  }
  const onData = (bytes: Buffer): void => {
    const key = bytes.toString('utf8')
    // In raw mode Ctrl-C is a letter like any other.
    if (key === 'q' || key === '\x03') keys.ended = true
    else onKey(key)
    wake?.()
  }
  process.stdin.setRawMode(true)
  process.stdin.on('data', onData)
  return keys
}

async function picture(
  broker: BrokerClient,
  { order, lines, width }: { order: string; lines: number; width: number },
): Promise<string> {
  const [overview, queues] = (await Promise.all([broker.get('overview'), broker.get('queues')])) as [
    JsonObject,
    readonly JsonObject[],
  ]
  const rows = queues.map(rowOf).sort((left, right) => orders[order]!(right) - orders[order]!(left))
  const totals = (overview.object_totals ?? {}) as JsonObject
  const depth = (overview.queue_totals ?? {}) as JsonObject
  const head = [
    `${String(overview.product_name)} ${String(overview.product_version)} on ${String(overview.node)}`,
    `connections ${String(totals.connections ?? 0)}, channels ${String(totals.channels ?? 0)}, queues ${String(totals.queues ?? 0)}, messages ${String(depth.messages ?? 0)}`,
    `by ${order} (m messages, p publish, d deliver, g growth, q ends)`,
  ]
  const table = [
    ['QUEUE', 'MESSAGES', 'READY', 'UNACKED', 'CONSUMERS', 'IN/S', 'OUT/S', 'STATE'],
    ...rows
      .slice(0, Math.max(1, lines))
      .map((row) => [
        row.queue,
        ...[row.messages, row.ready, row.unacknowledged, row.consumers].map(String),
        ...[row.publishRate, row.deliverRate].map((rate) => rate.toFixed(0)),
        row.state,
      ]),
  ]
  const nameWidth = Math.min(40, Math.max(10, ...table.map(([name]) => name!.length)))
  const text = table.map(
    ([name, ...cells]) =>
      `${name!.slice(0, nameWidth).padEnd(nameWidth)} ${cells.map((cell) => cell.padStart(9)).join(' ')}`,
  )
  return `${[...head, '', ...text].map((line) => line.slice(0, width)).join('\n')}\n`
}

function rowOf(queue: JsonObject): Row {
  const statistics = (queue.message_stats ?? {}) as JsonObject
  const rate = (name: string): number => Number(((statistics[`${name}_details`] ?? {}) as JsonObject).rate ?? 0)
  return {
    queue: queue.vhost === '/' ? String(queue.name) : `${String(queue.vhost)}:${String(queue.name)}`,
    messages: Number(queue.messages ?? 0),
    ready: Number(queue.messages_ready ?? 0),
    unacknowledged: Number(queue.messages_unacknowledged ?? 0),
    consumers: Number(queue.consumers ?? 0),
    publishRate: rate('publish'),
    deliverRate: rate('deliver_get'),
    state: String(queue.state ?? ''),
  }
}
