import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type ConfirmChannel, connect } from 'amqplib'
import { HttpApi } from '../support/http-api.ts'
import { LapineProcess } from '../support/lapine-process.ts'
import { eventually } from '../support/waiting.ts'

const COUNT = 8000

async function open(t: TestContext, broker: LapineProcess): Promise<ConfirmChannel> {
  const connection = await connect(broker.url)
  connection.on('error', () => {})
  t.after(() => connection.close().catch(() => {}))
  return connection.createConfirmChannel()
}

/** Bodies of all that waits. */
async function bodiesIn(channel: ConfirmChannel, queue: string): Promise<string[]> {
  const bodies: string[] = []
  const { messageCount } = await channel.checkQueue(queue)
  if (messageCount === 0) return bodies
  await new Promise<void>((resolve) => {
    void channel.consume(
      queue,
      (message) => {
        bodies.push(message!.content.toString())
        if (bodies.length === messageCount) resolve()
      },
      { noAck: true },
    )
  })
  return bodies
}

/** The HTTP API, found among all that the broker listens at. */
async function apiOf({ output }: LapineProcess): Promise<HttpApi> {
  for (const [, port] of output.matchAll(/started TCP listener on \S+:(\d+)/g)) {
    const api = new HttpApi(`http://127.0.0.1:${port}/api`)
    const answer = await api.get('/whoami').catch(() => undefined)
    if (answer?.body?.name === 'guest') return api
  }
  throw new Error(`no HTTP API:\n${output}`)
}

for (const verb of ['move', 'replay'] as const) {
  test(`no message is lost when the broker is killed in the middle of a ${verb}`, async (t) => {
    const broker = await LapineProcess.start()
    t.after(() => broker.stop())
    const channel = await open(t, broker)
    const letters = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'from' }
    await channel.assertQueue('from', { durable: true })
    await channel.assertQueue('to', { durable: true, arguments: letters })
    for (let n = 0; n < COUNT; n++) {
      const headers = {
        'x-death': [{ queue: 'to', reason: 'rejected', count: 1, exchange: '', 'routing-keys': ['to'] }],
      }
      channel.sendToQueue('from', Buffer.from(`m${n}`), { persistent: true, headers })
    }
    await channel.waitForConfirms()
    const api = await apiOf(broker)
    const { id } = (await api.post(`/x/queues/%2F/from/${verb}`, verb === 'move' ? { to: { queue: 'to' } } : {})).body
    await eventually(
      async () => (await api.get(`/x/jobs/${id}`)).body.done as number,
      (done) => done > 0,
      'the first messages to arrive',
    )
    await broker.kill()
    await broker.startAgain()
    const again = await open(t, broker)
    const [from, to] = [await bodiesIn(again, 'from'), await bodiesIn(again, 'to')]
    assert.ok(from.length > 0, 'it was killed too late to tell')
    assert.ok(to.length > 0)
    assert.equal(new Set([...from, ...to]).size, COUNT)
    // What is in both was on its way, which is no more than a few batches.
    assert.ok(from.length + to.length - COUNT <= 1000, `${from.length} + ${to.length}`)
  })
}

test('a paused queue is paused after kill -9, too', async (t) => {
  const broker = await LapineProcess.start()
  t.after(() => broker.stop())
  const channel = await open(t, broker)
  for (const queue of ['paused', 'resumed']) {
    await channel.assertQueue(queue, { durable: true })
    channel.sendToQueue(queue, Buffer.from('x'), { persistent: true })
  }
  await channel.waitForConfirms()
  const api = await apiOf(broker)
  for (const queue of ['paused', 'resumed']) await api.put(`/x/queues/%2F/${queue}/pause`)
  await api.put('/x/queues/%2F/resumed/resume')
  await broker.kill()
  await broker.startAgain()
  const again = await open(t, broker)
  assert.equal(await again.get('paused'), false)
  assert.notEqual(await again.get('resumed'), false)
  await (await apiOf(broker)).put('/x/queues/%2F/paused/resume')
  assert.notEqual(await again.get('paused'), false)
})
