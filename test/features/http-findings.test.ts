import assert from 'node:assert/strict'
import { before, describe, type TestContext, test } from 'node:test'
import { withVirtualBroker } from '../support/broker.ts'
import { HttpApi } from '../support/http-api.ts'
import { Lapine } from '../support/lapine.ts'
import { operatorOf } from '../support/operator.ts'
import { only } from '../support/target.ts'

const broker = withVirtualBroker({ configuration: 'loopback_users = none' })
let lapine: Lapine
let api: HttpApi

interface Finding {
  readonly rule: string
  readonly severity: string
  readonly text: string
  readonly fix: string
  readonly name?: string
  readonly values?: Readonly<Record<string, number>>
}

/** What is found after the last look was long enough ago. */
async function findings(who = api): Promise<readonly Finding[]> {
  await lapine.elapse(6000)
  return (await who.get('/x/findings')).body.findings
}

async function found(rule: string, name: string): Promise<Finding> {
  const all = await findings()
  const one = all.find((finding) => finding.rule === rule && (finding.name === name || finding.text.includes(name)))
  assert.ok(one !== undefined, `${rule} of ${name} is not among ${JSON.stringify(all.map(({ rule: of }) => of))}`)
  assert.ok(one.fix.length > 5)
  return one
}

async function absent(rule: string, name: string): Promise<void> {
  const all = await findings()
  assert.ok(!all.some((finding) => finding.rule === rule && finding.text.includes(name)))
}

/** A queue with its channel, and how to fill it. */
async function aQueue(t: TestContext, options = {}) {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel, { durable: true, ...options })
  const fill = async (count: number) => {
    for (let n = 0; n < count; n++) channel.sendToQueue(queue, Buffer.from('x'))
    await channel.waitForConfirms()
  }
  return { session, channel, queue, fill }
}

describe('findings', only({ lapine: 'RabbitMQ has nothing like it' }), () => {
  before(() => {
    assert.ok(broker.running instanceof Lapine)
    lapine = broker.running
    api = new HttpApi(lapine.httpUrl)
  })

  test('tell of messages nobody waits for, until somebody does', async (t) => {
    const { channel, queue, fill } = await aQueue(t)
    await absent('queue_without_consumer', queue)
    await fill(3)
    const finding = await found('queue_without_consumer', queue)
    assert.equal(finding.text, `Queue '${queue}' has 3 messages and no consumer.`)
    await channel.consume(queue, () => {})
    await absent('queue_without_consumer', queue)
  })

  test('tell of a queue that grows for more than five minutes, and when it will be full', async (t) => {
    const { queue, fill } = await aQueue(t, { maxLength: 1000 })
    for (let look = 0; look < 60; look++) {
      await fill(1)
      await api.get('/x/findings')
      await lapine.elapse(6000)
    }
    await fill(1)
    const { values } = await found('queue_growing', queue)
    assert.ok(Math.abs(values!.rate! - 1 / 6) < 0.02, String(values!.rate))
    assert.ok(values!.seconds_to_limit! > 5000 && values!.seconds_to_limit! < 6500)
    await absent('queue_growing', queue)
  })

  test('tell of a consumer that has taken all it may and settles nothing', async (t) => {
    const { channel, queue, fill } = await aQueue(t)
    await channel.prefetch(2)
    await channel.consume(queue, () => {})
    await fill(5)
    await absent('consumer_stuck', queue)
    await lapine.elapse(60_000)
    await found('consumer_stuck', queue)
    channel.ackAll()
    await fill(0)
    await absent('consumer_stuck', queue)
  })

  test('tell of messages that go round in circles', async (t) => {
    const { channel, queue, fill } = await aQueue(t)
    await fill(1)
    await findings()
    let rounds = 0
    const round = new Promise<void>((resolve, reject) => {
      channel
        .consume(queue, (message) => {
          if (++rounds > 20) resolve()
          else channel.nack(message!)
        })
        .catch(reject)
    })
    await round
    await found('redelivery_loop', queue)
  })

  test('tell of dead letters, of messages that reach nobody, and of queues that are nearly full', async (t) => {
    const { session, channel, queue, fill } = await aQueue(t, { maxLength: 10 })
    const exchange = await session.exchange(channel, 'fanout', { durable: true })
    await findings()
    await fill(12)
    channel.publish(exchange, '', Buffer.from('lost'))
    await fill(0)
    const all = await findings()
    for (const rule of ['dead_letters_rising', 'queue_length_limit']) {
      assert.ok(
        all.some((finding) => finding.rule === rule && finding.name === queue),
        rule,
      )
    }
    assert.ok(all.some(({ rule }) => rule === 'unroutable'))
    const unbound = all.find((finding) => finding.rule === 'exchange_without_bindings' && finding.name === exchange)
    assert.equal(unbound?.severity, 'warning')
    await absent('dead_letters_rising', queue)
  })

  test('tell of policies that apply to nothing, and why', async (t) => {
    const { queue } = await aQueue(t)
    await api.put('/policies/%2F/strong', { pattern: `^${queue}$`, definition: { 'max-length': 9 }, priority: 5 })
    await api.put('/policies/%2F/weak', { pattern: '^feature', definition: { 'max-length': 9 }, 'apply-to': 'queues' })
    await api.put('/policies/%2F/vain', { pattern: '^nothing$', definition: { 'max-length': 9 } })
    await found('policy_matches_nothing', 'vain')
    await api.delete('/policies/%2F/strong')
    for (const name of ['weak', 'vain']) await api.delete(`/policies/%2F/${name}`)
  })

  test('tell of churn, of leaking channels, of blocked connections and of alarms', async (t) => {
    const session = await broker.open(t)
    await findings()
    for (let n = 0; n < 101; n++) await session.channel()
    const all = await findings()
    for (const rule of ['channel_leak', 'channel_churn']) {
      assert.ok(
        all.some((finding) => finding.rule === rule),
        rule,
      )
    }
    lapine.broker.raiseAlarm('test', 'low on disk')
    t.after(() => lapine.broker.clearAlarm('test'))
    await found('default_password', 'guest')
    const alarm = await found('alarm', 'low on disk')
    assert.equal(alarm.severity, 'critical')
    assert.equal((await api.get('/x/findings')).body.findings[0].rule, 'alarm')
  })

  test('tell each user what it may see', async (t) => {
    const operator = operatorOf(lapine)
    await operator.putUser('manager', 'manager', ['management'])
    const manager = new HttpApi(lapine.httpUrl, 'manager', 'manager')
    const { queue, fill } = await aQueue(t)
    await fill(1)
    assert.deepEqual(await findings(manager), [])
    await operator.setPermissions('manager', '/', { configure: '', write: '', read: '' })
    assert.ok((await findings(manager)).some(({ name }) => name === queue))
    assert.equal((await manager.get('/x/doctor')).status, 401)
  })

  test('come with what the doctor examined', async () => {
    const { status, checks, findings: all, counts } = (await api.get('/x/doctor')).body
    const names = checks.map(({ name }: { name: string }) => name)
    for (const name of ['open_files', 'disk', 'sync', 'memory', 'clock', 'listeners', 'configuration']) {
      assert.ok(names.includes(name), name)
    }
    assert.ok(['ok', 'warning', 'error'].includes(status))
    assert.ok(checks.find(({ name }: { name: string }) => name === 'sync').values.median > 0)
    assert.equal(all.length > 0, Object.keys(counts).length > 0)
  })
})
