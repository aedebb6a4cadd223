import assert from 'node:assert/strict'
import { before, describe, type TestContext, test } from 'node:test'
import type { ConfirmChannel, GetMessage } from 'amqplib'
import { withBroker } from '../support/broker.ts'
import { HttpApi } from '../support/http-api.ts'
import { Lapine } from '../support/lapine.ts'
import { operatorOf } from '../support/operator.ts'
import { only } from '../support/target.ts'
import { eventually } from '../support/waiting.ts'

const broker = withBroker()
let lapine: Lapine
let api: HttpApi

interface JobAnswer {
  readonly id: string
  readonly state: string
  readonly done: number
  readonly failed: number
  readonly looked: number
  readonly error?: string
  readonly results: readonly { readonly outcome: string; readonly reason?: string; readonly to?: string }[]
}

/** Starts a job and waits for its end. */
async function run(path: string, body: unknown, who = api): Promise<JobAnswer> {
  const started = await who.post(path, body)
  assert.equal(started.status, 202, JSON.stringify(started.body))
  assert.equal(started.headers.get('location'), `/api/x/jobs/${started.body.id}`)
  return eventually(
    async () => (await who.get(`/x/jobs/${started.body.id}`)).body as JobAnswer,
    ({ state }) => state !== 'running',
    'the job to end',
  )
}

function at(queue: string, verb: string): string {
  return `/x/queues/%2F/${encodeURIComponent(queue)}/${verb}`
}

async function scene(t: TestContext, type = 'classic') {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = (more: Record<string, unknown> = {}) =>
    session.queue(channel, { durable: true, arguments: { 'x-queue-type': type, ...more } })
  return { session, channel, queue }
}

async function fill(channel: ConfirmChannel, queue: string, bodies: readonly string[], options = {}): Promise<void> {
  for (const body of bodies) channel.sendToQueue(queue, Buffer.from(body), { persistent: true, ...options })
  await channel.waitForConfirms()
}

async function drain(channel: ConfirmChannel, queue: string): Promise<GetMessage[]> {
  const got: GetMessage[] = []
  for (;;) {
    const message = await channel.get(queue, { noAck: true })
    if (message === false) return got
    got.push(message)
  }
}

const bodiesOf = (got: readonly GetMessage[]) => got.map(({ content }) => content.toString())

