import assert from 'node:assert/strict'
import { before, describe, type TestContext, test } from 'node:test'
import { withVirtualBroker } from '../support/broker.ts'
import { EventReader } from '../support/event-reader.ts'
import { HttpApi } from '../support/http-api.ts'
import { Inbox } from '../support/inbox.ts'
import { Lapine } from '../support/lapine.ts'
import { operatorOf } from '../support/operator.ts'
import { only } from '../support/target.ts'

const broker = withVirtualBroker()
let lapine: Lapine
let api: HttpApi

async function aQueue(t: TestContext, type: string, more = {}) {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel, { durable: true, arguments: { 'x-queue-type': type, ...more } })
  const path = `/queues/%2F/${encodeURIComponent(queue)}`
  const publish = async (...bodies: string[]) => {
    for (const body of bodies) channel.sendToQueue(queue, Buffer.from(body), { persistent: true })
    await channel.waitForConfirms()
  }
  return { session, channel, queue, path, publish }
}

describe('a paused queue', only({ lapine: 'RabbitMQ has nothing like it' }), () => {
  before(() => {
    assert.ok(broker.running instanceof Lapine)
    lapine = broker.running
    api = new HttpApi(lapine.httpUrl)
  })

  for (const type of ['classic', 'quorum']) {
    test(`of type ${type} takes messages and gives none, until it is resumed`, async (t) => {
      const { session, channel, queue, path, publish } = await aQueue(t, type)
      const consuming = await session.channel()
      const inbox = await Inbox.open(consuming, queue)
      await publish('a')
      const first = await inbox.next()
      assert.equal((await api.put(`/x${path}/pause`)).status, 204)
      await publish('b', 'c')
      // What it has given already can be settled, and comes back.
      consuming.nack(first)
      assert.equal(await channel.get(queue), false)
      await lapine.elapse(1000)
      const { state, messages_ready: ready } = (await api.get(path)).body
      assert.deepEqual([state, ready], ['paused', 3])
      assert.equal((await api.put(`${path}/resume`)).status, 204)
      const bodies = (await inbox.take(3)).map(({ content }) => content.toString())
      assert.deepEqual(bodies, ['a', 'b', 'c'])
      assert.equal((await api.get(path)).body.state, 'running')
    })
  }

  test('keeps to its limits', async (t) => {
    const { session, queue, path, publish } = await aQueue(t, 'classic', { 'x-max-length': 2, 'x-message-ttl': 10_000 })
    const inbox = await Inbox.open(await session.channel(), queue)
    await api.put(`/x${path}/pause`)
    await publish('a', 'b', 'c')
    assert.equal((await api.get(path)).body.messages_ready, 2)
    await lapine.elapse(10_001)
    assert.equal((await api.get(path)).body.messages_ready, 0)
    await api.put(`/x${path}/resume`)
    await publish('d')
    assert.equal((await inbox.next()).content.toString(), 'd')
  })

  test('is told of, and needs permission to configure it', async (t) => {
    const { queue, path } = await aQueue(t, 'classic')
    const events = await EventReader.open(`${lapine.httpUrl}/x/events?topics=topology`)
    t.after(() => events.close())
    await events.next('hello')
    for (const verb of ['pause', 'pause', 'resume']) assert.equal((await api.put(`/x${path}/${verb}`)).status, 204)
    await events.next('topology', ({ event, name }) => event === 'queue.resumed' && name === queue)
    assert.deepEqual(
      events.events.filter(({ event }) => event === 'topology').map(({ data }) => data.event),
      ['queue.paused', 'queue.resumed'],
    )
    await operatorOf(lapine).putUser('reader', 'reader', ['management'])
    await operatorOf(lapine).setPermissions('reader', '/', { configure: '', write: '.*', read: '.*' })
    const reader = new HttpApi(lapine.httpUrl, 'reader', 'reader')
    assert.equal((await reader.put(`/x${path}/pause`)).status, 401)
    assert.equal((await api.put('/x/queues/%2F/nope/pause')).status, 404)
  })

  test('is no stream', async (t) => {
    const { path } = await aQueue(t, 'stream')
    const answer = await api.put(`/x${path}/pause`)
    assert.equal(answer.status, 400)
    assert.match(answer.body.reason, /cannot be paused/)
  })
})
