import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { methodsOf } from '../../../test/fuzz/methods.ts'
import { DecodeError } from '../../std/decode-error.ts'
import {
  AckFields,
  ackKey,
  decodeAck,
  decodePublish,
  decodePublishTo,
  PublishFields,
  publishKey,
} from './hot-methods.ts'
import { decodeMethod, type Method, methodSize, writeMethod } from './methods.gen.ts'
import { methodSpecs } from './spec.ts'

function encode(method: Method): Buffer {
  const bytes = Buffer.alloc(methodSize(method))
  writeMethod(bytes, 0, method)
  return bytes
}

function any(name: Method['name']): fc.Arbitrary<Method> {
  return methodsOf(methodSpecs.find((spec) => spec.name === name)!)
}

/** Whether decoding throws a `DecodeError`; anything else is passed on. */
function refused(decode: () => void): boolean {
  try {
    decode()
    return false
  } catch (error) {
    if (error instanceof DecodeError) return true
    throw error
  }
}

test('the quick way to read basic.publish finds what the ordinary one finds', () => {
  fc.assert(
    fc.property(any('basic.publish'), (method) => {
      const bytes = encode(method)
      assert.equal(bytes.readUInt32BE(0), publishKey)
      const fields = new PublishFields()
      decodePublish(bytes, 0, bytes.length, fields)
      const { addressStart: start, addressEnd: end, mandatory, immediate } = fields
      const keyStart = start + 1 + bytes[start]!
      assert.deepEqual(method, {
        name: 'basic.publish',
        exchange: bytes.toString('utf8', start + 1, keyStart),
        routingKey: bytes.toString('utf8', keyStart + 1, end),
        mandatory,
        immediate,
      })
    }),
  )
})

test('a basic.publish to a known address is read by comparison, and no other is', () => {
  fc.assert(
    fc.property(any('basic.publish'), any('basic.publish'), (method, other) => {
      const bytes = encode(method)
      const expected = new PublishFields()
      decodePublish(bytes, 0, bytes.length, expected)
      const address = bytes.subarray(expected.addressStart, expected.addressEnd)
      const fields = new PublishFields()
      assert.equal(decodePublishTo(address, bytes, 0, bytes.length, fields), true)
      assert.deepEqual(fields, expected)

      const otherBytes = encode(other)
      decodePublish(otherBytes, 0, otherBytes.length, expected)
      const isSame = address.equals(otherBytes.subarray(expected.addressStart, expected.addressEnd))
      assert.equal(decodePublishTo(address, otherBytes, 0, otherBytes.length, fields), isSame)
    }),
  )
})

test('the quick way to read basic.ack finds what the ordinary one finds', () => {
  fc.assert(
    fc.property(any('basic.ack'), (method) => {
      const bytes = encode(method)
      assert.equal(bytes.readUInt32BE(0), ackKey)
      const fields = new AckFields()
      decodeAck(bytes, 0, bytes.length, fields)
      assert.deepEqual(method, { name: 'basic.ack', ...fields })
    }),
  )
})

test('the quick ways refuse what the ordinary one refuses', () => {
  const damaged = fc.tuple(
    fc.oneof(any('basic.publish'), any('basic.ack')),
    fc.nat(),
    fc.nat(255),
    fc.integer({ min: -3, max: 3 }),
  )
  fc.assert(
    fc.property(damaged, ([method, at, byte, longer]) => {
      const whole = encode(method)
      const bytes = Buffer.concat([whole, Buffer.alloc(3)]).subarray(0, whole.length + longer)
      bytes[4 + (at % (bytes.length - 4))] = byte
      const quick =
        method.name === 'basic.ack'
          ? () => decodeAck(bytes, 0, bytes.length, new AckFields())
          : () => decodePublish(bytes, 0, bytes.length, new PublishFields())
      assert.equal(
        refused(quick),
        refused(() => decodeMethod(bytes, 0, bytes.length)),
      )
    }),
    { numRuns: 2000 },
  )
})
