import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { VirtualClock } from '../../src/std/virtual-clock.ts'
import { Lapine } from '../support/lapine.ts'
import { loginOf, only } from '../support/target.ts'
import type { WireClient } from '../support/wire-client.ts'
import { greet, startOk } from '../support/wire-login.ts'

const configured = only({ lapine: 'RabbitMQ has no such limit' })

const clients: WireClient[] = []

async function start(t: TestContext, lines: readonly string[] = []): Promise<Lapine> {
  const broker = await Lapine.start({ configuration: lines.join('\n'), clock: new VirtualClock() })
  t.after(async () => {
    for (const client of clients.splice(0)) client.destroy()
    await broker.stop()
  })
  return broker
}

/** Whether a login succeeds. */
async function logsIn(broker: Lapine, user: string, password: string): Promise<boolean> {
  const login = { ...loginOf(broker.url), user, password }
  const { client } = await greet(login)
  clients.push(client)
  startOk(client, login)
  return (await client.next()).name === 'connection.tune'
}

test('after ten failures within a minute not even the right password helps, for a minute', configured, async (t) => {
  const broker = await start(t)
  for (let i = 0; i < 10; i++) assert.equal(await logsIn(broker, 'guest', `wrong-${i}`), false)
  assert.equal(await logsIn(broker, 'guest', 'guest'), false)
  const last = broker.log.lines.at(-1) ?? ''
  assert.match(last, /PLAIN login refused: user 'guest' - too many failed logins from 127\.0\.0\.1 within a minute/)
  await broker.elapse(60_000)
  assert.equal(await logsIn(broker, 'guest', 'guest'), true)
})

test('a right password in between makes up for the wrong ones', configured, async (t) => {
  const broker = await start(t)
  for (let i = 0; i < 25; i++) {
    assert.equal(await logsIn(broker, 'guest', 'wrong'), false)
    if (i % 9 === 8) assert.equal(await logsIn(broker, 'guest', 'guest'), true)
  }
})

test('whoever tries many users is refused for all of them', configured, async (t) => {
  const broker = await start(t, ['lapine.login_failures_per_address = 5'])
  for (let i = 0; i < 5; i++) assert.equal(await logsIn(broker, `user-${i}`, 'x'), false)
  assert.equal(await logsIn(broker, 'guest', 'guest'), false)
})

test('the limits can be switched off', configured, async (t) => {
  const lines = ['lapine.login_failures_per_user = infinity', 'lapine.login_failures_per_address = infinity']
  const broker = await start(t, lines)
  for (let i = 0; i < 30; i++) assert.equal(await logsIn(broker, 'guest', 'wrong'), false)
  assert.equal(await logsIn(broker, 'guest', 'guest'), true)
})