describe('jobs on messages', only({ lapine: 'RabbitMQ has nothing like it' }), () => {
  before(() => {
    assert.ok(broker.running instanceof Lapine)
    lapine = broker.running
    api = new HttpApi(lapine.httpUrl)
  })

  for (const type of ['classic', 'quorum']) {
    test(`move messages of a ${type} queue, in their order, with all they have`, async (t) => {
      const { channel, queue } = await scene(t, type)
      const [from, to] = [await queue(), await queue()]
      await fill(channel, from, ['a', 'b', 'c'], { headers: { h: 1 }, expiration: 60_000, messageId: 'm' })
      const job = await run(at(from, 'move'), { to: { queue: to } })
      assert.deepEqual([job.state, job.done, job.failed], ['done', 3, 0])
      assert.deepEqual(await drain(channel, from), [])
      const got = await drain(channel, to)
      assert.deepEqual(bodiesOf(got), ['a', 'b', 'c'])
      assert.deepEqual(got[0]!.properties.headers, { h: 1 })
      assert.equal(got[0]!.properties.messageId, 'm')
      assert.equal(got[0]!.fields.redelivered, false)
    })

    test(`delete selected messages of a ${type} queue, and leave the others as they are`, async (t) => {
      const { channel, queue } = await scene(t, type)
      const from = await queue()
      await fill(channel, from, ['a', 'b', 'c', 'd', 'e'])
      const { messages } = (await api.post(at(from, 'browse'), {})).body
      const sequences = [messages[1].sequence, messages[3].sequence, 99_999]
      const job = await run(at(from, 'delete-messages'), { sequences })
      assert.deepEqual([job.state, job.done], ['done', 2])
      const got = await drain(channel, from)
      assert.deepEqual(bodiesOf(got), ['a', 'c', 'e'])
      assert.ok(got.every(({ fields }) => !fields.redelivered))
    })
  }

  test('replay dead letters to the queues they died in, and say where they come from', async (t) => {
    const { session, channel, queue } = await scene(t)
    const dead = await queue()
    const dlx = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': dead }
    const [first, second] = [await queue(dlx), await queue(dlx)]
    const exchange = await session.exchange(channel, 'fanout')
    await channel.bindQueue(first, exchange, '')
    channel.publish(exchange, 'the.key', Buffer.from('one'), { persistent: true })
    await fill(channel, second, ['two'])
    await fill(channel, dead, ['never died'])
    for (const name of [first, second]) channel.reject((await channel.get(name)) as GetMessage, false)
    await eventually(
      async () => (await channel.checkQueue(dead)).messageCount,
      (count) => count === 3,
      'the dead letters',
    )
    const job = await run(at(dead, 'replay'), {})
    assert.deepEqual([job.done, job.failed], [2, 1])
    assert.match(job.results.find(({ outcome }) => outcome === 'failed')!.reason!, /x-death/)
    const [one] = await drain(channel, first)
    assert.equal(one!.content.toString(), 'one')
    assert.deepEqual([one!.fields.exchange, one!.fields.routingKey], [exchange, 'the.key'])
    assert.equal(one!.properties.headers?.['x-replayed-from'], dead)
    assert.deepEqual(bodiesOf(await drain(channel, second)), ['two'])
    assert.deepEqual(bodiesOf(await drain(channel, dead)), ['never died'])
  })

  test('go through an exchange, choose by content, and leave at their place what reaches no queue', async (t) => {
    const { session, channel, queue } = await scene(t)
    const [from, to] = [await queue(), await queue()]
    const exchange = await session.exchange(channel, 'topic')
    await channel.bindQueue(to, exchange, 'good.#')
    await fill(channel, from, ['keep', 'go 1', 'keep too', 'go 2'], { headers: { kind: 'x' } })
    const filter = { text: 'go', headers: { kind: 'x' } }
    const target = (routingKey: string) => ({ exchange, routing_key: routingKey })
    const nowhere = await run(at(from, 'move'), { filter, to: target('bad') })
    assert.deepEqual([nowhere.done, nowhere.failed], [0, 2])
    assert.match(nowhere.results[0]!.reason!, /leads to no queue/)
    const job = await run(at(from, 'move'), { filter, to: target('good.one') })
    assert.equal(job.done, 2)
    assert.deepEqual(bodiesOf(await drain(channel, to)), ['go 1', 'go 2'])
    assert.deepEqual(bodiesOf(await drain(channel, from)), ['keep', 'keep too'])
  })

  test('copy from a stream, and cannot take anything out of it', async (t) => {
    const { session, channel, queue } = await scene(t)
    const stream = await session.queue(channel, { durable: true, arguments: { 'x-queue-type': 'stream' } })
    const to = await queue()
    await fill(channel, stream, ['a', 'b'])
    assert.equal((await run(at(stream, 'copy'), { to: { queue: to } })).done, 2)
    assert.deepEqual(bodiesOf(await drain(channel, to)), ['a', 'b'])
    const job = await run(at(stream, 'move'), { to: { queue: to } })
    assert.deepEqual([job.state, job.error], ['failed', 'messages cannot be taken out of a stream queue'])
  })

  test('move ten thousand messages that are on disk only while others come', async (t) => {
    const { channel, queue } = await scene(t)
    const [from, to] = [await queue(), await queue()]
    const body = 'x'.repeat(4000)
    await fill(channel, from, new Array(10_000).fill(body))
    const moving = run(at(from, 'move'), { to: { queue: to } })
    await fill(channel, from, ['late'])
    const job = await moving
    assert.ok(job.done === 10_000 || job.done === 10_001, String(job.done))
    assert.equal((await channel.checkQueue(to)).messageCount + (await channel.checkQueue(from)).messageCount, 10_001)
    await channel.purgeQueue(to)
  })

  test('move a queue into itself once, not for ever', async (t) => {
    const { channel, queue } = await scene(t)
    const one = await queue()
    await fill(channel, one, ['a', 'b'])
    assert.equal((await run(at(one, 'move'), { to: { queue: one } })).done, 2)
    assert.deepEqual(bodiesOf(await drain(channel, one)), ['a', 'b'])
  })

  test('are refused for bad requests, missing queues and missing permissions', async (t) => {
    const { channel, queue } = await scene(t)
    const from = await queue()
    const bad: [body: unknown, reason: RegExp][] = [
      [{}, /to should be/],
      [{ to: 'x' }, /to should be a map/],
      [{ to: { queue: 1 } }, /queue should be a string/],
      [{ to: { queue: 'x' }, sequences: 'all' }, /sequences should be a list/],
      [{ to: { queue: 'x' }, filter: { text: 1 } }, /text should be a string/],
    ]
    for (const [body, reason] of bad) {
      const answer = await api.post(at(from, 'move'), body)
      assert.equal(answer.status, 400)
      assert.match(answer.body.reason, reason)
    }
    assert.equal((await api.post(at('nope', 'move'), { to: { queue: from } })).status, 404)
    assert.equal((await api.get('/x/jobs/99999')).status, 404)
    const operator = operatorOf(lapine)
    await operator.putUser('reader', 'reader', ['management'])
    await operator.setPermissions('reader', '/', { configure: '', write: '', read: '.*' })
    const reader = new HttpApi(lapine.httpUrl, 'reader', 'reader')
    await fill(channel, from, ['a'])
    const job = await run(at(from, 'move'), { to: { queue: from } }, reader)
    assert.equal(job.failed, 1)
    assert.match(job.results[0]!.reason!, /refused|access/)
    await operator.setPermissions('reader', '/', { configure: '', write: '.*', read: '' })
    assert.equal((await reader.post(at(from, 'move'), { to: { queue: from } })).status, 401)
    assert.deepEqual(
      new Set((await reader.get('/x/jobs')).body.map(({ user }: { user: string }) => user)),
      new Set(['reader']),
    )
    assert.deepEqual(bodiesOf(await drain(channel, from)), ['a'])
  })

  test('purge and delete many queues in one, with an answer for each', async (t) => {
    const { channel, queue } = await scene(t)
    const queues = [await queue(), await queue(), await queue()]
    for (const name of queues) await fill(channel, name, ['a', 'b'])
    const places = [...queues, 'nope'].map((name) => ({ vhost: '/', name }))
    const purged = await run('/x/bulk', { action: 'purge', queues: places })
    assert.deepEqual([purged.done, purged.failed], [3, 1])
    assert.match(purged.results.at(-1)!.reason!, /no queue 'nope'/)
    await fill(channel, queues[0]!, ['a'])
    const deleted = await run('/x/bulk', { action: 'delete', queues: places, options: { if_empty: true } })
    assert.deepEqual([deleted.done, deleted.failed], [2, 2])
    assert.equal((await channel.checkQueue(queues[0]!)).messageCount, 1)
    assert.equal((await api.post('/x/bulk', { action: 'burn', queues: places })).status, 400)
  })

  test('stop when they are cancelled', async (t) => {
    const { channel, queue } = await scene(t)
    const [from, to] = [await queue(), await queue()]
    await fill(channel, from, new Array(5000).fill('x'))
    const { id } = (await api.post(at(from, 'move'), { to: { queue: to } })).body
    assert.equal((await api.delete(`/x/jobs/${id}`)).status, 204)
    const job = await eventually(
      async () => (await api.get(`/x/jobs/${id}`)).body as JobAnswer,
      ({ state }) => state !== 'running',
      'the job to end',
    )
    assert.equal(job.state, 'cancelled')
    const counts = [(await channel.checkQueue(from)).messageCount, (await channel.checkQueue(to)).messageCount]
    assert.ok(counts[0]! > 0 && counts[0]! + counts[1]! === 5000 && counts[1] === job.done, String(counts))
  })
})
