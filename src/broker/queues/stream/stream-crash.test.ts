import assert from 'node:assert/strict'
import { test } from 'node:test'
import { declare, message, turns } from '../../../../test/support/core.ts'
import { FakeDisk } from '../../../../test/support/fake-disk.ts'
import { StreamWorld } from '../../../../test/support/stream-world.ts'
import { longString } from '../../../std/table.ts'
import { Fault } from '../../fault.ts'

const arguments_ = { 'max-length-bytes': 60_000, 'stream-max-segment-size-bytes': 8000 }
const persistent = { deliveryMode: 2 }

/** A disk with a stream, a classic queue bound beside it, and one whose dead letters go to the stream. */
async function prepared(): Promise<FakeDisk> {
  const disk = new FakeDisk(1)
  const world = await StreamWorld.open(disk)
  await world.stream('s', arguments_)
  await declare(world.access, 'classic', { durable: true })
  const exchange = { name: 'both', type: 'fanout', durable: true, autoDelete: false, internal: false, arguments: [] }
  await world.access.declareExchange(exchange)
  for (const destination of ['s', 'classic']) {
    await world.access.bindQueue({ source: 'both', destination, routingKey: '', arguments: [] })
  }
  await declare(world.access, 'dying', {
    durable: true,
    arguments: [
      ['x-dead-letter-exchange', longString('')],
      ['x-dead-letter-routing-key', longString('s')],
    ],
  })
  await world.core.broker.close()
  return disk
}

/** Runs `work` until the power is cut at a change of the disk, or to its end; answers whether it was cut. */
async function until(cutAt: number, worker: FakeDisk, work: () => Promise<void>): Promise<boolean> {
  worker.follow({ cutAt })
  return await Promise.race([
    work().then(
      () => false,
      // Whoever comes behind the end of the disk hears of nothing.
      () => new Promise<never>(() => {}),
    ),
    worker.cut.then(() => true),
  ])
}

async function bodiesOf(world: StreamWorld, queue: string): Promise<string[]> {
  const bodies: string[] = []
  for (let next = await world.access.get(queue); next !== undefined; next = await world.access.get(queue)) {
    bodies.push(next.message.body.toString())
  }
  return bodies
}

test('what was confirmed is in every queue it went to after a power cut, and keeps its offset', async () => {
  let lost = 0
  for (let cutAt = 3; ; cutAt += 4) {
    const worker = (await prepared()).reboot(cutAt)
    const world = await StreamWorld.open(worker)
    const { broker } = world.core
    const waiting: { body: string; mark: number }[] = []
    const confirmed = new Set<string>()
    const seen = new Map<number, string>()
    const reader = world.consume('s', 'first')
    const note = (durable: number): void => {
      while (waiting.length > 0 && waiting[0]!.mark <= durable) confirmed.add(waiting.shift()!.body)
      broker.onceDurable(note)
    }
    broker.onceDurable(note)
    const wasCut = await until(cutAt, worker, async () => {
      for (let count = 0; count < 120; count++) {
        const body = `m${count}`.padEnd(400 + (count % 7) * 200, '.')
        const original = message(world.access, 's', body, persistent)
        // Some to the stream alone, some to both queues.
        const to =
          count % 3 === 0
            ? original
            : Object.assign(message(world.access, 's', body, persistent), { address: world.access.address('both', '') })
        assert.equal(world.access.publish(to), 'stored')
        waiting.push({ body, mark: broker.mark })
        if (count % 5 === 0) await turns()
      }
      await broker.flush()
    })
    for (const [offset, body] of reader.got) seen.set(offset, body)
    const after = await StreamWorld.open(worker.reboot(cutAt + 1))
    const found = await after.contents('s')
    const { firstOffset } = after.queue('s')
    const offsets = new Map(found)
    for (const [offset, body] of seen) {
      if (offset >= firstOffset) assert.equal(offsets.get(offset), body, `offset ${offset}, cut at ${cutAt}`)
    }
    const inStream = new Set(found.map(([, body]) => body))
    const inClassic = new Set(await bodiesOf(after, 'classic'))
    for (const body of confirmed) {
      const number = Number(/\d+/.exec(body)![0])
      if (number >= firstOffset) assert.ok(inStream.has(body), `${number} is not in the stream, cut at ${cutAt}`)
      if (number % 3 !== 0) assert.ok(inClassic.has(body), `${number} is not in the classic queue, cut at ${cutAt}`)
    }
    for (const [index, [offset, body]] of found.entries()) {
      assert.equal(offset, found[0]![0] + index, 'without gaps')
      assert.ok(body.startsWith(`m${offset}.`), 'in order')
    }
    lost += 120 - firstOffset - found.length
    await after.core.broker.close()
    if (!wasCut) break
  }
  assert.ok(lost > 0, 'some cuts came before the disk had it')
})

