import { AmqpClient, type Delivered } from '../amqp/amqp-client.ts'
import { Method } from '../amqp/encoding.ts'
import type { BenchOptions } from './bench-options.ts'
import { BenchProducer, STAMP_BYTES } from './bench-producer.ts'
import { BenchTally } from './bench-tally.ts'

const CHANNEL = 1
/** How long consumers may take for what is left when the producers are done. */
const REST_MILLISECONDS = 10_000

/** Where the figures of a run go. */
export interface BenchScreen {
  /** One line every interval. */
  onInterval(line: string): void
}

/** What came out of a run. Latencies are in microseconds. */
export type BenchResult = ReturnType<typeof resultOf>

/** Runs producers and consumers to the end, or until `stop` is aborted. Rejects when one of them fails. */
export async function runBench(options: BenchOptions, screen: BenchScreen, stop: AbortSignal): Promise<BenchResult> {
  const admin = await AmqpClient.connect(options.uri, 'lapine bench')
  const queue = options.queue ?? `lapine-bench-${process.pid}`
  const tally = new BenchTally()
  const routingKey = options.routingKey ?? queue
  try {
    await admin.openChannel(CHANNEL)
    if (!options.isPredeclared) await declare(admin, options, { queue, routingKey })
    const consumers = await openAll(options.consumers, () => openConsumer(options, { queue, tally }))
    const producers = await openAll(options.producers, () => BenchProducer.open(options, { tally, routingKey }))
    const startedAt = performance.now()
    const isOver = (): boolean =>
      stop.aborted || (options.seconds !== undefined && performance.now() - startedAt >= options.seconds * 1000)
    const report = setInterval(() => screen.onInterval(intervalLine(tally, startedAt)), options.intervalSeconds * 1000)
    try {
      await Promise.all([
        ...producers.map((producer) => producer.run(isOver)),
        waitForConsumers(options, { tally, isOver }),
      ])
      const elapsed = (performance.now() - startedAt) / 1000
      return resultOf(options, { tally, elapsed, product: admin.product })
    } finally {
      clearInterval(report)
      await Promise.all([...producers, ...consumers].map((one) => one.close()))
    }
  } finally {
    if (options.queue === undefined) await remove(admin, queue)
    await admin.close()
  }
}

async function openAll<T>(count: number, open: () => Promise<T>): Promise<T[]> {
  const opened: T[] = []
  for (let index = 0; index < count; index++) opened.push(await open())
  return opened
}

async function declare(
  admin: AmqpClient,
  options: BenchOptions,
  { queue, routingKey }: { queue: string; routingKey: string },
) {
  const { isPersistent, isAutoDelete, queueArguments, exchange, exchangeType } = options
  const isReplicated = 'x-queue-type' in queueArguments
  const durable = isPersistent || isReplicated ? 2 : 0
  const autoDelete = isAutoDelete && options.queue === undefined && !isReplicated && options.consumers > 0 ? 8 : 0
  const args = [{ u16: 0 }, { short: queue }, { u8: durable + autoDelete }, { table: queueArguments }]
  await admin.call(CHANNEL, [Method.queueDeclare, Method.queueDeclareOk], args)
  if (exchange === '') return
  const about = [{ u16: 0 }, { short: exchange }, { short: exchangeType }, { u8: isPersistent ? 2 : 0 }, { table: {} }]
  await admin.call(CHANNEL, [Method.exchangeDeclare, Method.exchangeDeclareOk], about)
  const binding = [{ u16: 0 }, { short: queue }, { short: exchange }, { short: routingKey }, { u8: 0 }, { table: {} }]
  await admin.call(CHANNEL, [Method.queueBind, Method.queueBindOk], binding)
}

async function remove(admin: AmqpClient, queue: string): Promise<void> {
  const args = [{ u16: 0 }, { short: queue }, { u8: 0 }]
  await admin.call(CHANNEL, [Method.queueDelete, Method.queueDeleteOk], args).catch(() => {})
}

