import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { withBroker } from '../support/broker.ts'
import { HttpApi } from '../support/http-api.ts'
import { Lapine } from '../support/lapine.ts'
import { only } from '../support/target.ts'

const broker = withBroker()
let api: HttpApi

/** The payloads of a page. */
const payloads = (answer: { body: { messages: { payload: string }[] } }) =>
  answer.body.messages.map(({ payload }) => payload)

describe('looking at the broker', only({ lapine: 'RabbitMQ has nothing like it' }), () => {
  before(() => {
    assert.ok(broker.running instanceof Lapine)
    api = new HttpApi(broker.running.httpUrl)
  })

  test('shows waiting messages page by page, and leaves them as they were', async (t) => {
    const session = await broker.open(t)
    const channel = await session.confirmChannel()
    const queue = await session.queue(channel, { durable: true })
    for (let n = 0; n < 5; n++) channel.sendToQueue(queue, Buffer.from(`m${n}`), { expiration: 60_000 })
    await channel.waitForConfirms()
    const path = `/x/queues/%2F/${encodeURIComponent(queue)}/browse`
    const first = await api.post(path, { count: 3 })
    assert.deepEqual(payloads(first), ['m0', 'm1', 'm2'])
    assert.ok(first.body.messages[0].expires_in > 0)
    assert.deepEqual(payloads(await api.post(path, { count: 3, from: first.body.next })), ['m3', 'm4'])
    const got = await channel.get(queue, { noAck: true })
    assert.ok(got !== false)
    assert.deepEqual([got.content.toString(), got.fields.redelivered], ['m0', false])
    assert.equal((await api.post(path, { count: 0 })).status, 400)
    assert.equal((await api.post('/x/queues/%2F/nope/browse', {})).status, 404)
    await channel.deleteQueue(queue)
  })

  test('is for those who may read', async () => {
    await api.put('/queues/%2F/secret', {})
    await api.put('/users/looker', { password: 'p', tags: 'management' })
    await api.put('/permissions/%2F/looker', { configure: '', write: '.*', read: '^open' })
    assert.ok(broker.running instanceof Lapine)
    const looker = new HttpApi(broker.running.httpUrl, 'looker', 'p')
    assert.equal((await looker.post('/x/queues/%2F/secret/browse', {})).status, 401)
    assert.equal((await looker.post('/x/definitions/plan', {})).status, 401)
    await api.delete('/users/looker')
    await api.delete('/queues/%2F/secret')
  })

  test('tells where a message would go', async () => {
    await api.put('/exchanges/%2F/look.topic', { type: 'topic', arguments: { 'alternate-exchange': 'look.rest' } })
    await api.put('/exchanges/%2F/look.rest', { type: 'fanout' })
    await api.put('/queues/%2F/look.a', { arguments: { 'x-dead-letter-exchange': 'look.rest' } })
    await api.put('/queues/%2F/look.b', {})
    await api.post('/bindings/%2F/e/look.topic/q/look.a', { routing_key: 'a.#', arguments: {} })
    await api.post('/bindings/%2F/e/look.rest/q/look.b', { routing_key: '', arguments: {} })
    const preview = async (exchange: string, key: string) =>
      (await api.post('/x/route-preview/%2F', { exchange, routing_key: key })).body
    assert.deepEqual(await preview('look.topic', 'a.b'), {
      routed: true,
      queues: ['look.a'],
      exchanges: ['look.topic'],
      unpredictable: [],
    })
    assert.deepEqual((await preview('look.topic', 'other')).queues, ['look.b'])
    assert.deepEqual((await preview('', 'look.b')).queues, ['look.b'])
    assert.equal((await preview('', 'nowhere')).routed, false)
    assert.equal((await api.get('/queues/%2F/look.b')).body.messages, 0)
    const { bindings, queues } = (await api.get('/x/topology/%2F')).body
    assert.deepEqual(
      queues.map(({ name, dead_letter_exchange: letters }: Record<string, string>) => [name, letters]).slice(-2),
      [
        ['look.a', 'look.rest'],
        ['look.b', undefined],
      ],
    )
    assert.ok(
      bindings.some(
        ({ source, destination }: Record<string, string>) => `${source} ${destination}` === 'look.topic look.a',
      ),
    )
    for (const name of ['look.topic', 'look.rest']) await api.delete(`/exchanges/%2F/${name}`)
    for (const name of ['look.a', 'look.b']) await api.delete(`/queues/%2F/${name}`)
  })

  test('applies definitions, and gives back what there was before', async () => {
    await api.put('/policies/%2F/look', { pattern: '^x', definition: { 'max-length': 5 } })
    const { policies } = (await api.get('/definitions')).body
    const wanted = { policies: [{ ...policies[0], definition: { 'max-length': 6 } }] }
    const limit = async () => (await api.get('/policies/%2F/look')).body.definition['max-length']
    const dry = (await api.post('/x/definitions/apply?dry_run=true', wanted)).body
    assert.deepEqual([dry.applied, dry.plan.policies.change.length, await limit()], [false, 1, 5])
    const { applied, plan, rollback } = (await api.post('/x/definitions/apply', wanted)).body
    assert.deepEqual([applied, plan.policies.change[0].name, await limit()], [true, 'look', 6])
    assert.equal((await api.post('/x/definitions/apply', rollback)).status, 200)
    assert.equal(await limit(), 5)
    assert.equal((await api.post('/x/definitions/apply', { policies: [{ name: 'x' }] })).status, 400)
    await api.delete('/policies/%2F/look')
  })

  test('tells what definitions would change, and changes nothing', async () => {
    await api.put('/policies/%2F/look', { pattern: '^x', definition: { 'max-length': 5 } })
    const exported = (await api.get('/definitions')).body
    const [policy] = exported.policies
    const plan = (policies: object[], more = {}) => api.post('/x/definitions/plan', { ...exported, policies, ...more })
    const same = (await plan(exported.policies)).body
    assert.ok(Object.values(same).every((one) => (one as { create: []; change: [] }).create.length === 0))
    assert.ok(Object.values(same).every((one) => (one as { create: []; change: [] }).change.length === 0))
    const changed = (
      await plan([
        { ...policy, definition: { 'max-length': 6 } },
        { ...policy, name: 'new' },
      ])
    ).body
    assert.deepEqual(changed.policies, {
      create: [{ vhost: '/', name: 'new' }],
      change: [{ vhost: '/', name: 'look', changes: ['definition'] }],
      unchanged: 0,
    })
    const bad = await plan([], {
      queues: [{ name: 'q', vhost: 'nowhere', durable: true, auto_delete: false, arguments: {} }],
    })
    assert.equal(bad.status, 400)
    assert.equal((await api.get('/policies/%2F/look')).body.definition['max-length'], 5)
    assert.equal((await api.get('/policies/%2F/new')).status, 404)
    await api.delete('/policies/%2F/look')
  })
})
