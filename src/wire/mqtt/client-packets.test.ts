import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readClientPacket } from './client-packets.ts'
import { PacketError } from './packet-error.ts'
import { PacketStream } from './packet-stream.ts'
import type { ProtocolLevel } from './packet-type.ts'
import type { ClientPacket } from './packets.ts'
import { ReasonCode } from './reason-codes.ts'

/** The packets in `bytes`, which arrive in chunks of `cut`. */
function packetsIn(bytes: Buffer, level: ProtocolLevel | undefined, cut = bytes.length): ClientPacket[] {
  const stream = new PacketStream(1 << 20)
  const found: ClientPacket[] = []
  let known = level
  const handler = {
    onPacket(type: number, flags: number, buffer: Buffer, start: number, end: number) {
      const packet = readClientPacket({ type, flags, buffer, start, end }, known)
      if (packet.type === 'connect') known = packet.level
      found.push(packet)
    },
  }
  for (let at = 0; at < bytes.length; at += cut) stream.push(bytes.subarray(at, at + cut), handler)
  return found
}

/** `text` with its length, as hexadecimal. */
function text(value: string): string {
  const bytes = Buffer.from(value)
  return Buffer.concat([Buffer.of(bytes.length >> 8, bytes.length & 0xff), bytes]).toString('hex')
}

/** A packet: first byte, then what follows, with the length between. */
function packet(first: string, ...parts: string[]): Buffer {
  const body = Buffer.from(parts.join(''), 'hex')
  assert.ok(body.length < 128)
  return Buffer.concat([Buffer.from(first, 'hex'), Buffer.of(body.length), body])
}

const connect5 = packet(
  '10',
  text('MQTT'),
  '05c6001e',
  '05110000000a',
  text('c'),
  '051800000005',
  text('w/t'),
  text('gone'),
  text('u'),
  text('p'),
)
const rest5 = [
  packet('82', '0005', '030bc801', text('a/+/#'), '1e'),
  packet('a2', '0006', '00', text('a/b')),
  packet('40', '0009', '10', '00'),
  packet('62', '0009'),
  packet('c0'),
  packet('e0', '04', '051100000009'),
  packet('f0', '18', '04', '15', text('m')),
]

test('every packet of a client is read, however its bytes are cut', () => {
  const bytes = Buffer.concat([connect5, ...rest5])
  const whole = packetsIn(bytes, undefined)
  for (let cut = 1; cut < 60; cut++) assert.deepEqual(packetsIn(bytes, undefined, cut), whole)
  assert.deepEqual(whole, [
    {
      type: 'connect',
      level: 5,
      bridge: false,
      cleanStart: true,
      keepAliveSeconds: 30,
      clientIdentifier: 'c',
      will: {
        topic: 'w/t',
        payload: Buffer.from('gone'),
        qos: 0,
        retain: false,
        properties: { willDelayInterval: 5 },
      },
      userName: 'u',
      password: Buffer.from('p'),
      properties: { sessionExpiryInterval: 10 },
    },
    {
      type: 'subscribe',
      packetIdentifier: 5,
      properties: { subscriptionIdentifier: [200] },
      subscriptions: [{ filter: 'a/+/#', qos: 2, noLocal: true, retainAsPublished: true, retainHandling: 1 }],
    },
    { type: 'unsubscribe', packetIdentifier: 6, properties: {}, filters: ['a/b'] },
    { type: 'puback', packetIdentifier: 9, reasonCode: 0x10, properties: {} },
    { type: 'pubrel', packetIdentifier: 9, reasonCode: 0, properties: {} },
    { type: 'pingreq' },
    { type: 'disconnect', reasonCode: 4, properties: { sessionExpiryInterval: 9 } },
    { type: 'auth', reasonCode: 0x18, properties: { authenticationMethod: 'm' } },
  ])
})

