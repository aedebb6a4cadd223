import { createHash } from 'node:crypto'
import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Access } from '../../src/broker/access.ts'
import type { Broker } from '../../src/broker/broker.ts'
import { Message } from '../../src/broker/message.ts'
import { openBroker } from '../../src/broker/open-broker.ts'
import { encodeProperties, type Properties } from '../../src/broker/properties.ts'
import { silentLogger } from '../../src/std/logger.ts'
import { longString } from '../../src/std/table.ts'
import { VirtualClock } from '../../src/std/virtual-clock.ts'
import { openFileStore } from '../../src/store/file-store.ts'
import type { Store } from '../../src/store/log.ts'
import { nodeDisk } from '../../src/store/node-disk.ts'
import { mulberry } from '../support/mulberry.ts'

/** The two ways in which a broker leaves its directory. */
export const endings = ['closed', 'killed'] as const
export type Ending = (typeof endings)[number]

const settings = {
  defaultUser: 'guest',
  defaultPassword: 'guest',
  defaultVhost: '/',
  defaultUserTags: ['administrator'],
  defaultPermissions: { configure: '.*', write: '.*', read: '.*' },
  loopbackUsers: ['guest'],
  consumerTimeoutMilliseconds: undefined,
  messageSizeMax: 1024 * 1024,
  contentBytesInMemoryMax: 1024 * 1024,
}

const queues = ['orders', 'news', 'tasks'] as const

/** Makes data directories `closed` and `killed` below `folder`, each time the same. */
export async function makeDirectories(folder: string): Promise<void> {
  const closed = join(folder, 'closed')
  const killed = join(folder, 'killed')
  const store = await openStore(closed)
  const { broker, access } = await enter(store)
  await declare(access)
  await fill(broker, access, 1, 70)
  await broker.close()
  await addSnapshot(closed)
  const again = await openStore(closed)
  const second = await enter(again)
  await second.access.declareQueue({ ...queueNamed('later'), durable: true })
  await fill(second.broker, second.access, 71, 90)
  for (const number of [91, 92, 93]) {
    second.access.publish(message(second.access, { exchange: '', key: 'later', number, size: 100 }))
  }
  await second.access.get('later')
  await second.broker.flush()
  await atRest(closed)
  // What a killed process leaves: everything it wrote, nothing sealed, and its lock.
  cpSync(closed, killed, { recursive: true, filter: (path) => !/lock[^/]*$/.test(path) })
  await second.broker.close()
}

/** What a data directory holds, as text that says the same on every machine. */
export async function contentOf(directory: string): Promise<string> {
  const store = await openStore(directory)
  const lines: string[] = []
  for (const name of ['definitions', 'messages']) {
    const log = await store.open(name)
    const snapshot = await log.loadSnapshot()
    if (snapshot !== undefined) lines.push(`${name} snapshot ${snapshot.through} ${digest(snapshot.bytes)}`)
    await log.replay(log.start, { bodies: true }, (record) => {
      const { position, type, header, body } = record
      lines.push(`${name} ${position} ${type} ${header.toString('hex')} ${body === undefined ? '-' : digest(body)}`)
    })
  }
  for (const { log, from, to, reason } of store.damage) lines.push(`damage ${log} ${from} ${to} ${reason}`)
  const { broker, access } = await enter(store)
  for (const name of [...queues, 'later']) {
    lines.push(`queue ${name} ${access.checkQueue(name).depth}`)
    for (let delivery = await access.get(name); delivery !== undefined; delivery = await access.get(name)) {
      const { message, redelivered } = delivery
      // It may be a part of something larger.
      const content = message.content.subarray(message.offset, message.offset + message.size)
      lines.push(`${redelivered ? 'again' : 'first'} ${message.properties.messageId} ${digest(content)}`)
    }
  }
  await broker.close()
  return `${lines.join('\n')}\n`
}

export function digest(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 32)
}

/** Small segments, so that few messages fill several. */
export function openStore(directory: string): Promise<Store> {
  const random = mulberry(1)
  const bytes = (count: number) => Buffer.from(Array.from({ length: count }, () => Math.floor(random() * 256)))
  const clock = new VirtualClock()
  return openFileStore({
    directory,
    disk: nodeDisk,
    clock,
    logger: silentLogger,
    segmentBytes: 16 * 1024,
    random: { bytes },
  })
}

