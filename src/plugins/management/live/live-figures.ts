import type { Broker } from '../../../broker/broker.ts'
import type { Queue } from '../../../broker/queue.ts'
import type { VirtualHost } from '../../../broker/virtual-host.ts'
import type { EventLoopWatch, Node } from '../../../plugin.ts'
import type { Json, JsonObject } from '../listing.ts'
import type { Meter } from '../statistics/collector.ts'
import {
  churnNames,
  diskNames,
  lengthNames,
  messageStatisticNames,
  nodeNames,
  overviewMeter,
  queueMeter,
  queueStatisticNames,
  vhostMeter,
} from '../statistics/meters.ts'

/** Figures of one thing at one time, and their change per second since the time before. */
interface Sample {
  readonly at: number
  readonly values: readonly number[]
  readonly rates: readonly number[]
}

/** What those who look on are told each second. Everything is read once, however many they are. */
export class LiveFigures {
  readonly #broker: Broker
  readonly #node: Node
  readonly #overview: Meter<Broker>
  readonly #vhosts: Meter<VirtualHost>
  /** The samples before, for the rates. */
  #samples = new WeakMap<object, Sample>()
  #eventLoop: EventLoopWatch | undefined
  /** What was read in this second. */
  #taken = new Map<object, Sample>()
  #whole: string | undefined
  #rows = new Map<Queue, string>()

  constructor(broker: Broker, node: Node) {
    this.#broker = broker
    this.#node = node
    this.#overview = overviewMeter(node)
    this.#vhosts = vhostMeter(node)
  }

  /** Begins a second. */
  advance(): void {
    this.#eventLoop ??= this.#node.watchEventLoop()
    this.#taken = new Map()
    this.#whole = undefined
    this.#rows = new Map()
  }

  /** Nobody looks any more. */
  rest(): void {
    this.#eventLoop?.stop()
    this.#eventLoop = undefined
    this.#samples = new WeakMap()
  }

  /** Of the broker as a whole, as JSON. */
  whole(): string {
    this.#whole ??= JSON.stringify(this.#readWhole())
    return this.#whole
  }

  /** Of some virtual hosts together, for who may not see the others. */
  part(vhosts: ReadonlySet<string>): string {
    const found = [...this.#broker.virtualHosts].filter(({ name }) => vhosts.has(name))
    const { names } = this.#vhosts
    const sums = names.map(() => 0)
    const rates = names.map(() => 0)
    let queues = 0
    let exchanges = 0
    for (const vhost of found) {
      const sample = this.#take(vhost, this.#vhosts)
      for (const [index, value] of sample.values.entries()) {
        sums[index]! += value
        rates[index]! += sample.rates[index]!
      }
      queues += count(vhost.queues)
      exchanges += count(vhost.exchanges)
    }
    return JSON.stringify({
      time: this.#broker.clock.now(),
      ...pick(names, lengthNames, sums),
      counts: pick(names, messageStatisticNames, sums),
      rates: pick(names, messageStatisticNames, rates),
      ...{ queues, exchanges },
    })
  }

  /** Of one queue, as JSON. */
  row(queue: Queue): string {
    let row = this.#rows.get(queue)
    if (row === undefined) {
      row = JSON.stringify(this.#readRow(queue))
      this.#rows.set(queue, row)
    }
    return row
  }

  #readRow(queue: Queue): JsonObject {
    const { values, rates } = this.#take(queue, queueMeter)
    return {
      vhost: queue.vhost,
      name: queue.name,
      state: queue.paused === true ? 'paused' : 'running',
      consumers: queue.consumerCount,
      ...pick(queueMeter.names, lengthNames, values),
      rates: pick(queueMeter.names, queueStatisticNames, rates),
    }
  }

  #readWhole(): JsonObject {
    const broker = this.#broker
    const { names } = this.#overview
    const { values, rates } = this.#take(broker, this.#overview)
    const counted = [...messageStatisticNames, ...diskNames, ...churnNames]
    let queues = 0
    let exchanges = 0
    for (const vhost of broker.virtualHosts) {
      queues += count(vhost.queues)
      exchanges += count(vhost.exchanges)
    }
    return {
      time: broker.clock.now(),
      ...pick(names, lengthNames, values),
      counts: pick(names, counted, values),
      rates: pick(names, counted, rates),
      ...{ queues, exchanges },
      ...this.#clients(),
      node: { ...pick(names, nodeNames, values), ...this.#limits() },
    }
  }

  #clients(): JsonObject {
    let connections = 0
    let channels = 0
    let consumers = 0
    for (const connection of this.#node.connections()) {
      connections++
      for (const { consumerCount } of connection.channels()) {
        channels++
        consumers += consumerCount
      }
    }
    return { connections, channels, consumers }
  }

  #limits(): JsonObject {
    const { name, memoryBytesMax, diskFreeBytesMin, openFilesMax, startedAt } = this.#node
    const delay = this.#eventLoop?.take() ?? { mean: 0, max: 0 }
    return {
      name,
      mem_limit: memoryBytesMax,
      disk_free_limit: diskFreeBytesMin,
      fd_total: openFilesMax,
      uptime: this.#broker.clock.now() - startedAt,
      event_loop_delay: delay.mean,
      event_loop_delay_max: delay.max,
    }
  }

  /** Reads the figures of a thing, once in a second. */
  #take<T extends object>(thing: T, meter: Meter<T>): Sample {
    const known = this.#taken.get(thing)
    if (known !== undefined) return known
    const at = this.#broker.clock.monotonic()
    const values = meter.read(thing)
    const before = this.#samples.get(thing)
    const seconds = before === undefined ? 0 : (at - before.at) / 1000
    const rates = values.map((value, index) =>
      seconds <= 0 ? 0 : Math.round(((value - before!.values[index]!) / seconds) * 10) / 10,
    )
    const sample = { at, values, rates }
    this.#samples.set(thing, sample)
    this.#taken.set(thing, sample)
    return sample
  }
}

function pick(names: readonly string[], wanted: readonly string[], values: readonly number[]): Record<string, Json> {
  return Object.fromEntries(wanted.map((name) => [name, values[names.indexOf(name)]!]))
}

function count(things: Iterable<unknown>): number {
  let found = 0
  for (const _ of things) found++
  return found
}
