import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { withBroker } from '../support/broker.ts'
import { HttpApi } from '../support/http-api.ts'
import { Lapine } from '../support/lapine.ts'
import { only } from '../support/target.ts'
import { greet, logInWithChannel, startOk } from '../support/wire-login.ts'

const broker = withBroker()
const canary = 'canary-3f9d1c'

/** Texts that give the canary away, however it is written. */
const traces = [canary, Buffer.from(canary).toString('hex'), Buffer.from(`spy:${canary}`).toString('base64')]

/** Everything in a directory, by its path. */
function filesOf(directory: string): [path: string, bytes: Buffer][] {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => [path, readFileSync(path)])
}

test('no password is in the log, in any answer or on disk', only({ lapine: 'it reads log and disk' }), async (t) => {
  assert.ok(broker.running instanceof Lapine)
  const { httpUrl, directory } = broker.running
  const api = new HttpApi(httpUrl)
  await api.put('/users/spy', { password: canary, tags: 'administrator' })
  await api.put('/permissions/%2F/spy', { configure: '.*', write: '.*', read: '.*' })
  const client = await logInWithChannel({ ...broker.login, user: 'spy', password: canary })
  t.after(() => client.destroy())
  const { client: mistaken } = await greet(broker.login)
  t.after(() => mistaken.destroy())
  startOk(mistaken, { ...broker.login, user: 'spy', password: `${canary}x` })
  await mistaken.expect('connection.close')
  const spy = new HttpApi(httpUrl, 'spy', canary)
  await new HttpApi(httpUrl, 'spy', `${canary}x`).get('/overview')
  const answers = await Promise.all(
    ['overview', 'whoami', 'users', 'users/spy', 'definitions', 'connections', 'channels', 'nodes', 'parameters'].map(
      async (path) => [path, JSON.stringify((await spy.get(`/${path}`)).body)] as const,
    ),
  )
  await client.call(0, 'connection.update-secret', { secret: `${canary}y`, reason: 'test' })
  for (const trace of traces) {
    for (const [path, text] of answers) assert.ok(!text.includes(trace), `${trace} in ${path}`)
    assert.ok(!broker.running.log.lines.some((line) => line.includes(trace)), `${trace} in the log`)
    for (const [path, bytes] of filesOf(directory)) assert.equal(bytes.indexOf(trace), -1, `${trace} in ${path}`)
  }
  const users = filesOf(directory).some(([, bytes]) => bytes.includes('spy'))
  assert.ok(users, 'what was looked at is where users are')
})

test('names stay within the data directory, and apart', only({ lapine: 'it looks at the disk' }), async (t) => {
  assert.ok(broker.running instanceof Lapine)
  const { directory } = broker.running
  const client = await broker.wireChannel(t)
  const names = [
    '../escaped',
    '../../escaped',
    '/escaped',
    'escaped',
    'ESCAPED',
    'a\0b',
    '..\\escaped',
    'é'.repeat(127),
  ]
  for (const queue of names) {
    await client.call(1, 'queue.declare', { queue, durable: true })
    client.publish(1, { routingKey: queue }, queue, Buffer.from([0x10, 0, 2]))
  }
  for (const queue of names) {
    const { fields } = await client.call(1, 'queue.declare', { queue, passive: true })
    assert.equal(fields.messageCount, 1, queue)
  }
  for (const [path] of filesOf(directory)) assert.doesNotMatch(path.slice(directory.length), /escaped/i)
  for (const above of [join(directory, '..'), join(directory, '../..')]) {
    assert.ok(!readdirSync(above).some((name) => /escaped/i.test(name)))
  }
  for (const queue of names) await client.call(1, 'queue.delete', { queue })
})
