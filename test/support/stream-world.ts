import assert from 'node:assert/strict'
import type { Access } from '../../src/broker/access.ts'
import type { Properties } from '../../src/broker/properties.ts'
import type { Queue } from '../../src/broker/queue.ts'
import type { StreamQueue } from '../../src/broker/queues/stream/stream-queue.ts'
import { streamQueueType } from '../../src/broker/queues/stream/stream-type.ts'
import { type StreamBounds, StreamLogs } from '../../src/broker/stream-opening.ts'
import { longString, type Table, type TableValue, tableGet } from '../../src/std/table.ts'
import type { Disk } from '../../src/store/disk.ts'
import { type Core, declare, KeepingConsumer, message, openCore, turns } from './core.ts'
import { LogBook } from './lapine.ts'
import { openOn } from './log-life.ts'

/** Small, so that little makes a stream do what it seldom does. */
export const smallBounds: StreamBounds = { indexAfterBytes: 20_000, endBytes: 60_000 }

export interface StreamWorldOptions {
  readonly bounds?: StreamBounds
  /** Milliseconds by which the wall clock is ahead. */
  readonly now?: number
  readonly contentBytesInMemoryMax?: number
}

/** A broker without heads on a disk of the test, with streams in it. */
export class StreamWorld {
  readonly core: Core
  readonly log: LogBook

  private constructor(core: Core, log: LogBook) {
    this.core = core
    this.log = log
  }

  static async open(disk: Disk, options: StreamWorldOptions = {}): Promise<StreamWorld> {
    const log = new LogBook()
    const store = await openOn(disk)
    const { bounds = smallBounds, now = 0, contentBytesInMemoryMax } = options
    const core = await openCore({
      store,
      now,
      ...(contentBytesInMemoryMax === undefined ? {} : { settings: { contentBytesInMemoryMax } }),
      logger: log,
      equip: (broker) => {
        const { clock } = broker
        broker.addQueueType(streamQueueType(new StreamLogs({ store, clock, logger: log, bounds })))
      },
    })
    return new StreamWorld(core, log)
  }

  get access(): Access {
    return this.core.access
  }

  /** Declares a stream with `x-` arguments. */
  async stream(name: string, arguments_: Record<string, string | number> = {}): Promise<StreamQueue> {
    const given = Object.entries(arguments_).map(([key, value]) => [`x-${key}`, tableValue(value)] as const)
    const type: [string, TableValue] = ['x-queue-type', longString('stream')]
    const queue = await declare(this.access, name, { durable: true, arguments: [type, ...given] })
    return queue as StreamQueue
  }

  /** A stream that is there. */
  queue(name: string): StreamQueue {
    return this.access.checkQueue(name) as StreamQueue
  }

  publish(name: string, body: string, properties: Properties = {}): void {
    assert.equal(this.access.publish(message(this.access, name, body, properties)), 'stored')
  }

  /** Publishes and waits until that is on disk. */
  async confirm(name: string, ...bodies: string[]): Promise<void> {
    for (const body of bodies) this.publish(name, body)
    await this.core.broker.flush()
  }

  consume(name: string, offset: string | number | bigint, options: { credit?: number; more?: Table } = {}): Reader {
    return new Reader(this.access, name, offset, options)
  }

  /** What the stream holds, as a consumer that begins with its first message gets it. */
  async contents(name: string): Promise<[offset: number, body: string][]> {
    const reader = this.consume(name, 'first')
    await turns()
    const found = await reader.settled()
    reader.close()
    return found
  }
}

function tableValue(value: string | number): TableValue {
  return typeof value === 'string' ? longString(value) : { tag: 'l', value: BigInt(value) }
}

/** A consumer that keeps what it gets. A bigint as offset is a timestamp in seconds. */
export class Reader {
  readonly consumer: KeepingConsumer
  readonly #queue: Queue

  constructor(
    access: Access,
    name: string,
    offset: string | number | bigint,
    options: { credit?: number; more?: Table } = {},
  ) {
    const value: TableValue = typeof offset === 'bigint' ? { tag: 'T', value: offset } : tableValue(offset)
    const arguments_: Table = [['x-stream-offset', value], ...(options.more ?? [])]
    this.consumer = new KeepingConsumer({ credit: options.credit ?? 1_000_000, arguments: arguments_ })
    this.consumer.subscribe(access, name)
    this.#queue = access.checkQueue(name)
  }

  /** What it got so far, as offsets and bodies. */
  get got(): [offset: number, body: string][] {
    return this.consumer.deliveries.map(({ message: { properties, body } }) => {
      const offset = tableGet(properties.headers ?? [], 'x-stream-offset')
      assert.equal(offset?.tag, 'l')
      return [Number(offset.value), body.toString()]
    })
  }

  get bodies(): string[] {
    return this.got.map(([, body]) => body)
  }

  /** What it got once nothing more comes. */
  async settled(): Promise<[offset: number, body: string][]> {
    for (let before = -1, rest = 0; rest < 4; rest = this.consumer.deliveries.length === before ? rest + 1 : 0) {
      before = this.consumer.deliveries.length
      await turns()
    }
    return this.got
  }

  close(): void {
    this.#queue.remove(this.consumer)
  }
}
