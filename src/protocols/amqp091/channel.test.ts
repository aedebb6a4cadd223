import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Method } from '../../wire/amqp091/methods.gen.ts'
import { TestHead } from './head.fixture.ts'

const consume = {
  name: 'basic.consume',
  queue: 'q',
  consumerTag: 'c',
  noLocal: false,
  noAck: false,
  exclusive: false,
  noWait: false,
  arguments: [],
} as const

const qos = (prefetchCount: number, global: boolean): Method => ({
  name: 'basic.qos',
  prefetchSize: 0,
  prefetchCount,
  global,
})

const tags = (methods: readonly Method[]): number[] =>
  methods.flatMap((method) => (method.name === 'basic.deliver' ? [method.deliveryTag] : []))

const confirmsOf = (methods: readonly Method[]): [string, number, boolean][] =>
  methods.flatMap((method): [string, number, boolean][] =>
    method.name === 'basic.ack' || method.name === 'basic.nack'
      ? [[method.name, method.deliveryTag, method.multiple]]
      : [],
  )

test('a body of many frames arrives whole, whatever the size', async () => {
  const head = new TestHead()
  const client = await head.open({ frameMax: 4096 })
  for (const size of [0, 1, 4088, 4089, 65_534, 65_535, 200_000, 1_000_003]) {
    const body = Buffer.alloc(size, 'abcdefg')
    await client.publish(1, { body, frameMax: 4096 })
    assert.ok(head.fake.published.at(-1)?.body.equals(body), `${size} bytes`)
  }
})

test('bodies of several channels may be sent in turns', async () => {
  const head = new TestHead()
  const client = await head.open()
  await client.call(2, { name: 'channel.open' })
  const cut = (channel: number, text: string): Buffer[] => {
    const bytes = client.publishBytes(channel, { body: Buffer.from(text), frameMax: 12 })
    const frames: Buffer[] = []
    for (let at = 0; at < bytes.length; ) {
      const end = at + 8 + bytes.readUInt32BE(at + 3)
      frames.push(bytes.subarray(at, end))
      at = end
    }
    return frames
  }
  const first = cut(1, 'first message')
  const second = cut(2, 'second message')
  for (let index = 0; index < Math.max(first.length, second.length); index++) {
    for (const frame of [first[index], second[index]]) if (frame !== undefined) client.write(frame)
  }
  await head.settle()
  assert.deepEqual(
    head.fake.published.map(({ body }) => body.toString()),
    ['first message', 'second message'],
  )
})

test('a body above the limit is read to its end, dropped, and refused', async () => {
  const head = new TestHead({}, (fake) => {
    fake.messageSizeMax = 1000
  })
  const client = await head.open()
  const [close] = await client.publish(1, { body: Buffer.alloc(1001) })
  assert.ok(close?.name === 'channel.close')
  assert.equal(close.replyText, 'PRECONDITION_FAILED - message size 1001 is larger than configured max size 1000')
  assert.deepEqual([close.classId, close.methodId], [60, 40])
  assert.equal(head.fake.published.length, 0)
})

test('a turn full of publishes is confirmed once', async () => {
  const head = new TestHead()
  const client = await head.open()
  await client.call(1, { name: 'confirm.select', noWait: false })
  client.write(Buffer.concat(Array.from({ length: 50 }, () => client.publishBytes(1, {}))))
  await head.settle()
  assert.deepEqual(confirmsOf(client.taken()), [['basic.ack', 50, true]])
})

test('what is stored is confirmed when it is on disk, what was refused is not', async () => {
  const head = new TestHead()
  const client = await head.open()
  await client.call(1, { name: 'confirm.select', noWait: false })
  head.fake.answers = ['stored', 'transient', 'stored', 'refused', 'stored']
  client.write(Buffer.concat(Array.from({ length: 5 }, () => client.publishBytes(1, {}))))
  await head.settle()
  assert.deepEqual(confirmsOf(client.taken()), [
    ['basic.ack', 2, false],
    ['basic.nack', 4, false],
  ])
  head.fake.makeDurable(200)
  await head.settle()
  assert.deepEqual(confirmsOf(client.taken()), [
    ['basic.ack', 1, false],
    ['basic.ack', 3, false],
  ])
  head.fake.makeDurable(300)
  await head.settle()
  assert.deepEqual(confirmsOf(client.taken()), [['basic.ack', 5, false]])
})

