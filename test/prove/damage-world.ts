import { createHash } from 'node:crypto'
import type { Access } from '../../src/broker/access.ts'
import { Definitions } from '../../src/broker/definitions.ts'
import type { Delivery } from '../../src/broker/delivery.ts'
import { Message } from '../../src/broker/message.ts'
import { VirtualClock } from '../../src/std/virtual-clock.ts'
import type { Log, Position, Snapshot } from '../../src/store/log.ts'
import { type Core, declare, KeepingConsumer, message, openCore, turns } from '../support/core.ts'
import { FakeDisk } from '../support/fake-disk.ts'
import { openOn } from '../support/log-life.ts'
import { mulberry } from '../support/mulberry.ts'

/** Names of the logs of a broker. */
export const logNames = ['definitions', 'messages'] as const
export type LogName = (typeof logNames)[number]

/** A record as it was before the damage. */
export interface Original {
  readonly log: LogName
  readonly position: Position
  readonly end: Position
  readonly type: number
  readonly header: Buffer
  readonly body: Buffer
}

/** A data directory that is whole, and all that is known of it. */
export interface World {
  readonly name: 'closed' | 'young' | 'killed'
  readonly disk: FakeDisk
  readonly originals: ReadonlyMap<LogName, ReadonlyMap<Position, Original>>
  readonly snapshots: readonly Snapshot[]
  /** Names of the messages in each durable queue, in order. */
  readonly held: ReadonlyMap<string, readonly string[]>
  /** Those that were there once. */
  readonly published: ReadonlyMap<string, ReadonlySet<string>>
}

const queues = ['red', 'green', 'blue'] as const
const both = ['red', 'green'] as const
const batchMessages = 8

/** The name in a body that is as it was published; undefined for any other. */
export function nameIn(body: string): string | undefined {
  const [name = '', hash, filling = ''] = body.split('\n')
  return hash === hashOf(name, filling) ? name : undefined
}

function hashOf(name: string, filling: string): string {
  return createHash('sha1').update(`${name}\n${filling}`).digest('hex')
}

/** Builds a world from a seed: by a broker that ended cleanly, or by one that was killed at rest. */
export class WorldBuilder {
  readonly #random: () => number
  readonly #disk: FakeDisk
  readonly #published = new Map<string, Set<string>>()
  readonly #snapshots: Snapshot[] = []
  #count = 0

  private constructor(seed: number) {
    this.#random = mulberry(seed)
    this.#disk = new FakeDisk(seed)
  }

  /** Three lives with a snapshot of the definitions after each of the first two; all end cleanly. */
  static async closed(seed: number): Promise<World> {
    const builder = new WorldBuilder(seed)
    for (let life = 0; life < 3; life++) {
      await builder.#live({ batches: 8, extra: `life-${life}`, ending: 'closed' })
      if (life < 2) await builder.#takeSnapshot()
    }
    return await builder.#finish('closed', builder.#disk)
  }

  /** As `closed`, but with one snapshot yet. */
  static async young(seed: number): Promise<World> {
    const builder = new WorldBuilder(seed)
    await builder.#live({ batches: 8, extra: 'first', ending: 'closed' })
    await builder.#takeSnapshot()
    await builder.#live({ batches: 8, extra: 'second', ending: 'closed' })
    return await builder.#finish('young', builder.#disk)
  }

  /** One life, which ended by a kill when nothing had happened for a while. */
  static async killed(seed: number): Promise<World> {
    const builder = new WorldBuilder(seed)
    await builder.#live({ batches: 18, extra: 'only', ending: 'killed' })
    return await builder.#finish('killed', builder.#disk.kill(seed))
  }

