import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TestHead } from './head.fixture.ts'
import { loginBytes } from './test-client.fixture.ts'

const declare = {
  name: 'queue.declare',
  queue: 'q',
  passive: false,
  durable: false,
  exclusive: false,
  autoDelete: false,
  noWait: false,
  arguments: [],
} as const

const names = (methods: readonly { name: string }[]): string[] => methods.map(({ name }) => name)
const loginAnswers = ['connection.start', 'connection.tune', 'connection.open-ok', 'channel.open-ok']

test('a session may be cut into chunks at any byte', async () => {
  const head = new TestHead()
  const sample = head.connect()
  const bytes = Buffer.concat([
    ...loginBytes(sample),
    sample.bytes(1, { name: 'confirm.select', noWait: false }),
    sample.publishBytes(1, { body: Buffer.from('split me') }),
    sample.bytes(1, declare),
  ])
  for (let cut = 0; cut <= bytes.length; cut++) {
    const client = head.connect()
    client.write(bytes.subarray(0, cut))
    await head.settle()
    client.write(bytes.subarray(cut))
    await head.settle()
    const answers = names(client.taken()).toSorted()
    assert.deepEqual(answers, [...loginAnswers, 'confirm.select-ok', 'basic.ack', 'queue.declare-ok'].toSorted())
    assert.equal(head.fake.published.at(-1)?.body.toString(), 'split me')
    client.stream.destroy()
  }
})

test('a session may come byte by byte', async () => {
  const head = new TestHead()
  const client = head.connect()
  for (const byte of Buffer.concat(loginBytes(client))) client.write(Buffer.from([byte]))
  await head.settle()
  assert.deepEqual(names(client.taken()), loginAnswers)
})

test('wrong credentials are met with silence, then with the end', async () => {
  const head = new TestHead()
  const client = head.connect()
  for (const bytes of loginBytes(client, { password: 'wrong' })) client.write(bytes)
  await head.settle()
  assert.deepEqual(names(client.taken()), ['connection.start'])
  assert.equal(client.ended, false)
  await head.elapse(4000)
  assert.equal(client.ended, true)
  assert.ok(head.log.some((line) => line.includes("PLAIN login refused: user 'guest' - invalid credentials")))
  assert.equal(head.protocol.connectionCount, 0)
})

test('wrong credentials are told to a client that wants to know', async () => {
  const head = new TestHead()
  const client = head.connect()
  const options = { password: 'wrong', capabilities: ['authentication_failure_close'] }
  for (const bytes of loginBytes(client, options)) client.write(bytes)
  await head.settle()
  const close = client.taken().at(-1)
  assert.ok(close?.name === 'connection.close')
  assert.equal(close.replyCode, 403)
  assert.match(close.replyText, /^ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN\. /)
})

test('a client that does not log in within the handshake timeout is ended', async () => {
  const head = new TestHead({ handshakeTimeoutMilliseconds: 5000 })
  const silent = head.connect()
  const halfway = head.connect()
  for (const bytes of loginBytes(halfway).slice(0, 2)) halfway.write(bytes)
  await head.elapse(4000)
  assert.equal(silent.ended, false)
  await head.elapse(2000)
  assert.equal(silent.ended, true)
  assert.equal(halfway.ended, true)
})

test('a client that is silent for two checks of its heartbeat is ended, one that beats is not', async () => {
  const head = new TestHead()
  const silent = await head.open({ heartbeat: 10 })
  const beating = await head.open({ heartbeat: 10 })
  for (let second = 0; second < 35; second++) {
    if (second % 5 === 0) beating.write(Buffer.from([8, 0, 0, 0, 0, 0, 0, 0xce]))
    await head.elapse(1000)
    if (second < 20) assert.equal(silent.ended, false, `after ${second} s`)
  }
  assert.equal(silent.ended, true)
  assert.equal(beating.ended, false)
  assert.ok(head.log.some((line) => line.includes('missed heartbeats from client, timeout: 10s')))
})

test('an idle connection beats at half the interval', async () => {
  const head = new TestHead()
  const client = await head.open({ heartbeat: 20 })
  for (let second = 0; second < 40; second++) await head.elapse(1000)
  const beats = client.frames.filter(({ type }) => type === 8).length
  assert.ok(beats >= 2 && beats <= 4, `${beats} beats in 40 s`)
})

test('frames of a busy channel wait, those of others do not', async () => {
  const head = new TestHead()
  const client = await head.open()
  await client.call(2, { name: 'channel.open' })
  const { promise, resolve } = Promise.withResolvers<void>()
  head.fake.declaring = promise
  assert.deepEqual(await client.call(1, declare), [])
  assert.deepEqual(await client.call(1, { name: 'channel.flow', active: true }), [])
  assert.deepEqual(names(await client.call(2, { name: 'channel.flow', active: true })), ['channel.flow-ok'])
  resolve()
  await head.settle()
  assert.deepEqual(names(client.taken()), ['queue.declare-ok', 'channel.flow-ok'])
})

test('what is held for a busy channel is bounded, and all of it is carried out', async () => {
  const head = new TestHead()
  const client = await head.open()
  const { promise, resolve } = Promise.withResolvers<void>()
  head.fake.declaring = promise
  client.write(client.bytes(1, declare))
  const body = Buffer.alloc(50_000)
  for (let index = 0; index < 40; index++) client.write(client.publishBytes(1, { body }))
  await head.settle()
  assert.ok(client.stream.writableLength > 500_000, 'the head stopped reading')
  resolve()
  await head.settle()
  assert.equal(head.fake.published.length, 40)
})

