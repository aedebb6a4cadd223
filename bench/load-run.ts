import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import { Method } from './amqp-encoding.ts'
import { AmqpLink } from './amqp-link.ts'
import { type Allowance, Publisher } from './publisher.ts'
import { Subscriber } from './subscriber.ts'
import type { Workload } from './workloads.ts'

/** Milliseconds at percentiles. */
export interface Latency {
  readonly p50: number
  readonly p99: number
  readonly max: number
  readonly samples: number
}

/** What the generator saw of one measured part. */
export interface LoadResult {
  readonly messages: number
  readonly seconds: number
  readonly messagesPerSecond: number
  readonly refused: number
  /** From the publisher's write to the consumer's read. */
  readonly delivery: Latency | undefined
  /** From the publisher's write to the confirm. */
  readonly confirm: Latency | undefined
  /** Share of one core the generator itself used: near 1, it was the bottleneck. */
  readonly generatorLoad: number
}

type Length = Workload['length']

const warmUp: Length = { seconds: 1 }
const patienceMilliseconds = 60_000

/** One queue, its publishers and its consumers, through warm-up and measured part. */
export class LoadRun implements Allowance {
  readonly #workload: Workload
  readonly #queue = `lapine-bench-${process.pid}`
  readonly #url: URL
  readonly #onFailure: (failure: Error) => void
  readonly #links: AmqpLink[] = []
  readonly #publishers: Publisher[] = []
  readonly #subscribers: Subscriber[] = []
  readonly #deliveryTimes = latencyHistogram()
  readonly #confirmTimes = latencyHistogram()
  #published = 0
  #toPublish = 0
  #startedAt = 0
  #endsAt = 0
  #publishedBefore = 0
  #finished: (() => void) | undefined

  private constructor(url: URL, workload: Workload, onFailure: (failure: Error) => void) {
    this.#url = url
    this.#workload = workload
    this.#onFailure = onFailure
  }

