import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { PacketReader } from './packet-reader.ts'
import { PacketStream } from './packet-stream.ts'
import { PacketWriter } from './packet-writer.ts'
import type { Qos } from './packets.ts'
import { type Properties, readProperties } from './properties.ts'
import { encodeProperties } from './property-writer.ts'
import { PublishView, readPublish } from './publish.ts'

const strings = fc.string({ maxLength: 12, unit: 'binary' }).filter((text) => !text.includes('\0'))
const levels = fc.string({ maxLength: 6, unit: 'binary' }).map((text) => text.replace(/[\0+#]/g, 'x'))
const topics = fc.array(levels, { minLength: 1, maxLength: 4 }).map((parts) => `t${parts.join('/')}`)
const binaries = fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes))

const publishProperties: fc.Arbitrary<Properties> = fc.record(
  {
    payloadFormatIndicator: fc.constantFrom(0, 1),
    messageExpiryInterval: fc.nat(0xffff_ffff),
    contentType: strings,
    responseTopic: strings,
    correlationData: binaries,
    topicAlias: fc.nat(0xffff),
    userProperty: fc.array(fc.tuple(strings, strings), { minLength: 1, maxLength: 4 }),
  },
  { requiredKeys: [], noNullPrototype: true },
)

test('what is written as PUBLISH is read as it was', () => {
  fc.assert(
    fc.property(
      topics,
      fc.constantFrom<Qos>(0, 1, 2),
      fc.boolean(),
      publishProperties,
      fc.constantFrom(0, 1, 100, 20_000),
      fc.constantFrom<4 | 5>(4, 5),
      (topic, qos, retain, properties, size, level) => {
        const writer = new PacketWriter()
        writer.level = level
        const payload = Buffer.alloc(size, 'p')
        const message = {
          topic: Buffer.from(topic),
          qos,
          retain,
          duplicate: qos > 0 && retain,
          packetIdentifier: qos === 0 ? 0 : 0xabcd,
          properties: encodeProperties(properties),
          payload,
          payloadStart: 0,
          payloadEnd: size,
        }
        writer.publish(message)
        const bytes = Buffer.concat(writer.take())
        assert.equal(bytes.length, writer.publishSize(message))
        const view = new PublishView()
        let seen = 0
        new PacketStream(1 << 20).push(bytes, {
          onPacket(_type, flags, buffer, start, end) {
            readPublish({ buffer, flags, start, end }, level, view)
            seen++
          },
        })
        assert.equal(seen, 1)
        assert.deepEqual(
          [view.topic, view.qos, view.retain, view.duplicate, view.packetIdentifier],
          [topic, qos, retain, message.duplicate, message.packetIdentifier],
        )
        assert.deepEqual(view.properties, level === 5 ? properties : {})
        assert.ok(view.buffer.subarray(view.payloadStart, view.payloadEnd).equals(payload))
      },
    ),
  )
})

test('what a server says of its properties is read as it was', () => {
  const connack: Properties = {
    sessionExpiryInterval: 10,
    receiveMaximum: 3,
    maximumQos: 1,
    retainAvailable: 1,
    maximumPacketSize: 70_000,
    assignedClientIdentifier: 'x',
    topicAliasMaximum: 4,
    reasonString: 'r',
    userProperty: [
      ['a', 'b'],
      ['a', 'c'],
    ],
    wildcardSubscriptionAvailable: 1,
    subscriptionIdentifierAvailable: 1,
    sharedSubscriptionAvailable: 0,
    serverKeepAlive: 30,
    responseInformation: 'i',
    serverReference: 's',
    authenticationMethod: 'm',
    authenticationData: Buffer.from([0, 1]),
  }
  const bytes = encodeProperties(connack)
  assert.deepEqual(readProperties(new PacketReader(bytes, 0, bytes.length), 'connack'), connack)
})

test('before MQTT 5 packets have neither reason codes nor properties, and no farewell is said', () => {
  const writer = new PacketWriter()
  writer.level = 4
  writer.connack(true, 0, { topicAliasMaximum: 4 })
  writer.acknowledgement('puback', 3, 0x10)
  writer.subscriptionAnswer('suback', 4, [0, 1, 0x80])
  writer.subscriptionAnswer('unsuback', 5, [0x11])
  writer.pingresp()
  writer.disconnect(0x8b, { reasonString: 'bye' })
  assert.equal(Buffer.concat(writer.take()).toString('hex'), '200201004002000390050004000180b0020005d000')
  writer.level = 5
  writer.connack(false, 0)
  writer.acknowledgement('pubrel', 3)
  writer.acknowledgement('puback', 3, 0x10)
  writer.subscriptionAnswer('unsuback', 5, [0x11])
  writer.disconnect(0x8b)
  assert.equal(Buffer.concat(writer.take()).toString('hex'), '200300000062020003400400031000b00400050011e0028b00')
})