test('a mandatory message nobody takes comes back before its confirm', async () => {
  const head = new TestHead()
  const client = await head.open()
  await client.call(1, { name: 'confirm.select', noWait: false })
  head.fake.answers = ['unroutable']
  const methods = await client.publish(1, { mandatory: true })
  assert.deepEqual(
    methods.map(({ name }) => name),
    ['basic.return', 'basic.ack'],
  )
})

test('the limit of a consumer holds deliveries up until one is settled', async () => {
  const head = new TestHead()
  const { queue } = head.fake
  const client = await head.open()
  await client.call(1, qos(2, false))
  await client.call(1, consume)
  assert.deepEqual([queue.deliver('a'), queue.deliver('b'), queue.deliver('c')], [true, true, false])
  await head.settle()
  assert.deepEqual(tags(client.taken()), [1, 2])
  assert.equal(queue.wakes, 0)
  await client.call(1, { name: 'basic.ack', deliveryTag: 1, multiple: false })
  assert.equal(queue.wakes, 1)
  assert.deepEqual(queue.settled, [[1, 'accepted']])
  assert.equal(queue.deliver('c'), true)
})

test('the limit of a channel counts the deliveries of all its consumers', async () => {
  const head = new TestHead()
  const { queue } = head.fake
  const client = await head.open()
  await client.call(1, qos(2, true))
  await client.call(1, consume)
  await client.call(1, { ...consume, consumerTag: 'd' })
  assert.equal(queue.deliver('a'), true)
  queue.consumers.reverse()
  assert.equal(queue.deliver('b'), true)
  assert.equal(queue.deliver('c'), false)
  queue.consumers.reverse()
  assert.equal(queue.deliver('c'), false)
  await client.call(1, { name: 'basic.ack', deliveryTag: 0, multiple: true })
  assert.ok(queue.wakes >= 2, 'both consumers were found not ready')
  assert.equal(queue.deliver('c'), true)
})

test('a client that does not read is not delivered to, and is again once it reads', async () => {
  const head = new TestHead()
  const { queue } = head.fake
  const client = await head.open()
  await client.call(1, { ...consume, noAck: true })
  client.stream.pause()
  const body = Buffer.alloc(10_000)
  let delivered = 0
  for (let turn = 0; turn < 50; turn++) {
    while (queue.deliver(body)) delivered++
    await head.settle()
  }
  assert.ok(delivered < 1000, `${delivered} deliveries of 10 kB to a client that does not read`)
  const wakes = queue.wakes
  client.stream.resume()
  await head.settle()
  assert.ok(queue.wakes > wakes)
  assert.equal(queue.deliver(body), true)
})

test('what a channel holds goes back in order when it closes, after its consumers are gone', async () => {
  const head = new TestHead()
  const { queue } = head.fake
  const client = await head.open()
  await client.call(1, consume)
  for (const body of ['a', 'b', 'c']) queue.deliver(body)
  await client.call(1, { name: 'basic.ack', deliveryTag: 2, multiple: false })
  client.stream.destroy()
  await head.settle()
  assert.equal(queue.consumers.length, 0)
  assert.deepEqual(queue.settled, [
    [2, 'accepted'],
    [1, 'failed'],
    [3, 'failed'],
  ])
})

test('a transaction holds publishes and settlements until its commit, and a rollback forgets them', async () => {
  const head = new TestHead()
  const { queue, published } = head.fake
  const client = await head.open()
  await client.call(1, { name: 'tx.select' })
  await client.call(1, consume)
  for (const body of ['a', 'b']) queue.deliver(body)
  await client.publish(1)
  await client.call(1, { name: 'basic.ack', deliveryTag: 2, multiple: true })
  assert.deepEqual([published.length, queue.settled.length], [0, 0])
  await client.call(1, { name: 'tx.rollback' })
  await client.call(1, { name: 'basic.ack', deliveryTag: 1, multiple: false })
  await client.publish(1)
  const answers = await client.call(1, { name: 'tx.commit' })
  assert.equal(answers.at(-1)?.name, 'tx.commit-ok')
  assert.equal(published.length, 1)
  assert.deepEqual(queue.settled, [[1, 'accepted']])
})

