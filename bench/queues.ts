/**
 * Many durable queues: how fast they are declared, one after the other and many at a time, what each costs in memory, and how
 * soon the broker is back after a kill. A declaration that is answered is on disk.
 *
 *   node bench/queues.ts [--queues 10000] [--channels 100] [--vs amqp://user:password@host:port] [--data-dir DIR]
 *
 * With `--vs`, that broker declares (and deletes) as many first; it is not restarted.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type ChannelModel, connect } from 'amqplib'
import { LapineChild } from './lapine-child.ts'
import { figuresOf } from './process-figures.ts'

const { values } = parseArgs({
  options: {
    queues: { type: 'string', default: '10000' },
    channels: { type: 'string', default: '100' },
    vs: { type: 'string' },
    'data-dir': { type: 'string', default: tmpdir() },
  },
})

const total = Number(values.queues)
const oneByOne = Math.min(1000, total)

/** Declares, or deletes, queues `from` to `to` over some channels, each of which waits for its answer; answers how many a second. */
async function each(
  connection: ChannelModel,
  range: { from: number; to: number; channels: number },
  work: 'assertQueue' | 'deleteQueue',
): Promise<number> {
  const channels = await Promise.all(Array.from({ length: range.channels }, () => connection.createChannel()))
  const startedAt = performance.now()
  let next = range.from
  const run = async (channel: (typeof channels)[number]) => {
    while (next < range.to) await channel[work](`lapine-bench-queue-${next++}`)
  }
  await Promise.all(channels.map(run))
  const perSecond = ((range.to - range.from) / (performance.now() - startedAt)) * 1000
  for (const channel of channels) await channel.close()
  return perSecond
}

async function declared(url: string): Promise<string> {
  const connection = await connect(url)
  const alone = await each(connection, { from: 0, to: oneByOne, channels: 1 }, 'assertQueue')
  const together = await each(
    connection,
    { from: oneByOne, to: total, channels: Number(values.channels) },
    'assertQueue',
  )
  await connection.close()
  return `declared one by one at ${alone.toFixed(0)}/s, over ${values.channels} channels at ${together.toFixed(0)}/s`
}

async function other(url: string): Promise<void> {
  try {
    process.stdout.write(`${new URL(url).host}: ${await declared(url)}\n`)
  } finally {
    const connection = await connect(url)
    await each(connection, { from: 0, to: total, channels: 20 }, 'deleteQueue')
    await connection.close()
  }
}

async function lapine(): Promise<void> {
  const dataDirectory = mkdtempSync(join(values['data-dir'], 'lapine-queues-'))
  try {
    let broker = await LapineChild.start({ dataDirectory })
    const before = figuresOf(broker.pid)
    const line = await declared(broker.url)
    const after = figuresOf(broker.pid)
    const bytesEach = (after.residentBytes - before.residentBytes) / total
    const cpu = (after.cpuMicroseconds - before.cpuMicroseconds) / total
    await broker.kill()
    const startedAt = performance.now()
    broker = await LapineChild.start({ dataDirectory })
    const accepting = performance.now() - startedAt
    const connection = await connect(broker.url)
    await (await connection.createChannel()).checkQueue(`lapine-bench-queue-${total - 1}`)
    await connection.close()
    await broker.stop()
    process.stdout.write(
      `Lapine: ${line}; ${cpu.toFixed(0)} µs of processor time and ${(bytesEach / 1024).toFixed(1)} KiB of memory each; ` +
        `accepting ${(accepting / 1000).toFixed(2)} s after a kill\n`,
    )
  } finally {
    rmSync(dataDirectory, { recursive: true, force: true })
  }
}

if (values.vs !== undefined) await other(values.vs)
await lapine()
