import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Method } from '../../wire/amqp091/methods.gen.ts'
import { TestHead } from './head.fixture.ts'

const MiB = 1024 * 1024

const consume = {
  name: 'basic.consume',
  queue: 'q',
  consumerTag: 'c',
  noLocal: false,
  noAck: true,
  exclusive: false,
  noWait: false,
  arguments: [],
} as const

const names = (methods: readonly Method[]): string[] => methods.map(({ name }) => name)

test('bodies that are begun and never ended are held up by an alarm too', async () => {
  const head = new TestHead()
  const client = await head.open({ capabilities: ['connection.blocked'] })
  const whole = client.publishBytes(1, { body: Buffer.alloc(MiB), frameMax: 4096 })
  client.write(whole.subarray(0, whole.length / 2))
  await head.settle()
  const read = head.received()
  head.fake.setAlarms('low on memory')
  for (let at = whole.length / 2; at < whole.length - 5000; at += 50_000) {
    client.write(whole.subarray(at, Math.min(at + 50_000, whole.length - 5000)))
  }
  await head.settle()
  assert.deepEqual(names(client.taken()), ['connection.blocked'])
  assert.ok(head.received() - read <= 128 * 1024, `${head.received() - read} bytes were read all the same`)
  head.fake.setAlarms()
  client.write(whole.subarray(whole.length - 5000))
  await head.settle()
  assert.deepEqual(names(client.taken()), ['connection.unblocked'])
  assert.equal(head.fake.published[0]?.bodySize, MiB)
})

test('who publishes faster than the disk writes is not read from until the disk has caught up', async () => {
  const head = new TestHead()
  const publisher = await head.open()
  const consumer = await head.open()
  head.fake.answers = ['stored']
  await publisher.publish(1)
  head.fake.pendingBytes = 33 * MiB
  await publisher.publish(1)
  const [shown] = head.protocol.connections()
  assert.equal(shown?.state, 'flow')
  await publisher.publish(1)
  assert.equal(head.fake.published.length, 2)
  assert.deepEqual(names(await consumer.call(1, { name: 'channel.flow', active: true })), ['channel.flow-ok'])
  head.fake.makeDurable(100)
  await head.settle()
  assert.equal(head.fake.published.length, 2, 'too much still waits')
  head.fake.pendingBytes = 0
  head.fake.makeDurable(200)
  await head.settle()
  assert.equal(head.fake.published.length, 3)
  assert.equal(shown?.state, 'running')
})

test('of large messages no more than two go out at once to a consumer that does not read', async () => {
  const head = new TestHead()
  const client = await head.open()
  await client.call(1, consume)
  client.stream.pause()
  let delivered = 0
  for (let turn = 0; turn < 10; turn++) {
    while (delivered < 50 && head.fake.queue.deliver(Buffer.alloc(MiB))) delivered++
    await head.settle()
  }
  assert.equal(delivered, 2)
  client.stream.resume()
  await head.settle()
  assert.ok(head.fake.queue.wakes > 0, 'the queue is told when more may go out')
})

test('many gets at hand are answered as fast as the client reads', async () => {
  const head = new TestHead()
  head.fake.queue.polled = Buffer.alloc(4 * MiB)
  const client = await head.open()
  client.stream.pause()
  const get = client.bytes(1, { name: 'basic.get', queue: 'q', noAck: true })
  client.write(Buffer.concat(Array.from({ length: 50 }, () => get)))
  await head.settle()
  assert.ok(head.fake.queue.polls <= 4, `${head.fake.queue.polls} answers of 4 MiB wait to be read`)
  client.stream.resume()
  for (let round = 0; round < 500 && head.fake.queue.polls < 50; round++) await head.settle()
  assert.equal(head.fake.queue.polls, 50)
})
