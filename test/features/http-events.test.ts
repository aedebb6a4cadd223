import assert from 'node:assert/strict'
import { before, describe, type TestContext, test } from 'node:test'
import { withVirtualBroker } from '../support/broker.ts'
import { EventReader, type EventRequest } from '../support/event-reader.ts'
import { HttpApi } from '../support/http-api.ts'
import { Lapine } from '../support/lapine.ts'
import { operatorOf } from '../support/operator.ts'
import { only } from '../support/target.ts'
import { eventually } from '../support/waiting.ts'

const broker = withVirtualBroker()
let lapine: Lapine
let api: HttpApi

async function listen(t: TestContext, query = '', request: EventRequest = {}): Promise<EventReader> {
  const reader = await EventReader.open(`${lapine.httpUrl}/x/events${query}`, request)
  t.after(() => reader.close())
  await reader.next('hello')
  return reader
}

/** Lets a second pass, and waits for what it brings. */
async function aSecond(): Promise<void> {
  await lapine.elapse(1000)
}

describe('live events', only({ lapine: 'RabbitMQ has nothing like it' }), () => {
  before(async () => {
    assert.ok(broker.running instanceof Lapine)
    lapine = broker.running
    api = new HttpApi(lapine.httpUrl)
    const operator = operatorOf(lapine)
    await api.put('/vhosts/closed', {})
    await operator.putUser('manager', 'manager', ['management'])
    await operator.setPermissions('manager', '/', { configure: '.*', write: '.*', read: '.*' })
  })

  test('tell the figures of the broker each second, with rates over that second', async (t) => {
    const session = await broker.open(t)
    const channel = await session.confirmChannel()
    const queue = await session.queue(channel)
    const events = await listen(t, '?topics=overview')
    for (let n = 0; n < 10; n++) channel.sendToQueue(queue, Buffer.from('x'))
    await channel.waitForConfirms()
    await aSecond()
    const { data } = await events.next('overview', ({ rates }) => rates.publish === 10)
    assert.equal(data.messages_ready, 10)
    assert.equal(data.rates.confirm, 10)
    assert.equal(data.counts.publish, 10)
    assert.equal(data.connections, 1)
    assert.ok(data.node.mem_used > 0 && data.node.mem_limit > 0 && data.node.event_loop_delay >= 0)
    await aSecond()
    await events.next('overview', ({ rates, time }) => rates.publish === 0 && time > data.time)
  })

  test('tell of the queues that were asked for, and only when something about them changes', async (t) => {
    const session = await broker.open(t)
    const channel = await session.confirmChannel()
    const [queue, other] = [await session.queue(channel), await session.queue(channel)]
    const events = await listen(t, `?topics=queues&vhost=/&queues=${encodeURIComponent(JSON.stringify([queue]))}`)
    const first = await events.next('queues')
    assert.deepEqual(
      first.data.map(({ name, messages }: Record<string, unknown>) => [name, messages]),
      [[queue, 0]],
    )
    for (const one of [queue, other]) channel.sendToQueue(one, Buffer.from('x'))
    await channel.waitForConfirms()
    await aSecond()
    const changed = await events.next('queues', ([row]) => row.messages === 1)
    assert.equal(changed.data[0].rates.publish, 1)
    await aSecond()
    await events.next('queues', ([row]) => row.messages === 1 && row.rates.publish === 0)
    const told = events.events.length
    for (let n = 0; n < 5; n++) await aSecond()
    await channel.deleteQueue(queue)
    await aSecond()
    const last = await events.next('queues', ([row]) => row.state === 'deleted')
    assert.equal(last.data[0].name, queue)
    // Nothing was told between.
    assert.equal(events.events.length, told + 1)
  })

  test('take names from a body, where there are too many for a URL', async (t) => {
    const queues = Array.from({ length: 1000 }, (_, n) => ({ vhost: '/', name: `${'n'.repeat(200)}${n}` }))
    const events = await listen(t, '', { method: 'POST', body: { topics: ['queues'], queues } })
    assert.equal((await events.next('queues')).data.length, 1000)
  })

  test('tell what is declared, bound and deleted, by whom, and who comes and goes', async (t) => {
    const events = await listen(t, '?topics=topology,connections')
    const session = await broker.open(t)
    const channel = await session.channel()
    const queue = await session.queue(channel)
    const created = await events.next('topology', ({ event, name }) => event === 'queue.created' && name === queue)
    assert.equal(created.data.user_who_performed_action, 'guest')
    await channel.bindQueue(queue, 'amq.topic', 'a.b')
    await events.next('topology', ({ event, routing_key }) => event === 'binding.created' && routing_key === 'a.b')
    const connected = await events.next('connections', ({ event }) => event === 'connection.created')
    assert.equal(connected.data.user, 'guest')
    await channel.consume(queue, () => {})
    await events.next('connections', ({ event, queue: of }) => event === 'consumer.created' && of === queue)
  })

  test('tell of alarms, and which there are to begin with', async (t) => {
    const events = await listen(t, '?topics=alarms')
    assert.deepEqual((await events.next('alarms')).data, [])
    lapine.broker.raiseAlarm('test', 'low on memory')
    t.after(() => lapine.broker.clearAlarm('test'))
    assert.deepEqual((await events.next('alarms', ({ length }) => length > 0)).data, ['low on memory'])
  })

  test('tell a user only of what it may see', async (t) => {
    const events = await listen(t, '', { user: 'manager' })
    await api.put('/queues/closed/secret', {})
    await api.put('/queues/%2F/open', {})
    await api.put('/users/other', { password: 'x', tags: '' })
    await api.put('/policies/closed/p', { pattern: '^x', definition: { 'max-length': 1 } })
    const session = await broker.open(t)
    await session.queue(await session.channel())
    await events.next('topology', ({ name }) => name === 'open')
    await aSecond()
    const overview = (await events.next('overview', ({ queues }) => queues === 2)).data
    assert.equal(overview.node, undefined)
    const told = JSON.stringify(events.events)
    for (const hidden of ['secret', 'closed', 'user.', 'policy.', 'connection.']) {
      assert.ok(!told.includes(hidden), hidden)
    }
    await assert.rejects(listen(t, '?vhost=closed&queues=["secret"]', { user: 'manager' }), /401/)
    await api.delete('/queues/%2F/open')
  })

  test('end for a user whose rights change', async (t) => {
    const operator = operatorOf(lapine)
    await operator.putUser('fleeting', 'fleeting', ['management'])
    const changes: (() => Promise<unknown>)[] = [
      () => api.put('/permissions/%2F/fleeting', { configure: '', write: '', read: '' }),
      () => api.put('/users/fleeting', { password: 'fleeting', tags: 'management' }),
      () => api.delete('/users/fleeting'),
    ]
    const unconcerned = await listen(t)
    for (const change of changes) {
      const events = await listen(t, '', { user: 'fleeting' })
      await change()
      await events.ended
    }
    await aSecond()
    await unconcerned.next('overview')
  })

  test('go on for a client that comes back where it left them', async (t) => {
    const first = await listen(t, '?topics=topology')
    await api.put('/queues/%2F/before', {})
    const { id } = await first.next('topology', ({ name }) => name === 'before')
    first.close()
    await api.put('/queues/%2F/meanwhile', {})
    const headers = { 'last-event-id': id! }
    const again = await listen(t, '?topics=topology', { headers })
    assert.equal((await again.next('hello')).data.resumed, true)
    await again.next('topology', ({ name }) => name === 'meanwhile')
    assert.ok(!again.events.some(({ data }) => data.name === 'before'))
    const stranger = await listen(t, '', { headers: { 'last-event-id': 'elsewhere-7' } })
    assert.equal((await stranger.next('hello')).data.resumed, false)
    for (const name of ['before', 'meanwhile']) await api.delete(`/queues/%2F/${name}`)
  })

  test('are refused for what nobody can be told', async (t) => {
    for (const query of ['?topics=weather', '?queues=q', '?queues=[1]&vhost=/', '?queues=["q"]']) {
      await assert.rejects(listen(t, query), /400 \{"error":"bad_request"/, query)
    }
    const many = Array.from({ length: 1001 }, (_, n) => ({ vhost: '/', name: `q${n}` }))
    await assert.rejects(listen(t, '', { method: 'POST', body: { queues: many } }), /400/)
    await assert.rejects(listen(t, '?vhost=nowhere&queues=["q"]', { user: 'manager' }), /401/)
  })

  test('stay while there is nothing to tell, with a sign of life now and then', async (t) => {
    const events = await listen(t, '?topics=topology')
    for (let n = 0; n < 40; n++) await lapine.elapse(15_000)
    await api.put('/queues/%2F/late', {})
    await events.next('topology', ({ name }) => name === 'late')
    await api.delete('/queues/%2F/late')
  })

  test('cost nothing when nobody listens', async (t) => {
    const isHeard = () => {
      let heard = false
      lapine.broker.events.emit('queue.created', () => {
        heard = true
        return {}
      })
      return heard
    }
    const events = await listen(t)
    assert.equal(isHeard(), true)
    events.close()
    await eventually(
      async () => {
        await lapine.elapse(60_000)
        return isHeard()
      },
      (heard) => !heard,
      'the last listener to be forgotten',
    )
  })

  test('are not begun by those who only ask whether they are there', async () => {
    const answer = await api.ask('HEAD', '/x/events')
    assert.equal(answer.status, 200)
  })
})
