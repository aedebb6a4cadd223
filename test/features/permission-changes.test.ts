import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withBroker } from '../support/broker.ts'
import { operatorOf, ownUser, ownVhost } from '../support/operator.ts'
import { refusal } from '../support/session.ts'
import { differs, only } from '../support/target.ts'
import { logIn, logInWithChannel, refusedOpen } from '../support/wire-login.ts'

const broker = withBroker()
/** RabbitMQ 3.10 does not say which access it refuses. */
const configure = differs('access in refusals', { lapine: 'configure ', rabbitmq3: '' })
const all = { configure: '.*', write: '.*', read: '.*' }

test('a user without permissions may not enter a virtual host', async (t) => {
  const operator = operatorOf(broker.running)
  const user = await ownUser(t, operator)
  const vhost = await ownVhost(t, operator)
  const { code, text } = await refusedOpen({ ...broker.login, user, password: user, vhost })
  assert.equal(code, 530)
  assert.equal(text, `NOT_ALLOWED - access to vhost '${vhost}' refused for user '${user}'`)
})

test('a permission that is taken away counts for new channels of open connections', async (t) => {
  const operator = operatorOf(broker.running)
  const user = await ownUser(t, operator)
  const vhost = await ownVhost(t, operator)
  await operator.setPermissions(user, vhost, all)
  const session = await broker.open(t, { username: user, password: user, vhost })
  const channel = await session.channel()
  await channel.assertQueue('allowed', { durable: true })
  await operator.setPermissions(user, vhost, { ...all, configure: '^other' })
  const { code, text } = await refusal((await session.channel()).assertQueue('refused', { durable: true }))
  assert.equal(code, 403)
  assert.equal(
    text,
    `ACCESS_REFUSED - ${configure}access to queue 'refused' in vhost '${vhost}' refused for user '${user}'`,
  )
})

test(
  'a publisher is refused from the message after its permission was taken away',
  only({
    lapine: 'RabbitMQ remembers what a channel may do until the channel is closed',
  }),
  async (t) => {
    const operator = operatorOf(broker.running)
    const user = await ownUser(t, operator)
    const vhost = await ownVhost(t, operator)
    await operator.setPermissions(user, vhost, all)
    const session = await broker.open(t, { username: user, password: user, vhost })
    const channel = await session.confirmChannel()
    channel.publish('amq.topic', 'key', Buffer.from('x'))
    await channel.waitForConfirms()
    await operator.clearPermissions(user, vhost)
    const closed = session.closureOf(channel)
    channel.publish('amq.topic', 'key', Buffer.from('x'))
    const { text } = await closed
    assert.equal(
      text,
      `ACCESS_REFUSED - write access to exchange 'amq.topic' in vhost '${vhost}' refused for user '${user}'`,
    )
  },
)

test('the connections of a user who is deleted are closed', async (t) => {
  const operator = operatorOf(broker.running)
  const user = await ownUser(t, operator)
  const vhost = await ownVhost(t, operator)
  await operator.setPermissions(user, vhost, all)
  const client = await logIn({ ...broker.login, user, password: user, vhost })
  t.after(() => client.destroy())
  await operator.deleteUser(user)
  const { code, text } = (await client.expect('connection.close')).fields
  assert.deepEqual({ code, text }, { code: 320, text: `CONNECTION_FORCED - user '${user}' is deleted` })
  const failed = await refusal(broker.open(t, { username: user, password: user, vhost }))
  assert.match(failed.text, /ACCESS_REFUSED - Login was refused/)
})

test('the connections to a virtual host that is deleted are closed, and nothing of it is left', async (t) => {
  const operator = operatorOf(broker.running)
  const vhost = await ownVhost(t, operator)
  const client = await logInWithChannel({ ...broker.login, vhost })
  t.after(() => client.destroy())
  await client.call(1, 'queue.declare', { queue: 'kept', durable: true })
  await operator.deleteVhost(vhost)
  const { code, text } = (await client.expect('connection.close')).fields
  assert.equal(code, 320)
  assert.match(String(text), new RegExp(`^CONNECTION_FORCED - vhost '${vhost}' is (deleted|down)$`))
  const gone = await refusedOpen({ ...broker.login, vhost })
  assert.equal(gone.text, `NOT_ALLOWED - vhost ${vhost} not found`)
  await operator.putVhost(vhost)
  await operator.setPermissions('guest', vhost, all)
  const again = await (await broker.open(t, { vhost })).channel()
  const missing = await refusal(again.checkQueue('kept'))
  assert.equal(missing.code, 404)
})

test('a virtual host is born with the standard exchanges', async (t) => {
  const operator = operatorOf(broker.running)
  const vhost = await ownVhost(t, operator)
  const channel = await (await broker.open(t, { vhost })).channel()
  for (const name of ['amq.direct', 'amq.fanout', 'amq.topic', 'amq.headers', 'amq.match', 'amq.rabbitmq.trace']) {
    await channel.checkExchange(name)
  }
})

test(
  'a user who may read nothing of a queue cannot declare it passively',
  only({
    lapine: 'RabbitMQ asks for no permission before 4.3.1',
  }),
  async (t) => {
    const operator = operatorOf(broker.running)
    const user = await ownUser(t, operator)
    const vhost = await ownVhost(t, operator)
    await operator.setPermissions(user, vhost, { configure: '', write: '', read: '' })
    await (await (await broker.open(t, { vhost })).channel()).assertQueue('secret', { durable: true })
    const channel = await (await broker.open(t, { username: user, password: user, vhost })).channel()
    const { text } = await refusal(channel.checkQueue('secret'))
    assert.equal(text, `ACCESS_REFUSED - read access to queue 'secret' in vhost '${vhost}' refused for user '${user}'`)
  },
)

const revoking = only({ lapine: 'RabbitMQ lets a consumer go on until its connection gets a new secret' })

test('a consumer whose queue its user may not read any more is cancelled', revoking, async (t) => {
  const operator = operatorOf(broker.running)
  const user = await ownUser(t, operator)
  const vhost = await ownVhost(t, operator)
  await operator.setPermissions(user, vhost, all)
  const client = await logInWithChannel({ ...broker.login, user, password: user, vhost })
  t.after(() => client.destroy())
  for (const queue of ['kept', 'lost']) {
    await client.call(1, 'queue.declare', { queue, durable: true })
    await client.call(1, 'basic.consume', { queue, tag: queue })
  }
  await operator.setPermissions(user, vhost, { ...all, read: '^kept$' })
  assert.equal((await client.expect('basic.cancel')).fields.tag, 'lost')
  const publisher = await (await broker.open(t, { vhost })).confirmChannel()
  for (const queue of ['lost', 'kept']) publisher.sendToQueue(queue, Buffer.from(queue))
  await publisher.waitForConfirms()
  assert.equal((await client.expect('basic.deliver')).fields.tag, 'kept')
  assert.equal((await publisher.checkQueue('lost')).messageCount, 1)
})
