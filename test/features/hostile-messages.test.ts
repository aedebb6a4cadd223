import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withBroker } from '../support/broker.ts'
import { only } from '../support/target.ts'
import { method, type WireClient } from '../support/wire-client.ts'
import { fieldValue, long, longstr, short, shortstr } from '../support/wire-values.ts'

const broker = withBroker()
const ours = only({ lapine: 'other brokers read such headers in their own ways' })

/** Properties that are nothing but headers, from their entries as bytes. */
function headers(...entries: readonly Buffer[]): Buffer {
  return Buffer.concat([short(0x2000), longstr(Buffer.concat(entries))])
}

function entry(name: string, value: Buffer): Buffer {
  return Buffer.concat([shortstr(name), value])
}

const emptyArray = Buffer.concat([Buffer.from('A'), long(0)])

/** Publishes with confirms and waits for the answer: whoever handles the message has lived through it. */
async function send(client: WireClient, exchange: string, routingKey: string, properties: Buffer): Promise<void> {
  client.publish(1, { exchange, routingKey }, 'body', properties)
  await client.expect('basic.ack')
}

/** The message count of a queue. */
async function depthOf(client: WireClient, queue: string): Promise<number> {
  return (await client.call(1, 'queue.declare', { queue, passive: true })).fields.messageCount as number
}

test('headers named like what every object has are headers like any other', async (t) => {
  const client = await broker.wireChannel(t)
  await client.call(1, 'confirm.select')
  const { fields } = await client.call(1, 'queue.declare', { exclusive: true })
  const queue = fields.queue as string
  for (const name of ['__proto__', 'constructor', 'hasOwnProperty']) {
    const argument = Buffer.concat([entry('x-match', fieldValue('all')), entry(name, fieldValue('yes'))])
    await client.call(1, 'queue.bind', { queue, exchange: 'amq.headers', arguments: longstr(argument) })
    await send(client, 'amq.headers', '', headers(entry(name, fieldValue('yes'))))
    assert.equal(await depthOf(client, queue), 1, name)
    await send(client, 'amq.headers', '', headers(entry(name, fieldValue('no'))))
    await send(client, 'amq.headers', '', headers(entry('other', fieldValue('yes'))))
    client.send(1, 'basic.get', { queue, noAck: true })
    await client.expect('basic.get-ok')
    const content = await client.next()
    assert.ok(content.payload.includes(name), `${name} arrives with the message`)
    await client.next()
    assert.equal(await depthOf(client, queue), 0, name)
  }
  assert.equal(({} as Record<string, unknown>).yes, undefined)
})

for (const value of [emptyArray, fieldValue(false), Buffer.from('V'), Buffer.concat([Buffer.from('F'), long(0)])]) {
  const shown = String.fromCharCode(value[0]!)
  test(`a consistent-hash exchange copes with a header of type ${shown} where a text is hashed`, ours, async (t) => {
    const client = await broker.wireChannel(t)
    await client.call(1, 'confirm.select')
    const exchange = `hostile-hash-${shown}`
    const argument = longstr(entry('hash-header', fieldValue('key')))
    const options = { exchange, type: 'x-consistent-hash', autoDelete: true, arguments: argument }
    await client.call(1, 'exchange.declare', options)
    const { fields } = await client.call(1, 'queue.declare', { exclusive: true })
    await client.call(1, 'queue.bind', { queue: fields.queue as string, exchange, routingKey: '1' })
    await send(client, exchange, 'k', headers(entry('key', value)))
    await send(client, exchange, 'k', headers())
  })
}

const forgedDeaths: readonly (readonly [what: string, value: Buffer])[] = [
  ['an empty array', emptyArray],
  ['a text', fieldValue('forged')],
  ['an array of texts', Buffer.concat([Buffer.from('A'), longstr(fieldValue('forged'))])],
  ['an array of empty tables', Buffer.concat([Buffer.from('A'), longstr(Buffer.concat([Buffer.from('F'), long(0)]))])],
]

for (const [what, value] of forgedDeaths) {
  test(`a message that brings ${what} as its x-death is dead-lettered like any other`, ours, async (t) => {
    const client = await broker.wireChannel(t)
    await client.call(1, 'confirm.select')
    const { fields } = await client.call(1, 'queue.declare', { exclusive: true })
    const letters = fields.queue as string
    const argument = Buffer.concat([
      entry('x-dead-letter-exchange', fieldValue('')),
      entry('x-dead-letter-routing-key', fieldValue(letters)),
      entry('x-max-length', fieldValue(0)),
    ])
    const full = await client.call(1, 'queue.declare', { exclusive: true, arguments: longstr(argument) })
    await client.call(1, 'basic.consume', { queue: letters, noAck: true })
    client.publish(1, { routingKey: full.fields.queue as string }, 'body', headers(entry('x-death', value)))
    await client.expect('basic.deliver')
    const content = await client.next()
    assert.ok(content.payload.includes('maxlen'), 'it says why it died')
  })
}

test('a reply address that nobody gave out leads nowhere, whatever it looks like', ours, async (t) => {
  const client = await broker.wireChannel(t)
  await client.call(1, 'confirm.select')
  await client.call(1, 'basic.consume', { queue: 'amq.rabbitmq.reply-to', noAck: true })
  const forged = ['', '.', '.x', '.g1hkAA==.1', `.${'A'.repeat(200)}`, '.__proto__', '.../..', '.1.1', '.<0.1.0>']
  for (const suffix of forged) {
    const routingKey = `amq.rabbitmq.reply-to${suffix}`
    client.publish(1, { routingKey, mandatory: true }, 'forged')
    assert.equal((await client.expect('basic.return')).fields.code, 312, routingKey)
    await client.next()
    await client.next()
    await client.expect('basic.ack')
  }
})

test('a reply address cannot be bound, and so outlives no channel', ours, async (t) => {
  const asking = await broker.wireChannel(t)
  await asking.call(1, 'basic.consume', { queue: 'amq.rabbitmq.reply-to', noAck: true })
  const { fields } = await asking.call(1, 'queue.declare', { exclusive: true })
  asking.publish(
    1,
    { routingKey: fields.queue as string },
    '?',
    Buffer.concat([short(0x0200), shortstr('amq.rabbitmq.reply-to')]),
  )
  asking.send(1, 'basic.get', { queue: fields.queue as string, noAck: true })
  await asking.expect('basic.get-ok')
  const header = await asking.next()
  const address = header.payload.subarray(15, 15 + header.payload[14]!).toString()
  assert.match(address, /^amq\.rabbitmq\.reply-to\../)
  const other = await broker.wireChannel(t)
  other.write(method(1, 'queue.bind', { queue: address, exchange: 'amq.fanout', routingKey: '' }))
  const close = await other.expect('channel.close')
  assert.ok([403, 404].includes(close.fields.code as number), String(close.fields.text))
})
