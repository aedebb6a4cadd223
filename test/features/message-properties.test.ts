import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withBroker } from '../support/broker.ts'
import { publish } from '../support/inbox.ts'
import type { WireClient } from '../support/wire-client.ts'
import { fieldValue, long, longlong, longstr, octet, short, shortstr } from '../support/wire-values.ts'

const broker = withBroker()

/** Sends content with exactly these property bytes through a queue; answers the bytes that come out. */
async function throughAQueue(client: WireClient, properties: Buffer): Promise<Buffer> {
  const declared = await client.call(1, 'queue.declare', { exclusive: true })
  const queue = declared.fields.queue as string
  client.publish(1, { routingKey: queue }, 'body', properties)
  client.send(1, 'basic.get', { queue, noAck: true })
  await client.expect('basic.get-ok')
  const header = await client.next()
  assert.equal(header.type, 2)
  assert.equal((await client.next()).payload.toString(), 'body')
  return header.payload.subarray(12)
}

/** Bytes of a double. */
function double(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleBE(value)
  return bytes
}

function float(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatBE(value)
  return bytes
}

const tagged = (tag: string, ...bytes: Buffer[]) => Buffer.concat([Buffer.from(tag), ...bytes])
const inner = Buffer.concat([shortstr('deep'), tagged('S', longstr('down'))])

const fieldTypes: [what: string, field: Buffer][] = [
  ['t, true', tagged('t', octet(1))],
  ['t, false', tagged('t', octet(0))],
  ['b, signed 8 bits', tagged('b', octet(0x80))],
  ['B, unsigned 8 bits', tagged('B', octet(0xff))],
  ['s, signed 16 bits', tagged('s', short(0x8001))],
  ['u, unsigned 16 bits', tagged('u', short(0xfffe))],
  ['I, signed 32 bits', tagged('I', long(0x80000001))],
  ['i, unsigned 32 bits', tagged('i', long(0xfffffffe))],
  ['l, signed 64 bits', tagged('l', longlong(-9007199254740993n))],
  ['f, a float', tagged('f', float(1.5))],
  ['d, a double', tagged('d', double(Math.PI))],
  ['D, a decimal', tagged('D', octet(2), long(314))],
  ['S, a text', tagged('S', longstr('tëxt 🐇'))],
  ['S, no text', tagged('S', longstr(''))],
  ['T, a time', tagged('T', longlong(1_700_000_000n))],
  ['F, a table', tagged('F', longstr(inner))],
  ['F, an empty table', tagged('F', longstr(''))],
  [
    'A, an array of different things',
    tagged('A', longstr(Buffer.concat([fieldValue('a'), fieldValue(7), fieldValue(null)]))),
  ],
  ['A, an empty array', tagged('A', longstr(''))],
  ['x, bytes', tagged('x', longstr(Buffer.from([0, 1, 2, 255])))],
  ['V, nothing', tagged('V')],
]

for (const [what, field] of fieldTypes) {
  test(`a header of type ${what} comes out bit for bit as it went in`, async (t) => {
    const client = await broker.wireChannel(t)
    const properties = Buffer.concat([short(0x2000), longstr(Buffer.concat([shortstr('key'), field]))])
    assert.deepEqual(await throughAQueue(client, properties), properties)
  })
}

test('many headers keep their order, twins and odd names', async (t) => {
  const client = await broker.wireChannel(t)
  const names = ['b', 'a', 'a', '', '__proto__', 'ü', 'x'.repeat(255)]
  const entries = Buffer.concat(names.flatMap((name, index) => [shortstr(name), fieldValue(index)]))
  const properties = Buffer.concat([short(0x2000), longstr(entries)])
  assert.deepEqual(await throughAQueue(client, properties), properties)
})

test('every property comes out as it went in', async (t) => {
  const client = await broker.wireChannel(t)
  const properties = Buffer.concat([
    short(0xfffc),
    shortstr('application/json'),
    shortstr('gzip'),
    longstr(inner),
    octet(2),
    octet(9),
    shortstr('correlation'),
    shortstr('reply.queue'),
    shortstr('60000'),
    shortstr('message-1'),
    longlong(1_700_000_000n),
    shortstr('kind'),
    shortstr(broker.login.user),
    shortstr('app'),
    shortstr('cluster'),
  ])
  assert.deepEqual(await throughAQueue(client, properties), properties)
})

test('no properties come out as no properties', async (t) => {
  const client = await broker.wireChannel(t)
  assert.deepEqual(await throughAQueue(client, short(0)), short(0))
})

test('a client library reads back what it wrote', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel)
  const headers = {
    text: 'x',
    number: 5,
    big: 5_000_000_000,
    fraction: 0.5,
    yes: true,
    list: [1, 'two'],
    table: { a: 1 },
  }
  await publish(channel, {
    key: queue,
    body: 'x',
    options: { headers, timestamp: 1_700_000_000, type: 'kind', appId: 'me' },
  })
  const message = await channel.get(queue, { noAck: true })
  assert.ok(message)
  assert.deepEqual({ ...message.properties.headers, table: { ...message.properties.headers?.table } }, headers)
  assert.equal(message.properties.timestamp, 1_700_000_000)
  assert.equal(message.properties.type, 'kind')
  assert.equal(message.properties.appId, 'me')
  assert.equal(message.properties.deliveryMode, undefined)
})
