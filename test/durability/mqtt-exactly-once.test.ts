import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LapineProcess } from '../support/lapine-process.ts'
import { MqttWire, text, type WirePacket } from '../support/mqtt-wire.ts'

/** Where a started process speaks MQTT: the second of its listeners. */
function urlOf(lapine: LapineProcess): string {
  const ports = [...lapine.output.matchAll(/started TCP listener on 127\.0\.0\.1:(\d+)/g)].map(([, port]) => port)
  return `mqtt://127.0.0.1:${ports[1]}`
}

/** A client of MQTT 5 whose session lasts an hour; answers whether it was there. */
async function resume(t: import('node:test').TestContext, lapine: LapineProcess, id: string) {
  const client = await MqttWire.open(t, urlOf(lapine))
  client.send('10', text('MQTT'), '05', '00', '0000', '05', '1100000e10', text(id))
  const connack = await client.next()
  return { client, present: connack?.body.startsWith('01') ?? false }
}

function payloadOf(packet: WirePacket | undefined): string {
  const body = Buffer.from(packet?.body ?? '', 'hex')
  const identifierAt = 2 + body.readUInt16BE(0)
  const propertiesAt = identifierAt + 2
  return body.toString('utf8', propertiesAt + 1 + body[propertiesAt]!)
}

test('QoS 2 is exactly once through a kill at every step of it, in both directions', async (t) => {
  const lapine = await LapineProcess.start()
  t.after(() => lapine.stop())
  const restart = async () => {
    await lapine.kill()
    await lapine.startAgain()
  }
  let subscriber = (await resume(t, lapine, 'sub')).client
  subscriber.send('82', '0001', '00', text('exact'), '02')
  assert.equal((await subscriber.next())?.type, 'suback')

  // Received, and killed before PUBREL: the same PUBLISH again is no new message.
  let { client } = await resume(t, lapine, 'pub')
  const publish = (flags: string, identifier: string, payload: string) =>
    client.send(flags, text('exact'), identifier, '00', Buffer.from(payload).toString('hex'))
  publish('34', '0001', 'one')
  assert.deepEqual(await client.next(), { type: 'pubrec', flags: 0, body: '0001' })
  await restart()
  let back = await resume(t, lapine, 'pub')
  assert.equal(back.present, true)
  client = back.client
  publish('3c', '0001', 'one')
  assert.deepEqual(await client.next(), { type: 'pubrec', flags: 0, body: '0001' })
  client.send('62', '0001')
  assert.deepEqual(await client.next(), { type: 'pubcomp', flags: 0, body: '0001' })
  // Completed, and killed: the identifier is free for another message.
  await restart()
  client = (await resume(t, lapine, 'pub')).client
  publish('34', '0001', 'two')
  assert.deepEqual(await client.next(), { type: 'pubrec', flags: 0, body: '0001' })

  // Delivered, and killed before PUBREC: it comes again under its identifier.
  back = await resume(t, lapine, 'sub')
  assert.equal(back.present, true)
  subscriber = back.client
  const first = await subscriber.next()
  assert.equal(payloadOf(first), 'one')
  const second = await subscriber.next()
  assert.equal(payloadOf(second), 'two')
  await restart()
  subscriber = (await resume(t, lapine, 'sub')).client
  const again = await subscriber.next()
  assert.deepEqual([again?.body, again?.flags], [first?.body, 0xc])
  assert.equal((await subscriber.next())?.body, second?.body)
  // Acknowledged with PUBREC, and killed after PUBREL: PUBREL comes again, the message does not.
  const identifier = first!.body.slice(14, 18)
  subscriber.send('50', identifier)
  assert.deepEqual(await subscriber.next(), { type: 'pubrel', flags: 2, body: identifier })
  await restart()
  subscriber = (await resume(t, lapine, 'sub')).client
  const packets = [await subscriber.next(), await subscriber.next()]
  assert.deepEqual(packets.find((packet) => packet?.type === 'pubrel')?.body, identifier)
  assert.equal(packets.find((packet) => packet?.type === 'publish')?.body, second?.body)
  subscriber.send('70', identifier)
  subscriber.send('50', second!.body.slice(14, 18))
  assert.equal((await subscriber.next())?.type, 'pubrel')
  subscriber.send('70', second!.body.slice(14, 18))
  assert.deepEqual(await subscriber.settled(), [])
  // And nothing is left.
  subscriber.destroy()
  const last = await resume(t, lapine, 'sub')
  assert.deepEqual(await last.client.settled(), [])
})

test('what QoS 1 acknowledged is there after a kill, and so is what is retained', async (t) => {
  const lapine = await LapineProcess.start()
  t.after(() => lapine.stop())
  const subscriber = (await resume(t, lapine, 'sub')).client
  subscriber.send('82', '0001', '00', text('kept/#'), '01')
  await subscriber.next()
  subscriber.destroy()
  const publisher = (await resume(t, lapine, 'pub')).client
  for (const [first, identifier, payload] of [
    ['32', '0001', '61'],
    ['33', '0002', '62'],
    ['33', '0003', '63'],
  ] as const) {
    publisher.send(first, text(`kept/${payload}`), identifier, '00', payload)
    assert.equal((await publisher.next())?.type, 'puback')
  }
  publisher.send('33', text('kept/63'), '0004', '00')
  assert.equal((await publisher.next())?.type, 'puback')
  await lapine.kill()
  await lapine.startAgain()
  const { client, present } = await resume(t, lapine, 'sub')
  assert.equal(present, true)
  const got = [await client.next(), await client.next(), await client.next(), await client.next()]
  assert.deepEqual(got.map(payloadOf), ['a', 'b', 'c', ''])
  const other = await MqttWire.login(t, urlOf(lapine))
  other.send('82', '0001', '00', text('kept/#'), '01')
  assert.equal((await other.next())?.type, 'suback')
  const retained = await other.next()
  assert.deepEqual([payloadOf(retained), (retained?.flags ?? 0) & 1], ['b', 1])
  assert.deepEqual(await other.settled(), [])
})