  async #live(life: { batches: number; extra: string; ending: 'closed' | 'killed' }): Promise<void> {
    const clock = new VirtualClock()
    const store = await openOn(this.#disk, clock)
    const { broker, access } = await openCore({ store })
    for (const queue of [...queues, life.extra]) await declare(access, queue, { durable: true })
    const exchange = { durable: true, autoDelete: false, internal: false, arguments: [] }
    await access.declareExchange({ ...exchange, name: 'both', type: 'fanout' })
    for (const queue of both) {
      await access.bindQueue({ source: 'both', destination: queue, routingKey: '', arguments: [] })
    }
    for (let batch = 0; batch < life.batches; batch++) {
      for (let count = 0; count < batchMessages; count++) this.#publish(access, life.extra)
      await broker.flush()
    }
    await settleSome(access, queues[this.#below(2)]!, 3 + this.#below(10))
    await broker.flush()
    // What the snapshot holds goes as soon as a later segment has begun.
    ;(await store.open('definitions')).trim(this.#snapshots.at(-1)?.through ?? 0)
    if (life.ending === 'closed') return await broker.close()
    // Long enough for the store to note that all it wrote is durable.
    clock.advance(2000)
    for (const log of logNames) await (await store.open(log)).flush()
    await turns()
  }

  #publish(access: Access, extra: string): void {
    const to = this.#below(5)
    const targets = to === 4 ? both : [to === 3 ? extra : queues[to]!]
    const name = `m${this.#count++}`
    const filling = Array.from({ length: this.#below(45) }, () => this.#below(2 ** 32).toString(36)).join('')
    const body = `${name}\n${hashOf(name, filling)}\n${filling}`
    const made = message(access, targets[0], body, { deliveryMode: 2 })
    const { content, propertiesSize, bodySize } = made
    const address = access.address('both', '')
    access.publish(targets === both ? new Message(address, content!, 0, propertiesSize, bodySize) : made)
    for (const queue of targets) {
      const names = this.#published.get(queue) ?? new Set()
      this.#published.set(queue, names.add(name))
    }
  }

  /** As a broker does after many changes of its definitions. */
  async #takeSnapshot(): Promise<void> {
    const store = await openOn(this.#disk)
    const log = await store.open('definitions')
    const read = await Definitions.open(log)
    const kinds = ['vhost', 'user', 'permission', 'exchange', 'queue', 'binding'] as const
    const definitions = kinds.flatMap((kind) => [...read.all(kind)])
    const content = { nextQueueNumber: read.takeQueueNumber(), definitions }
    const snapshot = { through: log.end, bytes: Buffer.from(JSON.stringify(content)) }
    await log.saveSnapshot(snapshot)
    await store.close()
    this.#snapshots.push(snapshot)
  }

  /** Notes all that a start finds on the whole disk. */
  async #finish(name: World['name'], disk: FakeDisk): Promise<World> {
    const originals = new Map<LogName, ReadonlyMap<Position, Original>>()
    const store = await openOn(disk.kill(1))
    for (const log of logNames) originals.set(log, await originalsOf(await store.open(log), log))
    await store.close()
    const core = await openCore({ store: await openOn(disk.kill(1)) })
    const held = new Map<string, string[]>()
    for (const queue of this.#published.keys()) {
      const deliveries = await drain(core, queue)
      held.set(
        queue,
        deliveries.map((delivery) => nameIn(delivery.message.body.toString())!),
      )
    }
    await core.broker.close()
    return { name, disk, originals, snapshots: this.#snapshots, held, published: this.#published }
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit)
  }
}

async function originalsOf(log: Log, name: LogName): Promise<Map<Position, Original>> {
  const originals = new Map<Position, Original>()
  await log.replay(log.start, { bodies: true }, (record) => {
    const { position, type, header, body = Buffer.alloc(0) } = record.copy()
    const end = position + 32 + header.length + body.length
    originals.set(position, { log: name, position, end, type, header, body })
  })
  return originals
}

async function settleSome(access: Access, queue: string, count: number): Promise<void> {
  const consumer = new KeepingConsumer({ credit: count }).subscribe(access, queue)
  for (let patience = 100; consumer.deliveries.length < count && patience > 0; patience--) await turns()
  consumer.credit = -count
  while (consumer.deliveries.length > 0) consumer.settle('accepted')
  access.checkQueue(queue).remove(consumer)
}

/** All that a queue hands out; it stays unsettled. */
export async function drain({ access }: Core, name: string): Promise<readonly Delivery[]> {
  const queue = access.checkQueue(name)
  const consumer = new KeepingConsumer().subscribe(access, name)
  for (let patience = 200; queue.depth > 0; patience--) {
    if (patience === 0) throw new Error(`queue ${name} does not hand out ${queue.depth} of its messages`)
    await turns()
  }
  return consumer.deliveries
}
