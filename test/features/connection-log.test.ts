import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { withVirtualBroker } from '../support/broker.ts'
import { only } from '../support/target.ts'
import { eventually } from '../support/waiting.ts'
import { frame, method, WireClient } from '../support/wire-client.ts'
import { greet, startOk, tuneOkAndOpen } from '../support/wire-login.ts'
import { long, octet, short } from '../support/wire-values.ts'

const broker = withVirtualBroker()
const logged = only({ lapine: 'it reads the log' })

/** Lines that name the client. */
function linesOf(client: WireClient): string {
  const lines = broker.running.log?.lines ?? []
  return lines.filter((line) => line.includes(`127.0.0.1:${client.localPort} ->`)).join('\n')
}

async function refused(t: TestContext, login: { user?: string; vhost?: string }): Promise<WireClient> {
  const { client } = await greet(broker.login)
  t.after(() => client.destroy())
  startOk(client, { ...broker.login, user: login.user ?? 'guest' })
  if (login.vhost !== undefined) {
    await client.expect('connection.tune')
    tuneOkAndOpen(client, broker.login, { vhost: login.vhost })
  }
  await client.expect('connection.close')
  return client
}

test('a login and its end are logged with peer, user and virtual host', logged, async (t) => {
  const client = await broker.wireChannel(t)
  await client.call(0, 'connection.close', { code: 200 })
  assert.match(linesOf(client), /info .*user 'guest' authenticated and granted access to vhost '\/'/)
})

test('a refused login is logged with peer, mechanism and user', logged, async (t) => {
  const client = await refused(t, { user: 'mallory' })
  assert.match(linesOf(client), /error [\s\S]*PLAIN login refused: user 'mallory' - invalid credentials/)
})

test('a refused virtual host is logged', logged, async (t) => {
  const client = await refused(t, { vhost: 'nowhere' })
  assert.match(linesOf(client), /error [\s\S]*vhost nowhere not found/)
})

const strangers: [what: string, bytes: Buffer, reason: RegExp][] = [
  ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n'), /HTTP/],
  ['TLS', Buffer.from('16030102000100', 'hex').fill(1, 6), /TLS/],
  ['nonsense', Buffer.from('nonsense'), /nonsense/],
]

for (const [what, bytes, reason] of strangers) {
  test(`${what} on the port is logged with peer and reason`, logged, async (t) => {
    const client = await WireClient.connect(broker.login)
    t.after(() => client.destroy())
    client.write(Buffer.concat([bytes, Buffer.alloc(8)]))
    await broker.ends(client)
    assert.match(linesOf(client), /^error /m)
    assert.match(linesOf(client), reason)
  })
}

const mistakes: [what: string, bytes: Buffer, reason: RegExp][] = [
  ['a frame that is too large', Buffer.concat([octet(1), short(1), long(200_000)]), /frame_too_large,200000/],
  ['a frame of unknown type', frame(77, 1, Buffer.from('?')), /unknown_frame/],
  ['a second channel.open', method(1, 'channel.open'), /second 'channel\.open' seen/],
]

for (const [what, bytes, reason] of mistakes) {
  test(`${what} is logged with peer and reason`, logged, async (t) => {
    const client = await broker.wireChannel(t)
    client.write(bytes)
    await client.expect('connection.close')
    assert.match(linesOf(client), /^error /m)
    assert.match(linesOf(client), reason)
  })
}

test('an error on a channel is logged with peer and reason', logged, async (t) => {
  const client = await broker.wireChannel(t)
  client.send(1, 'queue.declare', { queue: 'not-there', passive: true })
  await client.expect('channel.close')
  assert.match(linesOf(client), /no queue 'not-there' in vhost '\/'/)
})

test('a client that just goes is logged as such', logged, async (t) => {
  const client = await broker.wireChannel(t)
  client.destroy()
  await eventually(
    async () => linesOf(client),
    (lines) => /warning [\s\S]*client unexpectedly closed TCP connection/.test(lines),
    'the end to be logged',
  )
})

test('no password is ever logged', logged, async (t) => {
  const { client } = await greet(broker.login)
  t.after(() => client.destroy())
  startOk(client, { ...broker.login, password: 'canary-of-the-log' })
  await client.expect('connection.close')
  const { client: malformed } = await greet(broker.login)
  t.after(() => malformed.destroy())
  startOk(malformed, broker.login, { response: 'canary-of-the-log' })
  await broker.ends(malformed)
  assert.doesNotMatch(broker.running.log?.lines.join('\n') ?? '', /canary-of-the-log/)
})