test('a dead letter on its way into a stream is never nowhere', async () => {
  let both = 0
  for (let cutAt = 1; ; cutAt++) {
    const worker = (await prepared()).reboot(cutAt)
    const before = await StreamWorld.open(worker)
    for (const body of ['a', 'b', 'c']) before.access.publish(message(before.access, 'dying', body, persistent))
    await before.core.broker.flush()
    const wasCut = await until(cutAt, worker, async () => {
      for (let count = 0; count < 3; count++) {
        const delivery = await before.access.get('dying')
        delivery!.queue.settle(delivery!, 'discarded')
        await turns()
      }
      await before.core.broker.flush()
    })
    const after = await StreamWorld.open(worker.reboot(cutAt + 1))
    const inStream = (await after.contents('s')).map(([, body]) => body)
    const inQueue = await bodiesOf(after, 'dying')
    for (const body of ['a', 'b', 'c']) {
      assert.ok(inStream.includes(body) || inQueue.includes(body), `${body} is gone, cut at ${cutAt}`)
      if (inStream.includes(body) && inQueue.includes(body)) both += 1
    }
    await after.core.broker.close()
    if (wasCut) continue
    assert.deepEqual([inStream, inQueue], [['a', 'b', 'c'], []])
    break
  }
  assert.ok(both > 0, 'some cuts came between the two')
})

test('a stream that was being deleted is whole or gone, and one being made is empty or not there', async () => {
  const outcomes = new Set<string>()
  for (let cutAt = 1; ; cutAt++) {
    const worker = (await prepared()).reboot(cutAt)
    const before = await StreamWorld.open(worker)
    await before.confirm('s', 'a', 'b', 'c')
    let answered = ''
    const wasCut = await until(cutAt, worker, async () => {
      await before.access.deleteQueue('s', { ifUnused: false, ifEmpty: false })
      answered = 'deleted'
      await before.stream('t')
      answered = 'deleted and made'
      await before.core.broker.flush()
      await turns()
    })
    const after = await StreamWorld.open(worker.reboot(cutAt + 1))
    const [old, young] = [isThere(after, 's'), isThere(after, 't')]
    if (old) assert.deepEqual((await after.contents('s')).length, 3, `cut at ${cutAt}`)
    if (young) assert.deepEqual(await after.contents('t'), [])
    if (answered.startsWith('deleted')) assert.ok(!old, `what was deleted is there, cut at ${cutAt}`)
    if (answered.endsWith('made')) assert.ok(young, `what was made is gone, cut at ${cutAt}`)
    outcomes.add(`${old} ${young}`)
    await after.core.broker.close()
    const logs = (await worker.reboot(cutAt + 1).list('/data')).filter((name) => name.startsWith('stream-'))
    assert.ok(logs.length <= 2)
    if (!wasCut) break
  }
  assert.deepEqual([...outcomes].toSorted(), ['false false', 'false true', 'true false'])
})

function isThere(world: StreamWorld, name: string): boolean {
  try {
    world.access.checkQueue(name)
    return true
  } catch (error) {
    if (error instanceof Fault) return false
    throw error
  }
}
