import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { withBroker } from '../support/broker.ts'
import { type Operator, operatorOf, ownUser } from '../support/operator.ts'
import type { Session } from '../support/session.ts'
import { differs } from '../support/target.ts'

const broker = withBroker()
const all = { configure: '.*', write: '.*', read: '.*' }

/** RabbitMQ 3.10 does not say which access it refuses. */
function access(kind: string): string {
  return differs('access in refusals', { lapine: `${kind} `, rabbitmq3: '' })
}

interface Scene {
  readonly operator: Operator
  readonly user: string
  readonly session: Session
  readonly exchange: string
}

/** A user with all permissions and a topic exchange. */
async function scene(t: TestContext): Promise<Scene> {
  const operator = operatorOf(broker.running)
  const user = await ownUser(t, operator)
  await operator.setPermissions(user, broker.login.vhost, all)
  const session = await broker.open(t, { username: user, password: user })
  const exchange = await session.exchange(await session.channel(), 'topic')
  return { operator, user, session, exchange }
}

/** Publishes; answers undefined when it was confirmed, else the text of the refusal. */
async function publish(session: Session, exchange: string, key: string, cc?: string): Promise<string | undefined> {
  const channel = await session.confirmChannel()
  const headers = cc === undefined ? {} : { CC: [cc] }
  channel.publish(exchange, key, Buffer.from('x'), { headers })
  const refused = session.closureOf(channel).then(({ text }) => text)
  const outcome = await Promise.race([
    channel.waitForConfirms().then(
      () => undefined,
      () => refused,
    ),
    refused,
  ])
  if (outcome === undefined) await channel.close()
  return outcome
}

test('a routing key that topic permissions do not match is refused, and said which', async (t) => {
  const { operator, user, session, exchange } = await scene(t)
  const { vhost } = broker.login
  await operator.setTopicPermissions(user, vhost, { exchange, write: '^mine\\.', read: '^$' })
  assert.equal(await publish(session, exchange, 'mine.a'), undefined)
  assert.equal(
    await publish(session, exchange, 'yours.a'),
    `ACCESS_REFUSED - ${access('write')}access to topic 'yours.a' in exchange '${exchange}' in vhost '${vhost}' refused for user '${user}'`,
  )
})

test('keys that CC adds are judged like the message’s own', async (t) => {
  const { operator, user, session, exchange } = await scene(t)
  await operator.setTopicPermissions(user, broker.login.vhost, { exchange, write: '^mine\\.', read: '.*' })
  assert.equal(await publish(session, exchange, 'mine.a', 'mine.b'), undefined)
  const refused = await publish(session, exchange, 'mine.a', 'yours.b')
  const expected = differs('topic permission of CC', { lapine: true, rabbitmq3: false })
  assert.equal(refused?.includes("topic 'yours.b'") ?? false, expected)
})

test('binding needs read access to the routing key', async (t) => {
  const { operator, user, session, exchange } = await scene(t)
  const { vhost } = broker.login
  await operator.setTopicPermissions(user, vhost, { exchange, write: '.*', read: '^mine\\.#$' })
  const channel = await session.channel()
  const queue = await session.queue(channel)
  await channel.bindQueue(queue, exchange, 'mine.#')
  const closed = session.closureOf(channel)
  channel.bindQueue(queue, exchange, '#').catch(() => {})
  const { code, text } = await closed
  const refusal = `${access('read')}access to topic '#' in exchange '${exchange}' in vhost '${vhost}' refused for user '${user}'`
  assert.deepEqual({ code, text }, { code: 403, text: `ACCESS_REFUSED - ${refusal}` })
})

test('{username} and {vhost} stand for what they say, and for nothing more', async (t) => {
  const { operator, user, session, exchange } = await scene(t)
  const { vhost } = broker.login
  await operator.setTopicPermissions(user, vhost, { exchange, write: '^{vhost}\\.{username}\\.', read: '.*' })
  assert.equal(await publish(session, exchange, `${vhost}.${user}.a`), undefined)
  assert.match(
    (await publish(session, exchange, `${vhost}.guest.a`)) ?? '',
    /^ACCESS_REFUSED - (write )?access to topic/,
  )
})

test('other exchanges, of type topic or not, are not concerned', async (t) => {
  const { operator, user, session, exchange } = await scene(t)
  const direct = await session.exchange(await session.channel(), 'direct')
  const other = await session.exchange(await session.channel(), 'topic')
  await operator.setTopicPermissions(user, broker.login.vhost, { exchange, write: '^$', read: '^$' })
  await operator.setTopicPermissions(user, broker.login.vhost, { exchange: direct, write: '^$', read: '^$' })
  assert.equal(await publish(session, direct, 'a'), undefined)
  assert.equal(await publish(session, other, 'a'), undefined)
  assert.match((await publish(session, exchange, 'a')) ?? '', /^ACCESS_REFUSED/)
})

test('cleared topic permissions let every routing key through again', async (t) => {
  const { operator, user, session, exchange } = await scene(t)
  await operator.setTopicPermissions(user, broker.login.vhost, { exchange, write: '^$', read: '^$' })
  assert.match((await publish(session, exchange, 'a')) ?? '', /^ACCESS_REFUSED/)
  await operator.clearTopicPermissions(user, broker.login.vhost)
  assert.equal(await publish(session, exchange, 'a'), undefined)
})
