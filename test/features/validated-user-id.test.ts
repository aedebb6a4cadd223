import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withBroker } from '../support/broker.ts'
import { publish } from '../support/inbox.ts'

const broker = withBroker()

test('a user-id that is the publisher arrives', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel)
  await publish(channel, { key: queue, body: 'signed', options: { userId: broker.login.user } })
  const message = await channel.get(queue, { noAck: true })
  assert.ok(message)
  assert.equal(message.properties.userId, broker.login.user)
})

test('a user-id that is somebody else closes the channel', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  channel.publish('', 'anywhere', Buffer.from('forged'), { userId: 'somebody' })
  assert.deepEqual(await session.closureOf(channel), {
    code: 406,
    text: `PRECONDITION_FAILED - user_id property set to 'somebody' but authenticated user was '${broker.login.user}'`,
    classId: 60,
    methodId: 40,
  })
})