  /** Connects, declares, warms the broker up (or fills the queue) and leaves everything quiet. */
  static async prepare(url: URL, workload: Workload, onFailure: (failure: Error) => void): Promise<LoadRun> {
    const run = new LoadRun(url, workload, onFailure)
    const control = await run.#open()
    await control.call(
      Method.queueDeclare,
      [{ u16: 0 }, { short: run.#queue }, { u8: workload.durable ? 2 : 0 }, { u32: 0 }],
      Method.queueDeclareOk,
    )
    for (let i = 0; i < workload.publishers; i++) await run.#addPublisher()
    if (workload.backlog !== undefined) {
      await run.#publish({ messages: workload.backlog })
      return run
    }
    for (let i = 0; i < (workload.consumers ?? 0); i++) await run.#addSubscriber()
    await run.#publish(warmUp)
    if (run.#subscribers.length === 0) await run.#purge()
    return run
  }

  get product(): string {
    return this.#links[0]!.product
  }

  /** The measured part. */
  async measure(): Promise<LoadResult> {
    this.#deliveryTimes.reset()
    this.#confirmTimes.reset()
    const cpuBefore = process.cpuUsage()
    const startedAt = performance.now()
    const messages =
      this.#workload.backlog === undefined ? await this.#publish(this.#workload.length) : await this.#drain()
    const seconds = (performance.now() - startedAt) / 1000
    const cpu = process.cpuUsage(cpuBefore)
    return {
      messages,
      seconds,
      messagesPerSecond: messages / seconds,
      refused: this.#publishers.reduce((sum, publisher) => sum + publisher.refused, 0),
      delivery: latencyOf(this.#deliveryTimes),
      confirm: latencyOf(this.#confirmTimes),
      generatorLoad: (cpu.user + cpu.system) / 1e6 / seconds,
    }
  }

  /** Deletes the queue and closes every connection. */
  async close(): Promise<void> {
    for (const subscriber of this.#subscribers) subscriber.finish()
    const [control] = this.#links
    await control!.call(Method.queueDelete, [{ u16: 0 }, { short: this.#queue }, { u8: 0 }], Method.queueDeleteOk)
    await Promise.all(this.#links.map((link) => link.close()))
  }

  grant(wanted: number): number {
    const { aheadMax, ratePerSecond, confirmWindow } = this.#workload
    const sent = this.#published - this.#publishedBefore
    let room = Math.min(wanted, this.#toPublish - sent)
    if (room <= 0 || performance.now() >= this.#endsAt) return 0
    if (ratePerSecond !== undefined) {
      room = Math.min(room, Math.floor(((performance.now() - this.#startedAt) / 1000) * ratePerSecond) - sent)
    }
    // Without confirms nothing else holds a publisher back from filling the broker's memory.
    if (aheadMax !== undefined && this.#subscribers.length > 0) {
      const ahead = this.#published - this.#delivered
      if (ahead + wanted > Math.max(aheadMax, confirmWindow ?? 0)) return 0
    }
    return Math.max(0, room)
  }

  spend(count: number): void {
    this.#published += count
  }

  onProgress(): void {
    if (this.#finished === undefined) return
    const sent = this.#published - this.#publishedBefore
    if (sent < this.#toPublish && performance.now() < this.#endsAt) return
    if (this.#subscribers.length > 0 && this.#delivered < this.#published) return
    if (this.#publishers.every((publisher) => publisher.idle)) this.#finished()
  }

  get #delivered(): number {
    let sum = 0
    for (const subscriber of this.#subscribers) sum += subscriber.delivered
    return sum
  }

  /** Publishes for a time or a number, until all is confirmed and delivered; answers how many went out. */
  async #publish(length: Length): Promise<number> {
    this.#publishedBefore = this.#published
    this.#startedAt = performance.now()
    this.#toPublish = 'messages' in length ? length.messages : Number.MAX_SAFE_INTEGER
    this.#endsAt = 'seconds' in length ? this.#startedAt + length.seconds * 1000 : Number.POSITIVE_INFINITY
    const paced = this.#workload.ratePerSecond !== undefined
    const ticking = setInterval(() => this.#tick(), paced ? 1 : 20)
    await this.#finish(() => this.#tick())
    clearInterval(ticking)
    return this.#published - this.#publishedBefore
  }

  async #drain(): Promise<number> {
    const count = this.#published
    await this.#finish(async () => {
      for (let i = 0; i < (this.#workload.consumers ?? 1); i++) await this.#addSubscriber()
    })
    return count
  }

  /** Runs `start`, waits for the end of the traffic it causes, and gives up when nothing moves any more. */
  async #finish(start: () => void | Promise<void>): Promise<void> {
    let seen = -1
    const watch = setInterval(() => {
      const moved = this.#published + this.#delivered
      if (moved === seen) this.#onFailure(new Error(`stuck: ${this.#published} sent, ${this.#delivered} delivered`))
      seen = moved
    }, patienceMilliseconds)
    const finished = new Promise<void>((resolve) => {
      this.#finished = resolve
    })
    await start()
    await finished
    this.#finished = undefined
    clearInterval(watch)
  }

  #tick(): void {
    for (const publisher of this.#publishers) publisher.pump()
    this.onProgress()
  }

  async #open(): Promise<AmqpLink> {
    const link = await AmqpLink.open(this.#url, this.#onFailure)
    this.#links.push(link)
    return link
  }

  async #addPublisher(): Promise<void> {
    const link = await this.#open()
    if (this.#workload.confirmWindow !== undefined) {
      await link.call(Method.confirmSelect, [{ u8: 0 }], Method.confirmSelectOk)
    }
    const onConfirmed = (sentAt: number) => record(this.#confirmTimes, sentAt)
    this.#publishers.push(
      new Publisher({ link, queue: this.#queue, workload: this.#workload, allowance: this, onConfirmed }),
    )
  }

  async #addSubscriber(): Promise<void> {
    const link = await this.#open()
    const { prefetch, ackEvery } = this.#workload.consumption ?? { prefetch: 0, ackEvery: 0 }
    if (prefetch > 0) {
      await link.call(Method.basicQos, [{ u32: 0 }, { u16: prefetch }, { u8: 0 }], Method.basicQosOk)
    }
    const onDelivered = (sentAt: number) => record(this.#deliveryTimes, sentAt)
    const onProgress = () => this.#tick()
    this.#subscribers.push(new Subscriber({ link, workload: this.#workload, onDelivered, onProgress }))
    await link.call(
      Method.basicConsume,
      [{ u16: 0 }, { short: this.#queue }, { short: '' }, { u8: ackEvery === 0 ? 2 : 0 }, { u32: 0 }],
      Method.basicConsumeOk,
    )
  }

  async #purge(): Promise<void> {
    await this.#links[0]!.call(Method.queuePurge, [{ u16: 0 }, { short: this.#queue }, { u8: 0 }], Method.queuePurgeOk)
  }
}

function latencyHistogram(): RecordableHistogram {
  return createHistogram({ lowest: 1, highest: 3_600_000_000, figures: 3 })
}

/** Microseconds since `sentAt`; a histogram takes no zero. */
function record(histogram: RecordableHistogram, sentAt: number): void {
  histogram.record(Math.max(1, Math.round((performance.now() - sentAt) * 1000)))
}

function latencyOf(histogram: RecordableHistogram): Latency | undefined {
  if (histogram.count === 0) return undefined
  return {
    p50: histogram.percentile(50) / 1000,
    p99: histogram.percentile(99) / 1000,
    max: histogram.max / 1000,
    samples: histogram.count,
  }
}
