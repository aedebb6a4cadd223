import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KeepingConsumer, turns } from '../../test/support/core.ts'
import { systemClock } from '../std/clock.ts'
import { silentLogger } from '../std/logger.ts'
import { longString, type Table } from '../std/table.ts'
import { openMemoryStore } from '../store/memory-store.ts'
import { Address } from './address.ts'
import { NO_POLICY } from './effective-policy.ts'
import { Message } from './message.ts'
import { MessageStore } from './message-store.ts'
import { encodeProperties } from './properties.ts'
import type { Queue } from './queue.ts'
import { classicQueueType } from './queues/classic-type.ts'
import { RecordType, readDelivered } from './record.ts'
import { Taps } from './taps.ts'
import { Turn } from './turn.ts'

const EXTENT_BYTES = 4096
const RESERVE_BYTES = 4 * EXTENT_BYTES
/** What the log in memory can drop at a time. */
const LOG_CHUNK_BYTES = 512 * 1024
const properties = encodeProperties({ deliveryMode: 2 })
const transient = encodeProperties({})
const address = new Address('', 'q')

async function openStore(
  options: {
    contentBytesMax?: number
    definitionsPending?: () => Promise<void> | undefined
    arguments?: Table
    onDead?: (death: () => void) => void
  } = {},
) {
  const turn = new Turn(systemClock, silentLogger)
  const log = await openMemoryStore().open('messages')
  const store = new MessageStore({
    log,
    turn,
    clock: systemClock,
    logger: silentLogger,
    contentBytesMax: options.contentBytesMax ?? 1_000_000,
    extentBytes: EXTENT_BYTES,
    notesAhead: 4096,
    residence: { count: 64, bytes: 64 * 1024 },
    reserveBytes: RESERVE_BYTES,
    definitionsPending: options.definitionsPending ?? (() => undefined),
  })
  const queue = (number: number) =>
    classicQueueType.create(
      {
        name: `q${number}`,
        vhost: '/',
        number,
        durable: true,
        autoDelete: false,
        owner: undefined,
        arguments: options.arguments ?? [],
        policy: NO_POLICY,
        recovered: undefined,
      },
      {
        clock: systemClock,
        turn,
        store,
        logger: silentLogger,
        taps: new Taps(),
        deadLetters: {
          add: (source, delivery) => options.onDead?.(() => source.deadLettered(delivery)),
          publish: () => ({ takers: [], refusers: 0, isStored: false }),
        },
        unused() {},
      },
    )
  const publish = (body: string, properties: Buffer, ...queues: Queue[]): Message => {
    const content = Buffer.concat([properties, Buffer.from(body)])
    const message = new Message(address, content, 0, properties.length, content.length - properties.length)
    for (const one of queues) one.enqueue(message)
    store.write(message)
    return message
  }
  return { store, log, queue, publish }
}

test('the log gives up its dead front, and moves the few that live there when it grows out of proportion', async () => {
  const { store, log, queue, publish } = await openStore()
  const [slow, fast] = [queue(1), queue(2)]
  publish('straggler', properties, slow)
  for (let round = 0; round < 400; round++) {
    for (let index = 0; index < 20; index++) publish('x'.repeat(200), properties, fast)
    for (let delivery = await fast.get(false); delivery !== undefined; delivery = await fast.get(false)) {
      fast.settle(delivery, 'accepted')
    }
    await store.flush()
    await turns()
  }
  await turns()
  assert.ok(log.start > 0, 'something was given up')
  const held = log.end - log.start
  assert.ok(held <= 2 * store.liveBytes + RESERVE_BYTES + LOG_CHUNK_BYTES, `${held} bytes held for ${store.liveBytes}`)
  const delivery = await slow.get(false)
  assert.equal(delivery?.message.body.toString(), 'straggler')
  slow.settle(delivery!, 'accepted')
  await store.flush()
  assert.equal(store.liveBytes, 0)
  assert.equal(store.contentBytes, 0)
})

