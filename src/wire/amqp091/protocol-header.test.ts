import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  amqp10SaslHeader,
  amqp091Header,
  type ProtocolHeader,
  protocolHeaderAnswer,
  readProtocolHeader,
} from './protocol-header.ts'

const rows: readonly (readonly [bytes: string, header: ProtocolHeader, answer: Buffer | undefined])[] = [
  ['AMQP\x00\x00\x09\x01', 'amqp-0-9-1', undefined],
  ['AMQP\x01\x01\x00\x09', 'amqp-0-9-1', undefined],
  ['AMQP\x03\x01\x00\x00', 'amqp-1-0-sasl', undefined],
  ['AMQP\x00\x01\x00\x00', 'amqp-1-0', amqp10SaslHeader],
  ['AMQP\x00\x00\x09\x00', 'amqp-0-9-1-other', amqp091Header],
  ['AMQP\x00\x00\x0a\x07', 'amqp-0-9-1-other', amqp091Header],
  ['AMQP\x00\x00\x08\x00', 'other', amqp10SaslHeader],
  ['AMQP\x01\x01\x08\x00', 'other', amqp10SaslHeader],
  ['AMQP\x02\x01\x00\x00', 'other', amqp10SaslHeader],
  ['GET / HT', 'http', undefined],
  ['POST /ap', 'http', undefined],
  ['\x16\x03\x01\x02\x00\x01\x00\x01', 'tls', undefined],
  ['\x16\x03\x03\x00\xf1\x01\x00\x00', 'tls', undefined],
  ['\x16\x03\x01\x02\x00\x02\x00\x01', 'other', amqp10SaslHeader],
  ['MQTT\x04\x02\x00\x3c', 'other', amqp10SaslHeader],
  ['\x00\x00\x00\x00\x00\x00\x00\x00', 'other', amqp10SaslHeader],
]

for (const [bytes, header, answer] of rows) {
  test(`${JSON.stringify(bytes)} is ${header}`, () => {
    assert.equal(readProtocolHeader(Buffer.from(bytes, 'latin1')), header)
    assert.equal(readProtocolHeader(Buffer.from(`..${bytes}`, 'latin1'), 2), header)
    assert.equal(protocolHeaderAnswer(header), answer)
  })
}