async function openConsumer(
  options: BenchOptions,
  { queue, tally }: { queue: string; tally: BenchTally },
): Promise<AmqpClient> {
  const client = await AmqpClient.connect(options.uri, 'lapine bench consumer')
  let unacknowledged = 0
  await client.openChannel(CHANNEL, {
    onDelivery: ({ body, deliveryTag }: Delivered) => {
      tally.received += 1
      if (body.length >= STAMP_BYTES) tally.deliveryLatency.record((performance.now() - body.readDoubleBE(0)) * 1000)
      if (options.isAutoAck || ++unacknowledged < options.ackEvery) return
      unacknowledged = 0
      client.settle(CHANNEL, deliveryTag, { multiple: options.ackEvery > 1 })
    },
  })
  const isStream = options.queueArguments['x-queue-type'] === 'stream'
  const prefetch = options.prefetch || (isStream ? 1000 : 0)
  if (prefetch > 0) {
    const qos = [{ u32: 0 }, { u16: prefetch }, { u8: 0 }]
    await client.call(CHANNEL, [Method.basicQos, Method.basicQosOk], qos)
  }
  const consume = [{ u16: 0 }, { short: queue }, { short: '' }, { u8: options.isAutoAck ? 2 : 0 }, { table: {} }]
  await client.call(CHANNEL, [Method.basicConsume, Method.basicConsumeOk], consume)
  return client
}

/** Until all that was sent has come, or (with `--cmessages`) enough of it. */
async function waitForConsumers(
  options: BenchOptions,
  { tally, isOver }: { tally: BenchTally; isOver(): boolean },
): Promise<void> {
  if (options.consumers === 0) return
  const { producerMessages = Number.POSITIVE_INFINITY, producers, consumers, consumerMessages } = options
  const wanted = consumerMessages === undefined ? producerMessages * producers : consumerMessages * consumers
  let lastProgressAt = performance.now()
  let last = -1
  while (!isOver() && tally.received < wanted) {
    if (tally.received !== last) lastProgressAt = performance.now()
    last = tally.received
    const isSent = tally.sent >= producerMessages * producers
    if (isSent && performance.now() - lastProgressAt > REST_MILLISECONDS) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const previous = new WeakMap<BenchTally, { at: number; sent: number; received: number; confirmed: number }>()

function intervalLine(tally: BenchTally, startedAt: number): string {
  const now = performance.now()
  const before = previous.get(tally) ?? { at: startedAt, sent: 0, received: 0, confirmed: 0 }
  const { sent, received, confirmed } = tally
  previous.set(tally, { at: now, sent, received, confirmed })
  const seconds = (now - before.at) / 1000
  const rate = (later: number, earlier: number): string => String(Math.round((later - earlier) / seconds))
  const latency = tally.deliveryLatency.count > 0 ? tally.deliveryLatency : tally.confirmLatency
  const { min, p50, p75, p95, p99 } = latency.summary()
  const what = latency === tally.deliveryLatency ? 'consumer' : 'confirm'
  return [
    `time ${((now - startedAt) / 1000).toFixed(3)} s`,
    `sent: ${rate(sent, before.sent)} msg/s`,
    ...(confirmed > 0 ? [`confirmed: ${rate(confirmed, before.confirmed)} msg/s`] : []),
    `received: ${rate(received, before.received)} msg/s`,
    ...(latency.count > 0 ? [`min/median/75th/95th/99th ${what} latency: ${min}/${p50}/${p75}/${p95}/${p99} µs`] : []),
  ].join(', ')
}

function resultOf(
  options: BenchOptions,
  { tally, elapsed, product }: { tally: BenchTally; elapsed: number; product: string },
) {
  const { producers, consumers, bodyBytes, confirmWindow, prefetch, isPersistent } = options
  return {
    broker: product,
    seconds: Number(elapsed.toFixed(3)),
    options: {
      producers,
      consumers,
      size: bodyBytes,
      confirm: confirmWindow ?? null,
      qos: prefetch,
      persistent: isPersistent,
    },
    sent: tally.sent,
    confirmed: tally.confirmed,
    refused: tally.refused,
    returned: tally.returned,
    received: tally.received,
    sending_rate: Math.round(tally.sent / elapsed),
    receiving_rate: Math.round(tally.received / elapsed),
    confirm_latency_us: tally.confirmLatency.summary(),
    delivery_latency_us: tally.deliveryLatency.summary(),
  }
}
