import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { withVirtualBroker } from '../support/broker.ts'
import { differs, only, since4 } from '../support/target.ts'
import { contentBody, contentHeader, frame, method, WireClient } from '../support/wire-client.ts'
import { greet } from '../support/wire-login.ts'
import { fieldValue, long, longstr, octet, short, shortstr } from '../support/wire-values.ts'

const broker = withVirtualBroker()

/** Whatever one client did, another is served as if nothing had happened. */
async function othersAreServed(t: TestContext): Promise<void> {
  const other = await broker.wireChannel(t)
  await other.call(1, 'queue.declare', { exclusive: true })
}

const header091 = 'AMQP\x00\x00\x09\x01'
const headerPreferred = differs('protocol header for strangers', {
  lapine: 'AMQP\x03\x01\x00\x00',
  rabbitmq3: header091,
})

const answerToStrangers: [what: string, bytes: string, answer: string][] = [
  ['a protocol nobody knows', 'HELLO WORLD', headerPreferred],
  ['AMQP 0-10', 'AMQP\x01\x01\x00\x0a', headerPreferred],
  ['AMQP 1.0 behind SASL, which is not spoken here', 'AMQP\x03\x01\x00\x00', header091],
  ['a later 0-9-x', 'AMQP\x00\x00\x09\x09', header091],
  ['HTTP', 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n', headerPreferred],
  ['a TLS hello', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', headerPreferred],
]

for (const [what, bytes, answer] of answerToStrangers) {
  test(`${what} is answered with the protocol header the broker speaks, and the socket is closed`, async (t) => {
    const client = await WireClient.connect(broker.login)
    t.after(() => client.destroy())
    client.write(Buffer.from(bytes, 'latin1'))
    const came = await broker.ends(client)
    assert.equal(came.toString('hex'), Buffer.from(answer, 'latin1').toString('hex'))
    await othersAreServed(t)
  })
}

test('a client that says half a protocol header and leaves disturbs nobody', async (t) => {
  const client = await WireClient.connect(broker.login)
  client.write(Buffer.from('AMQ'))
  client.destroy()
  await othersAreServed(t)
})

test('a client that leaves in the middle of a frame disturbs nobody', async (t) => {
  const client = await broker.wireChannel(t)
  const whole = method(1, 'queue.declare', { queue: 'never-declared', exclusive: true })
  client.write(whole.subarray(0, whole.length - 5))
  client.socket.end()
  await broker.ends(client)
  await othersAreServed(t)
})

test('a frame above 8 KiB before login ends the connection', async (t) => {
  const { client } = await greet(broker.login)
  t.after(() => client.destroy())
  client.write(octet(1), short(0), long(differs('frames before login', { lapine: 8193, rabbitmq3: 4097 })))
  client.write(Buffer.alloc(100))
  await broker.ends(client)
  await othersAreServed(t)
})

test('a frame of 4 GiB before login ends the connection at its seven-byte head', async (t) => {
  const { client } = await greet(broker.login)
  t.after(() => client.destroy())
  client.write(octet(1), short(0), long(0xffffffff))
  await broker.ends(client)
  await othersAreServed(t)
})

test('a method on a channel before login ends the connection', async (t) => {
  const { client } = await greet(broker.login)
  t.after(() => client.destroy())
  client.send(1, 'channel.open')
  await broker.ends(client)
  await othersAreServed(t)
})

test('a method out of turn in the handshake ends the connection', async (t) => {
  const { client } = await greet(broker.login)
  t.after(() => client.destroy())
  client.send(0, 'connection.open', { vhost: '/' })
  await broker.ends(client)
  await othersAreServed(t)
})

/** Bytes after login with channel 1 open, and the connection.close they earn. */
const misuse: [what: string, bytes: Buffer, code: number, text: RegExp | string][] = [
  [
    'a frame larger than negotiated',
    Buffer.concat([octet(3), short(1), long(131073), Buffer.alloc(20)]),
    501,
    /^FRAME_ERROR - type 3, .*\{frame_too_large,131073,131064\}/s,
  ],
  [
    'a frame whose end octet is missing',
    Buffer.concat([octet(1), short(1), long(4), Buffer.from([0, 20, 0, 10]), octet(0)]),
    501,
    /^FRAME_ERROR - type 1, .*\{invalid_frame_end_marker,0\}/s,
  ],
  [
    'a frame of unknown type',
    frame(7, 1, Buffer.from('what')),
    501,
    'FRAME_ERROR - type 7, all octets = <<"what">>: unknown_frame',
  ],
  ['a method cut short', frame(1, 1, Buffer.from([0, 50, 0, 10, 0, 0, 5, 65])), 501, /^FRAME_ERROR - cannot decode /],
  [
    'a method frame of two bytes',
    frame(1, 1, Buffer.from([0, 50])),
    501,
    'FRAME_ERROR - type 1, all octets = <<0,50>>: unknown_frame',
  ],
  ['a header where a method is expected', contentHeader(1, 5), 505, /^UNEXPECTED_FRAME - expected method frame/],
  ['a body where a method is expected', contentBody(1, 'lost'), 505, /^UNEXPECTED_FRAME - expected method frame/],
  [
    'a method where a content header is expected',
    Buffer.concat([method(1, 'basic.publish', {}), method(1, 'queue.declare', { exclusive: true })]),
    505,
    'UNEXPECTED_FRAME - expected content header for class 60, got non content header frame instead',
  ],
  [
    'a header of another class',
    Buffer.concat([
      method(1, 'basic.publish', {}),
      frame(2, 1, Buffer.concat([short(50), short(0), Buffer.alloc(8), short(0)])),
    ]),
    505,
    'UNEXPECTED_FRAME - expected content header for class 60, got one for class 50 instead',
  ],
  [
    'a method where a body is expected',
    Buffer.concat([method(1, 'basic.publish', {}), contentHeader(1, 5), method(1, 'tx.select')]),
    505,
    'UNEXPECTED_FRAME - expected content body, got non content body frame instead',
  ],
  [
    'a name that is not UTF-8',
    frame(1, 1, Buffer.from([0, 50, 0, 10, 0, 0, 2, 0xff, 0xfe, 4, 0, 0, 0, 0])),
    501,
    'FRAME_ERROR - Malformed UTF-8 in shortstr',
  ],
  ['a heartbeat on a channel', frame(8, 1, Buffer.alloc(0)), 505, /^UNEXPECTED_FRAME - type 8, /],
  ['a second channel.open', method(1, 'channel.open'), 504, "CHANNEL_ERROR - second 'channel.open' seen"],
  [
    'a method on a channel nobody opened',
    method(9, 'basic.qos', { prefetchCount: 1 }),
    504,
    "CHANNEL_ERROR - expected 'channel.open'",
  ],
  [
    'a publish with immediate',
    Buffer.concat([method(1, 'basic.publish', { immediate: true }), contentHeader(1, 0)]),
    540,
    'NOT_IMPLEMENTED - immediate=true',
  ],
  ['a prefetch in bytes', method(1, 'basic.qos', { prefetchSize: 10 }), 540, 'NOT_IMPLEMENTED - prefetch_size!=0 (10)'],
  ['recover without requeue', method(1, 'basic.recover', { requeue: false }), 540, 'NOT_IMPLEMENTED - requeue=false'],
  [
    'recover-async without requeue',
    method(1, 'basic.recover-async', { requeue: false }),
    540,
    'NOT_IMPLEMENTED - requeue=false',
  ],
  ['asking the broker to stop', method(1, 'channel.flow', { active: false }), 540, 'NOT_IMPLEMENTED - active=false'],
  [
    'a method only the broker may send',
    method(1, 'queue.declare-ok', {}),
    503,
    'COMMAND_INVALID - unimplemented method',
  ],
]

for (const [what, bytes, code, text] of misuse) {
  test(`${what} closes the connection with ${code}`, async (t) => {
    const client = await broker.wireChannel(t)
    client.write(bytes)
    const close = await client.expect('connection.close')
    assert.equal(close.fields.code, code, String(close.fields.text))
    if (typeof text === 'string') assert.equal(close.fields.text, text)
    else assert.match(String(close.fields.text), text)
    client.send(0, 'connection.close-ok')
    await broker.ends(client)
    await othersAreServed(t)
  })
}

const bounded = only({ lapine: 'RabbitMQ takes tables of any depth' })

test('a table nested ten thousand deep is refused, and nobody else feels it', bounded, async (t) => {
  const client = await broker.wireChannel(t)
  let bomb: Buffer = Buffer.alloc(0)
  for (let depth = 0; depth < 10_000; depth++) bomb = Buffer.concat([shortstr('a'), Buffer.from('F'), longstr(bomb)])
  client.send(1, 'queue.declare', { exclusive: true, arguments: longstr(bomb) })
  const close = await client.expect('connection.close')
  assert.equal(close.fields.code, 501)
  await othersAreServed(t)
})

/** Nonsense inside a method: RabbitMQ 3 drops the socket, the others say that they cannot read it. */
const nonsense: [what: string, bytes: Buffer, code: number][] = [
  ['a method with unknown numbers', frame(1, 1, Buffer.from([0, 60, 0, 99])), 503],
  ['a method of an unknown class', frame(1, 1, Buffer.from([0, 77, 0, 10])), 503],
  [
    'an array that says it is longer than its frame',
    declareWith(Buffer.concat([shortstr('a'), Buffer.from('A'), long(0xfffffff0), fieldValue('x')])),
    501,
  ],
  ['a field of an unknown type', declareWith(Buffer.concat([shortstr('a'), Buffer.from('?'), octet(1)])), 501],
]

for (const [what, bytes, code] of nonsense) {
  test(`${what} ends its connection`, async (t) => {
    const client = await broker.wireChannel(t)
    client.write(bytes)
    const ended = await client.ending()
    assert.equal(ended?.fields.code, differs('methods that cannot be read', { lapine: code, rabbitmq3: undefined }))
    client.destroy()
    await othersAreServed(t)
  })
}

function declareWith(entries: Buffer): Buffer {
  return method(1, 'queue.declare', { exclusive: true, arguments: longstr(entries) })
}

const bodyRules = since4('bodies against their headers')

test('a body larger than its header said closes the connection with 501', bodyRules, async (t) => {
  const client = await broker.wireChannel(t)
  client.write(method(1, 'basic.publish', {}), contentHeader(1, 3), contentBody(1, 'more'))
  const close = await client.expect('connection.close')
  assert.equal(close.fields.code, 501)
  assert.equal(close.fields.text, 'FRAME_ERROR - content body frame exceeds remaining content size')
  await othersAreServed(t)
})

test('a content header whose properties end early ends its connection', async (t) => {
  const client = await broker.wireChannel(t)
  client.write(method(1, 'basic.publish', { routingKey: 'x' }), contentHeader(1, 0, short(0x8000)))
  const close = await client.expect('connection.close')
  assert.equal(close.fields.code, differs('malformed properties', { lapine: 501, rabbitmq3: 541 }))
  await othersAreServed(t)
})

test('a body announced as larger than half a gigabyte is refused before it is sent', bodyRules, async (t) => {
  const client = await broker.wireChannel(t)
  client.write(method(1, 'basic.publish', { routingKey: 'x' }), contentHeader(1, 536_870_913))
  const close = await client.expect('connection.close')
  assert.equal(close.fields.code, 501)
  assert.equal(close.fields.text, 'FRAME_ERROR - content body size 536870913 exceeds maximum allowed size 536870912')
  await othersAreServed(t)
})

test('after it closed a connection the broker ignores everything but close-ok', async (t) => {
  const client = await broker.wireChannel(t)
  client.write(
    method(1, 'channel.open'),
    method(1, 'queue.declare', { exclusive: true }),
    frame(7, 1, Buffer.from('noise')),
    method(5, 'basic.get', {}),
  )
  await client.expect('connection.close')
  client.send(0, 'connection.close-ok')
  await broker.endsSilently(client)
})

test('names with line breaks, nulls and prototype words are ordinary names', async (t) => {
  const client = await broker.wireChannel(t)
  for (const queue of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'a\0b', "quote'd", '🐇']) {
    const declared = await client.call(1, 'queue.declare', { queue, exclusive: true })
    assert.equal(declared.fields.queue, queue)
    client.send(1, 'basic.publish', { routingKey: queue })
    client.write(contentHeader(1, 0))
    client.send(1, 'basic.get', { queue, noAck: true })
    const got = await client.expect('basic.get-ok')
    assert.equal(got.fields.routingKey, queue)
    await client.next()
  }
  const stripped = await client.call(1, 'queue.declare', { queue: 'line\r\nbreak', exclusive: true })
  assert.equal(stripped.fields.queue, 'linebreak')
})
