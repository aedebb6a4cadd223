import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { withBroker } from '../support/broker.ts'
import { drain, publish } from '../support/inbox.ts'
import { refusal } from '../support/session.ts'
import { since4 } from '../support/target.ts'

const broker = withBroker()

/** Binds one queue per binding, publishes, and answers which of them (by index) got the message. */
async function routed(
  t: TestContext,
  type: string,
  bindings: readonly { key?: string; arguments?: object }[],
  message: { key?: string; headers?: object },
): Promise<number[]> {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const exchange = await session.exchange(channel, type)
  const queues: string[] = []
  for (const binding of bindings) {
    const queue = await session.queue(channel)
    await channel.bindQueue(queue, exchange, binding.key ?? '', binding.arguments)
    queues.push(queue)
  }
  await publish(channel, { exchange, key: message.key ?? '', body: 'm', options: { headers: message.headers } })
  const got: number[] = []
  for (const [index, queue] of queues.entries()) if ((await drain(channel, queue)).length === 1) got.push(index)
  await session.close()
  return got
}

test('the default exchange routes to the queue named by the routing key', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel)
  const other = await session.queue(channel)
  await publish(channel, { key: queue, body: 'here' })
  const message = await channel.get(queue, { noAck: true })
  assert.ok(message)
  assert.equal(message.content.toString(), 'here')
  assert.equal(message.fields.exchange, '')
  assert.equal(message.fields.routingKey, queue)
  assert.deepEqual(await drain(channel, other), [])
})

test('a direct exchange routes by equal keys, to every queue bound with it', async (t) => {
  const bindings = [{ key: 'red' }, { key: 'green' }, { key: 'red' }, { key: '' }]
  assert.deepEqual(await routed(t, 'direct', bindings, { key: 'red' }), [0, 2])
  assert.deepEqual(await routed(t, 'direct', bindings, { key: '' }), [3])
  assert.deepEqual(await routed(t, 'direct', bindings, { key: 'Red' }), [])
})

test('a fanout exchange routes to every queue whatever the key', async (t) => {
  assert.deepEqual(await routed(t, 'fanout', [{ key: 'a' }, { key: '' }, { key: 'b' }], { key: 'c' }), [0, 1, 2])
})

const topics: [key: string, pattern: string, matches: boolean][] = [
  ['quick.orange.rabbit', '*.orange.*', true],
  ['quick.orange.rabbit', '*.*.rabbit', true],
  ['quick.orange.rabbit', 'lazy.#', false],
  ['lazy.orange.male.rabbit', '*.orange.*', false],
  ['lazy.orange.male.rabbit', 'lazy.#', true],
  ['lazy', 'lazy.#', true],
  ['lazy', 'lazy.*', false],
  ['lazy.', 'lazy.*', true],
  ['', '#', true],
  ['', '*', false],
  ['', '', true],
  ['a', '#.a', true],
  ['b.a', '#.a', true],
  ['a.b.c.d', 'a.#.d', true],
  ['a.d', 'a.#.d', true],
  ['a.b.c.d', 'a.*.d', false],
  ['a.b.c', '#.#', true],
  ['a..c', 'a.*.c', true],
  ['a.b.c', 'a.b', false],
  ['a*', 'a*', true],
  ['ab', 'a*', false],
  ['a#', 'a#', true],
  ['stock.nyse.ibm', 'stock.#.ibm', true],
  ['A', 'a', false],
]

test('a topic exchange matches words, one word (*) and any number of words (#)', async (t) => {
  for (const [key, pattern, matches] of topics) {
    assert.deepEqual(await routed(t, 'topic', [{ key: pattern }], { key }), matches ? [0] : [], `${pattern} and ${key}`)
  }
})

test('a topic binding can be taken away again without touching its neighbours', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const exchange = await session.exchange(channel, 'topic')
  const kept = await session.queue(channel)
  const dropped = await session.queue(channel)
  for (const queue of [kept, dropped]) {
    for (const pattern of ['a.*', 'a.#', 'a.b']) await channel.bindQueue(queue, exchange, pattern)
  }
  for (const pattern of ['a.*', 'a.#', 'a.b']) await channel.unbindQueue(dropped, exchange, pattern)
  await publish(channel, { exchange, key: 'a.b', body: 'm' })
  assert.deepEqual(await drain(channel, kept), ['m'])
  assert.deepEqual(await drain(channel, dropped), [])
})