test('a close is answered when what was asked before it is done', async () => {
  const head = new TestHead()
  const client = await head.open()
  const { promise, resolve } = Promise.withResolvers<void>()
  head.fake.declaring = promise
  client.write(client.bytes(1, declare))
  client.write(client.publishBytes(1, {}))
  const close = { name: 'connection.close', replyCode: 200, replyText: '', classId: 0, methodId: 0 } as const
  assert.deepEqual(await client.call(0, close), [])
  resolve()
  await head.settle()
  assert.deepEqual(names(client.taken()), ['queue.declare-ok', 'connection.close-ok'])
  assert.equal(head.fake.published.length, 1)
  assert.equal(head.fake.closedAccesses, 1)
})

test('a client that ends the stream right after its last publish is still served', async () => {
  const head = new TestHead()
  const client = await head.open()
  const { promise, resolve } = Promise.withResolvers<void>()
  head.fake.declaring = promise
  client.stream.end(Buffer.concat([client.bytes(1, declare), client.publishBytes(1, {})]))
  await head.settle()
  assert.equal(head.protocol.connectionCount, 1)
  resolve()
  await head.settle()
  assert.equal(head.fake.published.length, 1)
  assert.equal(head.protocol.connectionCount, 0)
})

test('a publisher is held up by an alarm when it publishes, and told if it can be', async () => {
  const head = new TestHead()
  const client = await head.open({ capabilities: ['connection.blocked'] })
  const ignorant = await head.open()
  head.fake.setAlarms('low on memory', 'low on disk')
  assert.deepEqual(names(await client.call(1, { name: 'channel.flow', active: true })), ['channel.flow-ok'])
  const [blocked] = await client.publish(1)
  assert.deepEqual(blocked, { name: 'connection.blocked', reason: 'low on memory & disk' })
  assert.deepEqual(await ignorant.publish(1), [])
  assert.deepEqual(await client.publish(1), [], 'nothing is read any more')
  assert.equal(head.fake.published.length, 0, 'not even the first is read to its end')
  head.fake.setAlarms()
  await head.settle()
  assert.deepEqual(names(client.taken()), ['connection.unblocked'])
  assert.deepEqual(ignorant.taken(), [])
  assert.equal(head.fake.published.length, 3)
})

test('a client that asks for more and more without reading is not listened to until it reads', async () => {
  const head = new TestHead()
  const { queue } = head.fake
  queue.polled = Buffer.alloc(100_000)
  const client = await head.open()
  client.stream.pause()
  const get = client.bytes(1, { name: 'basic.get', queue: 'q', noAck: true })
  for (let index = 0; index < 1000; index++) {
    client.write(get)
    if (index % 20 === 0) await head.settle()
  }
  await head.settle()
  assert.ok(queue.polls > 10 && queue.polls < 150, `${queue.polls} answers of 100 kB waited to be read`)
  client.stream.resume()
  await head.settle()
  while (queue.polls < 1000) await head.settle()
  assert.equal(client.taken().filter(({ name }) => name === 'basic.get-ok').length, 1000)
})

test('a bug ends the connection it happened in with 541, and no other', async () => {
  const head = new TestHead()
  const other = await head.open()
  const client = await head.open()
  head.fake.failure = new TypeError('a bug')
  const [close] = await client.publish(1)
  assert.ok(close?.name === 'connection.close')
  assert.equal(close.replyCode, 541)
  assert.equal(close.replyText, 'INTERNAL_ERROR')
  assert.ok(head.log.some((line) => line.includes('TypeError: a bug') && line.includes('connection.test.ts')))
  head.fake.failure = undefined
  await other.publish(1)
  assert.equal(head.fake.published.length, 1)
})

test('closing the head tells every client why, and waits until all are gone', async () => {
  const head = new TestHead()
  const client = await head.open()
  const stranger = head.connect()
  let closed = false
  const closing = head.protocol.close("broker forced connection closure with reason 'shutdown'").then(() => {
    closed = true
  })
  await head.settle()
  assert.equal(stranger.ended, true)
  const [close] = client.taken()
  assert.ok(close?.name === 'connection.close')
  assert.equal(close.replyText, "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'")
  assert.equal(closed, false)
  client.write(client.bytes(0, { name: 'connection.close-ok' }))
  await closing
  assert.equal(head.protocol.connectionCount, 0)
})

test('a client that does not confirm the end is ended all the same', async () => {
  const head = new TestHead()
  const client = await head.open()
  const closing = head.protocol.close('shutdown')
  await head.settle()
  await head.elapse(3000)
  await closing
  assert.equal(client.ended, true)
})

test('names that come from a client cannot forge lines of the log', async () => {
  const head = new TestHead()
  const client = head.connect()
  const [header, , ...rest] = loginBytes(client)
  client.write(header!)
  client.write(
    client.bytes(0, {
      name: 'connection.start-ok',
      clientProperties: [['connection_name', { tag: 'S', value: Buffer.from('evil\n2026 [info] all is well') }]],
      mechanism: 'PLAIN',
      response: Buffer.from('\0guest\0guest'),
      locale: 'en_US',
    }),
  )
  for (const bytes of rest) client.write(bytes)
  await head.settle()
  assert.ok(head.log.some((line) => line.includes('evil?2026 [info] all is well')))
  assert.ok(head.log.every((line) => !line.includes('\n')))
})
