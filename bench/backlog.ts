/**
 * A long backlog in one durable queue: how fast it fills, what it takes of memory, how soon the
 * first message comes after a kill and a restart, and how fast it drains, against a small backlog.
 *
 *   node bench/backlog.ts [--messages 5000000] [--body 1024] [--data-dir DIR]
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Method } from './amqp-encoding.ts'
import { AmqpLink } from './amqp-link.ts'
import { LapineChild } from './lapine-child.ts'
import { LoadRun } from './load-run.ts'
import { figuresOf } from './process-figures.ts'
import { Subscriber } from './subscriber.ts'
import type { Workload } from './workloads.ts'

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '5000000' },
    body: { type: 'string', default: '1024' },
    'data-dir': { type: 'string', default: tmpdir() },
  },
})

const queue = `lapine-bench-${process.pid}`

function workloadOf(backlog: number): Workload {
  return {
    name: 'backlog',
    title: 'a long backlog',
    bodySize: Number(values.body),
    durable: true,
    publishers: 1,
    publishesPerWrite: 'fill',
    confirmWindow: 2000,
    consumers: 1,
    consumption: { prefetch: 1000, ackEvery: 100 },
    length: { messages: backlog },
    backlog,
    standard: false,
  }
}

/** Drains the queue; answers when the first message came and the rate. */
async function drain(url: URL, workload: Workload): Promise<{ firstAfter: number; perSecond: number }> {
  const startedAt = performance.now()
  const link = await AmqpLink.open(url, fail)
  let firstAfter = 0
  await link.call(Method.basicQos, [{ u32: 0 }, { u16: 1000 }, { u8: 0 }], Method.basicQosOk)
  const drained = Promise.withResolvers<void>()
  const subscriber = new Subscriber({
    link,
    workload,
    onDelivered: () => undefined,
    onProgress: () => {
      if (firstAfter === 0) firstAfter = performance.now() - startedAt
      if (subscriber.delivered >= workload.backlog!) drained.resolve()
    },
  })
  await link.call(
    Method.basicConsume,
    [{ u16: 0 }, { short: queue }, { short: '' }, { u8: 0 }, { u32: 0 }],
    Method.basicConsumeOk,
  )
  await drained.promise
  const perSecond = (subscriber.delivered / (performance.now() - startedAt)) * 1000
  subscriber.finish()
  await link.close()
  return { firstAfter, perSecond }
}

function fail(failure: Error): void {
  if (isKilling) return
  process.stderr.write(`${failure.message}\n`)
  process.exit(1)
}

let isKilling = false

async function round(backlog: number): Promise<number> {
  const dataDirectory = mkdtempSync(join(values['data-dir'], 'lapine-backlog-'))
  try {
    let broker = await LapineChild.start({ dataDirectory })
    const workload = workloadOf(backlog)
    let peak = 0
    const watch = setInterval(() => {
      if (broker.running) peak = Math.max(peak, figuresOf(broker.pid).residentBytes)
    }, 200)
    const fillStart = performance.now()
    await LoadRun.prepare(new URL(broker.url), workload, fail)
    const fillRate = (backlog / (performance.now() - fillStart)) * 1000
    isKilling = true
    await broker.kill()
    const restart = performance.now()
    broker = await LapineChild.start({ dataDirectory })
    isKilling = false
    const accepting = performance.now() - restart
    const { firstAfter, perSecond } = await drain(new URL(broker.url), workload)
    clearInterval(watch)
    process.stdout.write(
      `${backlog.toLocaleString('en')} messages: filled at ${fillRate.toFixed(0)}/s, ` +
        `peak RSS ${(peak / 1e6).toFixed(0)} MB; killed; accepting after ${(accepting / 1000).toFixed(2)} s, ` +
        `first message ${(firstAfter / 1000).toFixed(2)} s later; drained at ${perSecond.toFixed(0)}/s\n`,
    )
    await broker.stop()
    return perSecond
  } finally {
    rmSync(dataDirectory, { recursive: true, force: true })
  }
}

const large = Number(values.messages)
const small = await round(100_000)
const rate = await round(large)
process.stdout.write(
  `drain rate with the long backlog: ${((rate / small) * 100).toFixed(0)} % of that with a short one\n`,
)
process.exit(0)
