import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { methodsOf } from '../../../test/fuzz/methods.ts'
import { DecodeError, type DecodeErrorKind } from '../../std/decode-error.ts'
import { decodeMethod, type Method, methodIds, methodSize, writeMethod } from './methods.gen.ts'
import { methodSpecs } from './spec.ts'

function encode(method: Method): Buffer {
  const bytes = Buffer.alloc(methodSize(method), 0xaa)
  assert.equal(writeMethod(bytes, 0, method), bytes.length)
  return bytes
}

function decode(bytes: Buffer): Method {
  return decodeMethod(bytes, 0, bytes.length)
}

function refuses(hex: string, kind: DecodeErrorKind): void {
  assert.throws(
    () => decode(Buffer.from(hex.replaceAll(' ', ''), 'hex')),
    (error) => error instanceof DecodeError && error.kind === kind,
  )
}

describe('every method', () => {
  test('is one of 66 with ids of its own', () => {
    assert.equal(methodSpecs.length, 66)
    assert.equal(Object.keys(methodIds).length, 66)
    assert.equal(new Set(methodSpecs.map((spec) => `${spec.classId}.${spec.methodId}`)).size, 66)
  })

  for (const spec of methodSpecs) {
    test(`${spec.name} goes over the wire unchanged, and nothing short of it or beyond it does`, () => {
      fc.assert(
        fc.property(methodsOf(spec), fc.nat(), (method, cut) => {
          const bytes = encode(method)
          assert.deepEqual(decode(bytes), method)
          assert.equal(bytes.readUInt16BE(0), spec.classId)
          assert.equal(bytes.readUInt16BE(2), spec.methodId)
          assert.throws(() => decodeMethod(bytes, 0, cut % bytes.length), DecodeError)
          assert.throws(() => decode(Buffer.concat([bytes, Buffer.alloc(1)])), DecodeError)
        }),
        { numRuns: 40 },
      )
    })
  }
})

describe('the bytes', () => {
  // Laid out by hand from the standard.
  const rows: readonly (readonly [hex: string, method: Method])[] = [
    [
      '000a 000a 00 09 00000000 00000005 504c41494e 00000005 656e5f5553',
      {
        name: 'connection.start',
        versionMajor: 0,
        versionMinor: 9,
        serverProperties: [],
        mechanisms: Buffer.from('PLAIN'),
        locales: Buffer.from('en_US'),
      },
    ],
    ['000a 001e 07ff 00020000 003c', { name: 'connection.tune', channelMax: 2047, frameMax: 131072, heartbeat: 60 }],
    ['000a 0028 01 2f 00 00', { name: 'connection.open', virtualHost: '/' }],
    ['0014 000b 00000000', { name: 'channel.open-ok' }],
    [
      '0032 000a 0000 02 7131 12 00000000',
      {
        name: 'queue.declare',
        queue: 'q1',
        passive: false,
        durable: true,
        exclusive: false,
        autoDelete: false,
        noWait: true,
        arguments: [],
      },
    ],
    ['003c 0050 0000000100000002 01', { name: 'basic.ack', deliveryTag: 2 ** 32 + 2, multiple: true }],
    ['003c 0078 0000000000000007 02', { name: 'basic.nack', deliveryTag: 7, multiple: false, requeue: true }],
    ['0028 0033', { name: 'exchange.unbind-ok' }],
    ['003c 0048 00', { name: 'basic.get-empty' }],
  ]
  for (const [hex, method] of rows) {
    test(`of ${method.name} are those of the standard`, () => {
      const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex')
      assert.deepEqual(encode(method), bytes)
      assert.deepEqual(decode(bytes), method)
    })
  }

  test('of reserved fields are skipped, whatever they are', () => {
    const opened = decode(Buffer.from('000a0028012f02fffeff', 'hex'))
    assert.deepEqual(opened, { name: 'connection.open', virtualHost: '/' })
    const acked = decode(Buffer.from('003c00500000000000000001fe', 'hex'))
    assert.deepEqual(acked, { name: 'basic.ack', deliveryTag: 1, multiple: false })
  })

  test('are read at their place in a larger buffer', () => {
    const bytes = Buffer.from('ffff003c0050000000000000000501ffff', 'hex')
    assert.deepEqual(decodeMethod(bytes, 2, 15), { name: 'basic.ack', deliveryTag: 5, multiple: true })
  })
})

describe('bad methods', () => {
  test('are told from unknown ones', () => {
    refuses('003c 0063', 'unknown-method')
    refuses('003d 000a', 'unknown-method')
    refuses('003c', 'malformed')
    refuses('003c 000a 00', 'malformed')
    refuses('003c 000a 00000000 0000 00 41', 'malformed')
  })

  test('may not have strings that are no UTF-8', () => {
    refuses('003c 0028 0000 01 ff 00 00', 'malformed-utf8')
    refuses('003c 0028 0000 00 02 c328 00', 'malformed-utf8')
  })

  test('with tables that are none, or too deep, are refused', () => {
    refuses('0032 000a 0000 00 00 00000003 01 41 5a', 'malformed')
    refuses('0032 000a 0000 00 00 ffffffff 01 41 5a', 'malformed')
    const depth = 70
    let table = ''
    for (let i = 0; i < depth; i++) table = `016b46${(table.length / 2).toString(16).padStart(8, '0')}${table}`
    refuses(`0032000a00000000${(table.length / 2).toString(16).padStart(8, '0')}${table}`, 'nested-too-deep')
  })

  test('with strings longer than their frame are refused before anything is allocated', () => {
    const before = process.memoryUsage().arrayBuffers
    refuses('000a 0014 ffffffff 00', 'malformed')
    refuses('000a 0014 7fffffff 00', 'malformed')
    assert.ok(process.memoryUsage().arrayBuffers - before < 65536)
  })

  test('cannot be made: a string too long for a short one is a mistake of ours', () => {
    assert.throws(() => encode({ name: 'connection.blocked', reason: 'ä'.repeat(128) }), RangeError)
  })
})

test('a delivery tag too large for a number stays larger than any that was given out', () => {
  const method = decode(Buffer.from('003c 0050 ffffffffffffffff 00'.replaceAll(' ', ''), 'hex'))
  assert.ok(method.name === 'basic.ack' && method.deliveryTag > Number.MAX_SAFE_INTEGER)
})
