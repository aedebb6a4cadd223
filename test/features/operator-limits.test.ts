import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { withBroker } from '../support/broker.ts'
import { Lapine } from '../support/lapine.ts'
import { type Operator, operatorOf, ownUser, ownVhost } from '../support/operator.ts'
import { refusal } from '../support/session.ts'
import { loginOf, only } from '../support/target.ts'
import { eventually } from '../support/waiting.ts'
import { logIn, refusedOpen } from '../support/wire-login.ts'

const broker = withBroker()
const all = { configure: '.*', write: '.*', read: '.*' }

async function scene(t: TestContext): Promise<{ operator: Operator; vhost: string; user: string }> {
  const operator = operatorOf(broker.running)
  const vhost = await ownVhost(t, operator)
  const user = await ownUser(t, operator)
  await operator.setPermissions(user, vhost, all)
  return { operator, vhost, user }
}

test('a virtual host has as many queues as it may have', async (t) => {
  const { operator, vhost } = await scene(t)
  await operator.setVhostLimit(vhost, 'max-queues', 2)
  const session = await broker.open(t, { vhost })
  const channel = await session.channel()
  await channel.assertQueue('a', { durable: true })
  await channel.assertQueue('b', { exclusive: true })
  await channel.assertQueue('a', { durable: true })
  const { code, text } = await refusal(channel.assertQueue('c', { durable: true }))
  assert.equal(code, 406)
  assert.equal(text, `PRECONDITION_FAILED - cannot declare queue 'c': queue limit in vhost '${vhost}' (2) is reached`)
  await operator.setVhostLimit(vhost, 'max-queues', -1)
  await (await session.channel()).assertQueue('c', { durable: true })
})

test('a virtual host has as many connections as it may have', async (t) => {
  const { operator, vhost, user } = await scene(t)
  await operator.setVhostLimit(vhost, 'max-connections', 1)
  const login = { ...broker.login, user, password: user, vhost }
  const first = await logIn(login)
  t.after(() => first.destroy())
  const attempt = () => refusedOpen(login)
  const { code, text } = await eventually(attempt, ({ code }) => code === 530, 'the refusal')
  assert.equal(code, 530)
  assert.equal(
    text,
    `NOT_ALLOWED - access to vhost '${vhost}' refused for user '${user}': connection limit (1) is reached`,
  )
})

test('a connection that ended makes room for another', async (t) => {
  const { operator, vhost } = await scene(t)
  await operator.setVhostLimit(vhost, 'max-connections', 1)
  for (let round = 0; round < 3; round++) {
    const login = { ...broker.login, vhost }
    const client = await eventually(
      () => logIn(login).catch(() => undefined),
      (found) => found !== undefined,
      'room',
    )
    await client!.call(0, 'connection.close')
    client!.destroy()
  }
})

test('a user has as many connections as it may have', async (t) => {
  const { operator, vhost, user } = await scene(t)
  await operator.setUserLimit(user, 'max-connections', 1)
  const login = { ...broker.login, user, password: user, vhost }
  const first = await logIn(login)
  t.after(() => first.destroy())
  const { code, text } = await refusedOpen(login)
  assert.equal(code, 530)
  assert.equal(text, `NOT_ALLOWED - connection refused for user '${user}': user connection limit (1) is reached`)
})

test('a user has as many channels as it may have', async (t) => {
  const { operator, vhost, user } = await scene(t)
  await operator.setUserLimit(user, 'max-channels', 2)
  const login = { ...broker.login, user, password: user, vhost }
  const [first, second] = [await logIn(login), await logIn(login)]
  t.after(() => {
    first.destroy()
    second.destroy()
  })
  await first.call(1, 'channel.open')
  await second.call(1, 'channel.open')
  second.send(2, 'channel.open')
  const { code, text } = (await second.expect('connection.close')).fields
  assert.equal(code, 530)
  assert.match(
    String(text),
    new RegExp(
      `^NOT_ALLOWED - number of channels opened for user '${user}' has reached the maximum allowed user limit of \\(?2\\)?$`,
    ),
  )
})

test('a channel that was closed makes room for another', async (t) => {
  const { operator, vhost, user } = await scene(t)
  await operator.setUserLimit(user, 'max-channels', 1)
  const client = await logIn({ ...broker.login, user, password: user, vhost })
  t.after(() => client.destroy())
  for (let round = 0; round < 3; round++) {
    await client.call(1, 'channel.open')
    await client.call(1, 'channel.close')
  }
})

for (const [limit, value, reason] of [
  ['max-connections', 'x', 'max-connections should be a number, actually was <<"x">>'],
  ['max-nothing', 1, 'Unrecognised terms [{<<"max-nothing">>,1}] in limits'],
] as const) {
  test(`a limit of a virtual host that is none is refused: ${reason}`, async (t) => {
    const { operator, vhost } = await scene(t)
    await assert.rejects(operator.setVhostLimit(vhost, limit, value), { message: `Validation failed\n\n${reason}\n` })
  })
}

const configured = only({ lapine: 'it needs a configuration of its own' })
test('a broker has as many connections as it may have, and one more when one has gone', configured, async (t) => {
  const limited = await Lapine.start({ configuration: 'connection_max = 2' })
  const login = loginOf(limited.url)
  const clients = [await logIn(login), await logIn(login)]
  t.after(async () => {
    for (const client of clients) client.destroy()
    await limited.stop()
  })
  const text = 'NOT_ALLOWED - connection refused: node connection limit (2) is reached'
  assert.deepEqual(await refusedOpen(login), { code: 530, text })
  const [first] = clients
  await first!.call(0, 'connection.close', { code: 200, text: 'bye' })
  await first!.closed()
  clients.push(await logIn(login))
})