test('what is against the rules is refused for the reason the specification has', () => {
  const { malformedPacket, protocolError, unsupportedProtocolVersion, topicFilterInvalid, topicNameInvalid } =
    ReasonCode
  const rows: [string, Buffer, ProtocolLevel | undefined, number][] = [
    ['a packet before connect', packet('c0'), undefined, protocolError],
    ['connect twice', connect5, 5, protocolError],
    ['a name that is no MQTT', packet('10', text('HTTP'), '04020000', text('')), undefined, malformedPacket],
    ['version 6', packet('10', text('MQTT'), '06020000', text('')), undefined, unsupportedProtocolVersion],
    [
      'version 3 of the wrong name',
      packet('10', text('MQTT'), '03020000', text('')),
      undefined,
      unsupportedProtocolVersion,
    ],
    ['a receive maximum of 0', packet('10', text('MQTT'), '05020000', '03210000', text('')), undefined, protocolError],
    ['the reserved flag', packet('10', text('MQTT'), '04030000', text('')), undefined, malformedPacket],
    [
      'a will of QoS 3',
      packet('10', text('MQTT'), '041e0000', text(''), text('w'), text('')),
      undefined,
      malformedPacket,
    ],
    ['flags of a will that is none', packet('10', text('MQTT'), '040a0000', text('')), undefined, malformedPacket],
    [
      'a password without a user',
      packet('10', text('MQTT'), '04420000', text(''), text('p')),
      undefined,
      malformedPacket,
    ],
    [
      'a will for a pattern',
      packet('10', text('MQTT'), '04060000', text(''), text('a/#'), text('')),
      undefined,
      topicNameInvalid,
    ],
    ['bytes behind connect', packet('10', text('MQTT'), '04020000', text('c'), '00'), undefined, malformedPacket],
    ['an identifier with U+0000', packet('10', text('MQTT'), '04020000', '000100'), undefined, malformedPacket],
    ['an identifier that is no UTF-8', packet('10', text('MQTT'), '04020000', '0002c0af'), undefined, malformedPacket],
    ['flags of pingreq', packet('c1'), 4, malformedPacket],
    ['flags of subscribe', packet('80', '0001', text('a'), '00'), 4, malformedPacket],
    ['a packet identifier 0', packet('82', '0000', text('a'), '00'), 4, protocolError],
    ['subscribe without a filter', packet('82', '0001'), 4, protocolError],
    ['unsubscribe without a filter', packet('a2', '0001'), 4, protocolError],
    ['a filter with text behind #', packet('82', '0001', text('a/#/b'), '00'), 4, topicFilterInvalid],
    ['a filter with + in a level', packet('82', '0001', text('a+/b'), '00'), 4, topicFilterInvalid],
    ['an empty filter', packet('82', '0001', text(''), '00'), 4, topicFilterInvalid],
    ['a subscription of QoS 3', packet('82', '0001', text('a'), '03'), 4, malformedPacket],
    ['options that MQTT 3 does not have', packet('82', '0001', text('a'), '04'), 4, malformedPacket],
    ['retain handling 3', packet('82', '0001', '00', text('a'), '30'), 5, protocolError],
    ['a shared subscription that is not local', packet('82', '0001', '00', text('$share/g/a'), '04'), 5, protocolError],
    ['an unknown property', packet('82', '0001', '0204ff', text('a'), '00'), 5, malformedPacket],
    ['a property of another packet', packet('82', '0001', '022401', text('a'), '00'), 5, protocolError],
    ['a property that comes twice', packet('e0', '00', '0a1100000009', '1100000009'), 5, protocolError],
    ['a subscription identifier 0', packet('82', '0001', '020b00', text('a'), '00'), 5, protocolError],
    ['a length in too many bytes', packet('82', '0001', '8000', text('a'), '00'), 5, malformedPacket],
    ['properties longer than the packet', packet('82', '0001', '7f', text('a'), '00'), 5, malformedPacket],
    ['a reason that puback cannot have', packet('40', '0001', '11', '00'), 5, protocolError],
    ['what only a server sends', packet('20', '0000'), 4, protocolError],
    ['auth before MQTT 5', packet('f0'), 4, protocolError],
    ['the type 0', packet('00'), 4, protocolError],
    ['text that ends with the packet', packet('82', '0001', '0009', '61'), 4, malformedPacket],
  ]
  for (const [what, bytes, level, reason] of rows) {
    assert.throws(
      () => packetsIn(bytes, level),
      (error) => {
        assert.ok(error instanceof PacketError, `${what}: ${error}`)
        assert.equal(error.reason, reason, what)
        return true
      },
      what,
    )
  }
})

test('a packet is refused by its length before its bytes have come', () => {
  const stream = new PacketStream(100)
  const handler = { onPacket: () => assert.fail('nothing is complete') }
  stream.push(Buffer.from('30', 'hex'), handler)
  assert.throws(
    () => stream.push(Buffer.from('ffffff7f', 'hex'), handler),
    (error) => error instanceof PacketError && error.reason === ReasonCode.packetTooLarge,
  )
  // And nothing is looked at any more.
  stream.push(packet('c0'), handler)
  const endless = new PacketStream(100)
  assert.throws(() => endless.push(Buffer.from('30ffffffff', 'hex'), handler), PacketError)
})