test('a topic pattern with more than two # is refused', since4('wildcards of a topic pattern'), async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const queue = await session.queue(channel)
  const closure = await refusal(channel.bindQueue(queue, 'amq.topic', '#.a.#.b.#'))
  const text = "Topic binding key '#.a.#.b.#' uses 3 '#' wildcards, at most 2 are allowed"
  assert.deepEqual([closure.code, closure.text], [406, `PRECONDITION_FAILED - ${text}`])
})

const pdf = { format: 'pdf', pages: 3, 'x-origin': 'scan' }
const headers: [what: string, binding: object, message: object, matches: boolean][] = [
  ['all (the default) with every header equal', { format: 'pdf', pages: 3 }, pdf, true],
  ['all with one header different', { format: 'pdf', pages: 4 }, pdf, false],
  ['all with one header missing', { 'x-match': 'all', format: 'pdf', title: 'a' }, pdf, false],
  [
    'all with an x- header that differs, which does not count',
    { 'x-match': 'all', format: 'pdf', 'x-origin': 'web' },
    pdf,
    true,
  ],
  ['all with no headers at all', { 'x-match': 'all' }, pdf, true],
  ['any with one header equal', { 'x-match': 'any', format: 'pdf', pages: 9 }, pdf, true],
  ['any with no header equal', { 'x-match': 'any', format: 'doc', pages: 9 }, pdf, false],
  [
    'any with only an x- header equal, which does not count',
    { 'x-match': 'any', format: 'doc', 'x-origin': 'scan' },
    pdf,
    false,
  ],
  ['any with no headers at all', { 'x-match': 'any' }, pdf, false],
  [
    'all-with-x with an x- header that differs',
    { 'x-match': 'all-with-x', format: 'pdf', 'x-origin': 'web' },
    pdf,
    false,
  ],
  ['all-with-x with everything equal', { 'x-match': 'all-with-x', format: 'pdf', 'x-origin': 'scan' }, pdf, true],
  [
    'any-with-x with only an x- header equal',
    { 'x-match': 'any-with-x', format: 'doc', 'x-origin': 'scan' },
    pdf,
    true,
  ],
  ['any-with-x with nothing equal', { 'x-match': 'any-with-x', format: 'doc', 'x-origin': 'web' }, pdf, false],
  ['a header without value, which matches by being there', { format: null, pages: null }, pdf, true],
  ['a header without value that is not there', { title: null }, pdf, false],
  ['a number where the message has a text', { pages: 3 }, { pages: '3' }, false],
  ['a boolean header', { urgent: true }, { urgent: true }, true],
  ['a message without headers', { format: 'pdf' }, {}, false],
]

for (const [what, binding, message, matches] of headers) {
  test(`a headers exchange: ${what}: ${matches ? 'routed' : 'not routed'}`, async (t) => {
    assert.deepEqual(await routed(t, 'headers', [{ arguments: binding }], { headers: message }), matches ? [0] : [])
  })
}

test('a headers binding with an unknown x-match is refused', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const exchange = await session.exchange(channel, 'headers')
  const queue = await session.queue(channel)
  const closure = await refusal(channel.bindQueue(queue, exchange, '', { 'x-match': 'some' }))
  assert.equal(closure.code, 406)
  const text = 'Invalid x-match field value <<"some">>; expected all, any, all-with-x, or any-with-x'
  assert.equal(closure.text, `PRECONDITION_FAILED - ${text}`)
})

test('a headers binding with an x-match that is no text is refused', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const exchange = await session.exchange(channel, 'headers')
  const queue = await session.queue(channel)
  const closure = await refusal(channel.bindQueue(queue, exchange, '', { 'x-match': 7 }))
  assert.equal(closure.code, 406)
  assert.match(closure.text, /^PRECONDITION_FAILED - Invalid x-match field type \w+ \(value 7\); expected longstr$/)
})