test('a message that dies while it is being moved leaves nothing behind', async () => {
  const deaths: (() => void)[] = []
  const arguments_: Table = [['x-dead-letter-exchange', longString('')]]
  const onDead = (death: () => void): void => void deaths.push(death)
  const { store, log, queue, publish } = await openStore({ arguments: arguments_, onDead })
  const [slow, fast] = [queue(1), queue(2)]
  publish('straggler', properties, slow)
  const held = await slow.get(false)
  const read = log.readMany.bind(log)
  log.readMany = (positions) => {
    if (held?.state === 'unsettled') slow.settle(held, 'discarded')
    return read(positions)
  }
  for (let round = 0; deaths.length === 0; round++) {
    assert.ok(round < 400, 'nothing was moved')
    for (let index = 0; index < 20; index++) publish('x'.repeat(200), properties, fast)
    for (let next = await fast.get(false); next !== undefined; next = await fast.get(false))
      fast.settle(next, 'accepted')
    await store.flush()
    await turns()
  }
  for (const death of deaths) death()
  await store.flush()
  assert.equal(store.liveBytes, 0)
})

test('what was handed out is still known after the log gave up the note of it', async () => {
  const { store, log, queue, publish } = await openStore()
  const [slow, fast] = [queue(1), queue(2)]
  publish('held', properties, slow)
  const held = await slow.get(false)
  assert.ok(held !== undefined)
  const note = log.end
  for (let round = 0; round < 400; round++) {
    for (let index = 0; index < 20; index++) publish('x'.repeat(200), properties, fast)
    for (let delivery = await fast.get(false); delivery !== undefined; delivery = await fast.get(false)) {
      fast.settle(delivery, 'accepted')
    }
    await store.flush()
  }
  await turns()
  assert.ok(log.start > note, 'the note went')
  const noted = new Map<number, number>()
  await log.replay(log.start, { bodies: false }, (record) => {
    if (record.type === RecordType.delivered) noted.set(readDelivered(record).queue, readDelivered(record).through)
  })
  assert.ok((noted.get(1) ?? 0) >= held.sequence)
})

test('a message is released when the last of its queues has settled it', async () => {
  const { store, queue, publish } = await openStore()
  const [a, b] = [queue(1), queue(2)]
  publish('both', properties, a, b)
  a.settle((await a.get(false))!, 'accepted')
  assert.ok(store.liveBytes > 0)
  b.settle((await b.get(false))!, 'accepted')
  assert.equal(store.liveBytes, 0)
})

test('what is durable is announced only when the definitions it needs are', async () => {
  const definitions = Promise.withResolvers<void>()
  let pending: Promise<void> | undefined = definitions.promise
  const { store, queue, publish } = await openStore({ definitionsPending: () => pending })
  publish('early', properties, queue(1))
  await turns()
  assert.ok(store.durable < store.mark)
  pending = undefined
  definitions.resolve()
  await turns()
  assert.equal(store.durable, store.mark)
})

test('what does not fit into memory leaves it, also what need not survive, and is counted exactly', async () => {
  const { store, queue, publish } = await openStore({ contentBytesMax: 100_000 })
  const q = queue(1)
  const bodies = Array.from({ length: 400 }, (_, index) => `${index} ${'x'.repeat(1000)}`)
  for (const [index, body] of bodies.entries()) publish(body, index % 3 === 0 ? transient : properties, q)
  await turns()
  assert.ok(store.contentBytes < 100_000, `${store.contentBytes} bytes in memory`)
  assert.equal(q.depth, bodies.length)
  const seen: string[] = []
  for (let delivery = await q.get(false); delivery !== undefined; delivery = await q.get(false)) {
    seen.push(delivery.message.body.toString())
    q.settle(delivery, 'accepted')
  }
  assert.deepEqual(seen, bodies)
  assert.equal(store.contentBytes, 0)
  assert.equal(store.liveBytes, 0)
})

test('a purge settles what is on disk only', async () => {
  const { store, queue, publish } = await openStore({ contentBytesMax: 1000 })
  const q = queue(1)
  for (let index = 0; index < 300; index++) publish('x'.repeat(300), properties, q)
  await turns()
  assert.equal(q.purge(), 300)
  assert.equal(q.depth, 0)
  assert.equal(store.contentBytes, 0)
  assert.equal(store.liveBytes, 0)
})

test('what a consumer does not take is not read from disk over and over while memory is short', async () => {
  const { log, queue, publish } = await openStore({ contentBytesMax: 1000 })
  const q = queue(1)
  for (let index = 0; index < 300; index++) publish('x'.repeat(300), properties, q)
  q.add(new KeepingConsumer({ credit: 0 }))
  await turns()
  let reads = 0
  const { readMany } = log
  log.readMany = (positions) => {
    reads += 1
    return readMany.call(log, positions)
  }
  for (let round = 0; round < 5; round++) await turns()
  assert.equal(reads, 0)
})