test('a delivery held for longer than the acknowledgement timeout closes its channel', async () => {
  const head = new TestHead({}, (fake) => {
    fake.consumerTimeoutMilliseconds = 10_000
  })
  const { queue } = head.fake
  const client = await head.open()
  await client.call(1, consume)
  queue.deliver('a')
  await head.elapse(5000)
  assert.deepEqual(tags(client.taken()), [1])
  await head.elapse(10_001)
  const [close] = client.taken()
  assert.ok(close?.name === 'channel.close')
  assert.equal(
    close.replyText,
    'PRECONDITION_FAILED - delivery acknowledgement on channel 1 timed out. Timeout value used: 10000 ms. ' +
      'This timeout value can be configured, see consumers doc guide to learn more',
  )
  assert.deepEqual([close.replyCode, close.classId, close.methodId], [406, 0, 0])
  assert.deepEqual(queue.settled, [[1, 'requeued']])
})

test('the timeout of a queue counts more than that of the broker', async () => {
  const head = new TestHead({}, (fake) => {
    fake.queue.consumerTimeoutMilliseconds = 3000
  })
  const client = await head.open()
  await client.call(1, consume)
  head.fake.queue.deliver('a')
  for (let second = 0; second < 6; second++) await head.elapse(1000)
  const close = client.taken().at(-1)
  assert.ok(close?.name === 'channel.close')
  assert.match(close.replyText, /Timeout value used: 3000 ms\./)
})

test('a cancel by the broker is told to clients that understand it only', async () => {
  const head = new TestHead()
  const { queue } = head.fake
  const client = await head.open({ capabilities: ['consumer_cancel_notify'] })
  const ignorant = await head.open()
  await client.call(1, consume)
  await ignorant.call(1, consume)
  for (const consumer of [...queue.consumers]) consumer.cancelled('queue-deleted')
  // Somewhere in a turn, as a queue's deletion is.
  assert.deepEqual(
    (await client.call(1, { name: 'channel.flow', active: true })).map(({ name }) => name),
    ['basic.cancel', 'channel.flow-ok'],
  )
  assert.deepEqual(
    (await ignorant.call(1, { name: 'channel.flow', active: true })).map(({ name }) => name),
    ['channel.flow-ok'],
  )
})

test('what a get finds for a channel that has gone goes back', async () => {
  const head = new TestHead()
  const client = await head.open()
  client.write(client.bytes(1, { name: 'basic.get', queue: 'q', noAck: false }))
  client.stream.destroy()
  await head.settle()
  assert.deepEqual(head.fake.queue.settled, [[1, 'failed']])
})

test('a channel in error ignores everything, and its number is free once both sides have closed it', async () => {
  const head = new TestHead()
  const client = await head.open()
  const ack = { name: 'basic.ack', deliveryTag: 9, multiple: false } as const
  const names = async (method: Method) => (await client.call(1, method)).map(({ name }) => name)
  const close = { name: 'channel.close', replyCode: 200, replyText: '', classId: 0, methodId: 0 } as const
  assert.deepEqual(await names(ack), ['channel.close'])
  assert.deepEqual(await names(ack), [])
  assert.deepEqual(await client.publish(1), [])
  assert.deepEqual(await names({ name: 'channel.open' }), [])
  assert.deepEqual(await names({ name: 'channel.close-ok' }), [])
  assert.deepEqual(await names({ name: 'channel.open' }), ['channel.open-ok'])
  assert.deepEqual(await names(ack), ['channel.close'])
  // Both sides closed at the same time, and this client takes its own close-ok for the end of it.
  assert.deepEqual(await names(close), ['channel.close-ok'])
  assert.deepEqual(await names({ name: 'channel.open' }), ['channel.open-ok'])
  assert.equal(head.fake.published.length, 0)
})
