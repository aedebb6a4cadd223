import assert from 'node:assert/strict'
import { test } from 'node:test'
import { declare, KeepingConsumer, message, openCore, turns } from '../../test/support/core.ts'
import { longString, type Table } from '../std/table.ts'
import { Fault } from './fault.ts'

const int = (value: number) => ({ tag: 'I', value }) as const

function refuses(kind: string, text: string) {
  return (error: unknown) => error instanceof Fault && error.kind === kind && error.message === text
}

test('a message goes to the queue it names and comes out as it went in', async () => {
  const { access } = await openCore()
  await declare(access, 'q')
  assert.equal(access.publish(message(access, 'q', 'one', { contentType: 'text/plain' })), 'transient')
  assert.equal(access.publish(message(access, 'nobody', 'lost')), 'unroutable')
  const consumer = new KeepingConsumer().subscribe(access, 'q')
  await turns()
  assert.deepEqual(consumer.bodies, ['one'])
  assert.equal(consumer.deliveries[0]?.message.properties.contentType, 'text/plain')
})

test('a persistent message to a durable queue is confirmed by the durable mark', async () => {
  const { access, broker } = await openCore()
  await declare(access, 'q', { durable: true })
  assert.equal(access.publish(message(access, 'q', 'one', { deliveryMode: 2 })), 'stored')
  const { mark } = broker
  assert.ok(broker.durable < mark)
  await new Promise((resolve) => broker.onceDurable(resolve))
  assert.ok(broker.durable >= mark)
})

test('requeued messages return to their place and say so', async () => {
  const { access } = await openCore()
  await declare(access, 'q')
  for (const body of ['a', 'b', 'c']) access.publish(message(access, 'q', body))
  const consumer = new KeepingConsumer({ credit: 2 }).subscribe(access, 'q')
  await turns()
  assert.deepEqual(consumer.bodies, ['a', 'b'])
  consumer.credit = -2
  consumer.settle('requeued')
  consumer.settle('requeued')
  consumer.credit = 3
  access.publish(message(access, 'q', 'd'))
  await turns()
  assert.deepEqual(consumer.bodies, ['a', 'b', 'c'])
  assert.deepEqual(
    consumer.deliveries.map((delivery) => delivery.redelivered),
    [true, true, false],
  )
})

test('time to live of message and queue: the shorter counts, zero is offered to consumers first', async () => {
  const { access, clock } = await openCore()
  const queue = await declare(access, 'q', { arguments: [['x-message-ttl', int(1000)]] })
  access.publish(message(access, 'q', 'short', { expiration: '10' }))
  access.publish(message(access, 'q', 'long', { expiration: '5000' }))
  access.publish(message(access, 'q', 'none', { expiration: '0' }))
  await turns()
  assert.equal(queue.depth, 2)
  clock.advance(10)
  await turns()
  assert.equal(queue.depth, 1)
  clock.advance(990)
  await turns()
  assert.equal(queue.depth, 0)
  const consumer = new KeepingConsumer().subscribe(access, 'q')
  access.publish(message(access, 'q', 'now', { expiration: '0' }))
  await turns()
  assert.deepEqual(consumer.bodies, ['now'])
})

test('a bad expiration is refused with its reason', async () => {
  const { access } = await openCore()
  await declare(access, 'q')
  for (const [expiration, reason] of [
    ['', 'no_integer'],
    ['ten', 'no_integer'],
    ['1s', '{leftover_string,"s"}'],
    ['-1', '{value_negative,-1}'],
  ] as const) {
    assert.throws(
      () => access.publish(message(access, 'q', 'x', { expiration })),
      refuses('precondition-failed', `invalid expiration '${expiration}': ${reason}`),
    )
  }
})

test('rejected, expired and overflowing messages go to the dead-letter exchange with their history', async () => {
  const { access, clock } = await openCore()
  const dead = await declare(access, 'dead')
  const letters: Table = [
    ['x-dead-letter-exchange', longString('')],
    ['x-dead-letter-routing-key', longString('dead')],
  ]
  await declare(access, 'rejecting', { arguments: letters })
  await declare(access, 'expiring', { arguments: [...letters, ['x-message-ttl', int(5)]] })
  await declare(access, 'short', { arguments: [...letters, ['x-max-length', int(1)]] })
  const consumer = new KeepingConsumer({ credit: 1 }).subscribe(access, 'rejecting')
  access.publish(message(access, 'rejecting', 'r'))
  await turns()
  consumer.settle('discarded')
  access.publish(message(access, 'expiring', 'e'))
  access.publish(message(access, 'short', 'm'))
  access.publish(message(access, 'short', 'n'))
  await turns()
  clock.advance(5)
  await turns()
  assert.equal(dead.depth, 3)
  const reader = new KeepingConsumer().subscribe(access, 'dead')
  await turns()
  const reasons = reader.deliveries.map((delivery) => {
    const first = delivery.message.properties.headers?.find(([key]) => key === 'x-first-death-reason')?.[1]
    return first?.tag === 'S' ? first.value.toString() : undefined
  })
  assert.deepEqual(reasons, ['rejected', 'maxlen', 'expired'])
  assert.deepEqual(reader.bodies, ['r', 'm', 'e'])
})

test('a full queue that rejects answers refused, and what a consumer takes at once does not count', async () => {
  const { access } = await openCore()
  const limits: Table = [
    ['x-max-length', int(1)],
    ['x-overflow', longString('reject-publish')],
  ]
  await declare(access, 'q', { arguments: limits })
  assert.equal(access.publish(message(access, 'q', 'a')), 'transient')
  assert.equal(access.publish(message(access, 'q', 'b')), 'refused')
  const consumer = new KeepingConsumer().subscribe(access, 'q')
  for (const body of ['c', 'd', 'e']) assert.equal(access.publish(message(access, 'q', body)), 'transient')
  await turns()
  assert.deepEqual(consumer.bodies, ['a', 'c', 'd', 'e'])
})

test('an unused queue with x-expires goes after its time, a used one does not', async () => {
  const { access, clock } = await openCore()
  await declare(access, 'q', { arguments: [['x-expires', int(1000)]] })
  clock.advance(900)
  await declare(access, 'q', { arguments: [['x-expires', int(1000)]] })
  clock.advance(900)
  assert.equal(access.checkQueue('q').depth, 0)
  clock.advance(900)
  assert.equal(access.checkQueue('q').depth, 0)
  clock.advance(1100)
  assert.throws(() => access.checkQueue('q'), refuses('not-found', "no queue 'q' in vhost '/'"))
})

test('contents over the memory bound leave memory and come back in order when they are consumed', async () => {
  const { access } = await openCore({ settings: { contentBytesInMemoryMax: 1000 } })
  await declare(access, 'q', { durable: true })
  const bodies = Array.from({ length: 600 }, (_, index) => `body ${index}`)
  for (const body of bodies) access.publish(message(access, 'q', body, { deliveryMode: 2 }))
  await turns()
  const consumer = new KeepingConsumer().subscribe(access, 'q')
  while (consumer.deliveries.length < bodies.length) await turns()
  assert.deepEqual(consumer.bodies, bodies)
})