async function enter(store: Store): Promise<{ broker: Broker; access: Access }> {
  const random = { bytes: (count: number) => Buffer.alloc(count, 7) }
  const broker = await openBroker({ clock: new VirtualClock(), random, logger: silentLogger, store, settings })
  await broker.recover()
  const peer = { address: 'test', ip: 'test', loopback: true }
  const user = await broker.authenticate({ user: 'guest', password: 'guest', peer })
  return { broker, access: await broker.access(user, '/', { name: 'golden' }) }
}

/** Resolves when the segments to come are prepared, after which nothing is done in the background. */
async function atRest(directory: string): Promise<void> {
  const isPrepared = (log: string) => {
    const names = readdirSync(join(directory, log)).filter((name) => /segment/.test(name))
    const last = names.sort().at(-1)!
    return last.endsWith('.segment') && readFileSync(join(directory, log, last)).every((byte) => byte === 0)
  }
  while (!isPrepared('definitions') || !isPrepared('messages')) await new Promise((resolve) => setImmediate(resolve))
}

function queueNamed(name: string) {
  return { name, durable: true, exclusive: false, autoDelete: false, arguments: [] }
}

async function declare(access: Access): Promise<void> {
  await access.declareExchange({
    name: 'events',
    type: 'topic',
    durable: true,
    autoDelete: false,
    internal: false,
    arguments: [['alternate-exchange', longString('amq.fanout')]],
  })
  for (const name of queues) await access.declareQueue(queueNamed(name))
  const binding = { source: 'events', routingKey: 'order.#', arguments: [] }
  for (const destination of ['orders', 'news']) await access.bindQueue({ ...binding, destination })
  await access.declareQueue(queueNamed('given-up'))
  await access.deleteQueue('given-up', { ifUnused: false, ifEmpty: false })
}

/** Publishes to one queue and to two at once, takes some, settles some of these. */
async function fill(broker: Broker, access: Access, first: number, last: number): Promise<void> {
  for (let number = first; number <= last; number++) {
    const [exchange, key] = number % 3 === 0 ? ['events', 'order.new'] : ['', queues[number % 3]!]
    const size = number % 35 === 0 ? 20_000 : (number * 37) % 500
    access.publish(message(access, { exchange, key, number, size }))
    if (number % 7 === 0) await broker.flush()
    if (number % 5 !== 0) continue
    const delivery = await access.get(queues[(number / 5) % 3]!)
    if (delivery !== undefined && number % 10 === 0) delivery.queue.settle(delivery, 'accepted')
  }
  await broker.flush()
}

function message(
  access: Access,
  { exchange, key, number, size }: { exchange: string; key: string; number: number; size: number },
): Message {
  const properties: Properties = {
    messageId: `m${number}`,
    deliveryMode: 2,
    ...(number % 4 === 0 ? { headers: [['kind', longString('fourth')]], priority: 3 } : {}),
  }
  const head = encodeProperties(properties)
  const content = Buffer.concat([head, Buffer.alloc(size, `body ${number} `)])
  return new Message(access.address(exchange, key), content, 0, head.length, size)
}

/** Ten thousand changes make a broker write one; so many would be too many here. */
async function addSnapshot(directory: string): Promise<void> {
  const store = await openStore(directory)
  const log = await store.open('definitions')
  const current = new Map<string, object>()
  await log.replay(log.start, { bodies: false }, ({ type, header }) => {
    const { kind, vhost, name, source, destination } = JSON.parse(header.toString('utf8'))
    const key = JSON.stringify([kind, vhost, name, source, destination])
    if (type === 1) current.set(key, JSON.parse(header.toString('utf8')))
    else current.delete(key)
  })
  const bytes = Buffer.from(JSON.stringify({ nextQueueNumber: 9, definitions: [...current.values()] }))
  await log.saveSnapshot({ through: log.end, bytes })
  log.trim(log.end)
  await store.close()
}

/** `node test/golden/directory.ts FOLDER` makes the directories that a release adds. */
if (import.meta.main) {
  const folder = process.argv[2]!
  await makeDirectories(folder)
  for (const ending of endings) {
    const copy = join(folder, `${ending}-copy`)
    cpSync(join(folder, ending), copy, { recursive: true })
    console.log(`${ending}: ${digest(await contentOf(copy))}`)
    rmSync(copy, { recursive: true })
  }
}
