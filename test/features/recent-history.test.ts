import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { ConfirmChannel, Options } from 'amqplib'
import { withBroker } from '../support/broker.ts'
import { knowing } from '../support/exchange-type.ts'
import { drain, publish } from '../support/inbox.ts'
import { refusal, type Session } from '../support/session.ts'

const broker = withBroker()
const history = await knowing('x-recent-history')

interface World {
  readonly session: Session
  readonly channel: ConfirmChannel
  readonly exchange: string
}

async function world(t: TestContext, options: Options.AssertExchange = {}): Promise<World> {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  return { session, channel, exchange: await session.exchange(channel, 'x-recent-history', options) }
}

async function publishAll({ channel, exchange }: World, bodies: readonly string[], options: Options.Publish = {}) {
  for (const body of bodies) await publish(channel, { exchange, key: `key-${body}`, body, options })
}

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => String(from + index))

test(
  'whoever binds to a recent-history exchange gets the last 20 messages, oldest first, as they were',
  history,
  async (t) => {
    const made = await world(t)
    await publishAll(made, numbers(0, 25))
    const queue = await made.session.queue(made.channel)
    await made.channel.bindQueue(queue, made.exchange, '')
    await publishAll(made, ['new'])
    const first = await made.channel.get(queue, { noAck: true })
    assert.ok(first)
    assert.equal(first.fields.exchange, made.exchange)
    assert.equal(first.fields.routingKey, 'key-5')
    assert.deepEqual([first.content.toString(), ...(await drain(made.channel, queue))], [...numbers(5, 25), 'new'])
  },
)

test('x-recent-history-length says how many are kept; messages that say so are not', history, async (t) => {
  const made = await world(t, { arguments: { 'x-recent-history-length': 2 } })
  const there = await made.session.queue(made.channel)
  await made.channel.bindQueue(there, made.exchange, '')
  await publishAll(made, ['a', 'b', 'c'])
  await publishAll(made, ['not kept'], { headers: { 'x-recent-history-no-store': true } })
  assert.deepEqual(await drain(made.channel, there), ['a', 'b', 'c', 'not kept'])
  const late = await made.session.queue(made.channel)
  await made.channel.bindQueue(late, made.exchange, '')
  assert.deepEqual(await drain(made.channel, late), ['b', 'c'])
})

test('each new binding of a queue brings the history again, one that is there already does not', history, async (t) => {
  const made = await world(t, { arguments: { 'x-recent-history-length': 2 } })
  await publishAll(made, ['a', 'b'])
  const queue = await made.session.queue(made.channel)
  for (const key of ['one', 'one', 'other']) await made.channel.bindQueue(queue, made.exchange, key)
  assert.deepEqual(await drain(made.channel, queue), ['a', 'b', 'a', 'b'])
})

test('an exchange that is bound routes the history on', history, async (t) => {
  const made = await world(t)
  await publishAll(made, ['a', 'b'])
  const direct = await made.session.exchange(made.channel, 'direct')
  const queue = await made.session.queue(made.channel)
  for (const key of ['key-a', 'key-b']) await made.channel.bindQueue(queue, direct, key)
  await made.channel.bindExchange(direct, made.exchange, '')
  // RabbitMQ sends the newest first here.
  assert.deepEqual((await drain(made.channel, queue)).sort(), ['a', 'b'])
})

test('a mandatory message to a recent-history exchange without bindings is returned, and kept', history, async (t) => {
  const made = await world(t)
  const returned: string[] = []
  made.channel.on('return', (message) => returned.push(message.content.toString()))
  await publishAll(made, ['a'], { mandatory: true })
  assert.deepEqual(returned, ['a'])
  const queue = await made.session.queue(made.channel)
  await made.channel.bindQueue(queue, made.exchange, '')
  assert.deepEqual(await drain(made.channel, queue), ['a'])
})

for (const [value, shown] of [
  [0, '0'],
  [-3, '-3'],
  ['a', '<<"a">>'],
] as const) {
  test(`an x-recent-history-length of ${JSON.stringify(value)} is refused`, history, async (t) => {
    const session = await broker.open(t)
    const channel = await session.channel()
    const declaring = session.exchange(channel, 'x-recent-history', { arguments: { 'x-recent-history-length': value } })
    const { code, text } = await refusal(declaring)
    const expected = `Invalid argument ${shown}, 'x-recent-history-length' must be a positive integer`
    assert.deepEqual([code, text], [406, `PRECONDITION_FAILED - ${expected}`])
  })
}
