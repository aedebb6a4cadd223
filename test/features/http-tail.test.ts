import assert from 'node:assert/strict'
import { before, describe, type TestContext, test } from 'node:test'
import { withVirtualBroker } from '../support/broker.ts'
import { EventReader } from '../support/event-reader.ts'
import { HttpApi } from '../support/http-api.ts'
import { Lapine } from '../support/lapine.ts'
import { operatorOf } from '../support/operator.ts'
import { only } from '../support/target.ts'
import { eventually } from '../support/waiting.ts'

const broker = withVirtualBroker()
let lapine: Lapine
let api: HttpApi

async function tail(t: TestContext, body: unknown, user = 'guest'): Promise<EventReader> {
  const reader = await EventReader.open(`${lapine.httpUrl}/x/tail`, { method: 'POST', body, user })
  t.after(() => reader.close())
  await reader.next('hello')
  return reader
}

async function scene(t: TestContext) {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const exchange = await session.exchange(channel, 'topic')
  const queue = await session.queue(channel)
  await channel.bindQueue(queue, exchange, '#')
  const publish = async (key: string, body: string, headers = {}) => {
    channel.publish(exchange, key, Buffer.from(body), { headers })
    await channel.waitForConfirms()
  }
  return { session, channel, exchange, queue, publish }
}

/** Bodies shown before the one that says `end`. */
async function shownUntilEnd(events: EventReader, kind = 'publish'): Promise<string[]> {
  await events.next(kind, ({ payload }) => payload === 'end')
  return events.events.filter(({ event }) => event === kind).map(({ data }) => data.payload as string)
}

describe('the tail', only({ lapine: 'RabbitMQ has nothing like it' }), () => {
  before(() => {
    assert.ok(broker.running instanceof Lapine)
    lapine = broker.running
    api = new HttpApi(lapine.httpUrl)
  })

  test('shows what is published and delivered, with whose it is and where it goes', async (t) => {
    const { channel, exchange, queue, publish } = await scene(t)
    const events = await tail(t, { payload_bytes_max: 3 })
    await publish('a.b', 'hello', { n: 1 })
    await channel.get(queue, { noAck: true })
    const { data: published } = await events.next('publish')
    assert.deepEqual(
      [published.exchange, published.routing_key, published.queues, published.user, published.payload],
      [exchange, 'a.b', [queue], 'guest', 'hel'],
    )
    assert.deepEqual([published.payload_bytes, published.properties.headers], [5, { n: 1 }])
    const { data: delivered } = await events.next('deliver')
    assert.deepEqual([delivered.queue, delivered.redelivered, delivered.routing_key], [queue, false, 'a.b'])
  })

  test('chooses by exchange, queue, user, key and headers, and shows a part', async (t) => {
    const { exchange, queue, publish } = await scene(t)
    const other = await scene(t)
    const filters: [filter: object, expected: string[]][] = [
      [{ exchange }, ['1', '2', '3', 'end']],
      [{ queue }, ['1', '2', '3', 'end']],
      [{ exchange, routing_key: '^b|end' }, ['2', '3', 'end']],
      [{ exchange, headers: { kind: 'x' } }, ['3', 'end']],
      [{ exchange, user: 'guest', kinds: ['publish'] }, ['1', '2', '3', 'end']],
      [{ exchange, one_in: 3 }, ['1', 'end']],
    ]
    const streams = await Promise.all(filters.map(([filter]) => tail(t, filter)))
    const nobody = await tail(t, { user: 'nobody' })
    await other.publish('a', 'elsewhere')
    await publish('a', '1')
    await publish('b', '2')
    await publish('b', '3', { kind: 'x' })
    await publish('end', 'end', { kind: 'x' })
    for (const [index, [, expected]] of filters.entries()) {
      assert.deepEqual(await shownUntilEnd(streams[index]!), expected, JSON.stringify(filters[index]))
    }
    assert.deepEqual(
      nobody.events.map(({ event }) => event),
      ['hello'],
    )
  })

  test('ends by itself, when its user loses rights, and costs nothing then', async (t) => {
    const taps = () => lapine.broker.virtualHost('/')!.taps.isOpen
    const short = await tail(t, { seconds: 10 })
    assert.equal(taps(), true)
    await lapine.elapse(10_000)
    await short.next('end')
    await short.ended
    await operatorOf(lapine).putUser('watcher', 'watcher', ['monitoring'])
    await operatorOf(lapine).setPermissions('watcher', '/', { configure: '', write: '', read: '.*' })
    const watching = await tail(t, {}, 'watcher')
    await operatorOf(lapine).setPermissions('watcher', '/', { configure: '', write: '', read: '' })
    await watching.ended
    const leaving = await tail(t, {})
    leaving.close()
    await eventually(
      async () => taps(),
      (open) => !open,
      'the tap to be closed',
    )
  })

  test('is for who may read what it shows', async (t) => {
    const operator = operatorOf(lapine)
    await operator.putUser('manager', 'manager', ['management'])
    await operator.setPermissions('manager', '/', { configure: '.*', write: '.*', read: '.*' })
    await assert.rejects(tail(t, {}, 'manager'), /401/)
    await operator.putUser('watcher', 'watcher', ['monitoring'])
    await operator.setPermissions('watcher', '/', { configure: '', write: '', read: '^open$' })
    await tail(t, { queue: 'open' }, 'watcher')
    await tail(t, { exchange: 'open' }, 'watcher')
    for (const body of [{}, { queue: 'closed' }, { queue: 'open', exchange: 'closed' }]) {
      await assert.rejects(tail(t, body, 'watcher'), /401/, JSON.stringify(body))
    }
  })

  test('is refused for what cannot be', async (t) => {
    const bad = [
      { kinds: ['return'] },
      { routing_key: '(' },
      { seconds: 901 },
      { one_in: 0 },
      { payload_bytes_max: 1e9 },
      { headers: 1 },
      { queue: 1 },
    ]
    for (const body of bad) await assert.rejects(tail(t, body), /400 \{"error":"bad_request"/, JSON.stringify(body))
    await assert.rejects(tail(t, { vhost: 'nowhere' }), /40[14]/)
  })
})

describe('the audit', only({ lapine: 'RabbitMQ has nothing like it' }), () => {
  test('lists changes and logins, done and refused, to administrators', async () => {
    await api.put('/users/audited', { password: 'secret-word', tags: 'management' })
    const audited = new HttpApi(lapine.httpUrl, 'audited', 'secret-word')
    assert.equal((await audited.put('/users/mallory', { password: 'x', tags: 'administrator' })).status, 401)
    await new HttpApi(lapine.httpUrl, 'audited', 'wrong').get('/whoami')
    const { body } = await api.get('/x/audit')
    const of = (operation: string, user: string, outcome: string) =>
      body.find(
        (entry: Record<string, unknown>) =>
          entry.operation === operation && entry.user === user && entry.outcome === outcome,
      )
    assert.match(of('users.put', 'guest', 'done').what, /audited/)
    assert.equal(of('users.put', 'audited', 'refused').via, 'http')
    assert.ok(of('login', 'audited', 'refused').reason.length > 0)
    assert.ok(of('login', 'audited', 'done'))
    assert.ok(!JSON.stringify(body).includes('secret-word'))
    const chosen = (await api.get('/x/audit?operation=users.put&outcome=refused&page=1')).body
    assert.ok(chosen.items.every(({ operation }: { operation: string }) => operation === 'users.put'))
    assert.equal((await audited.get('/x/audit')).status, 401)
  })
})
