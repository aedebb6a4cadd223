import assert from 'node:assert/strict'
import { describe, it, test } from 'node:test'
import fc from 'fast-check'
import { DecodeError } from '../std/decode-error.ts'
import { longString, type Table } from '../std/table.ts'
import {
  decodeProperties,
  encodeProperties,
  headerOf,
  isPersistent,
  type Properties,
  PropertyFlag,
  priorityOf,
  propertyFlags,
  rewriteProperties,
  stringPropertyOf,
  validateProperties,
} from './properties.ts'

const shortString = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((text) => Buffer.byteLength(text) <= 255)
const headers: fc.Arbitrary<Table> = fc.array(
  fc.tuple(
    shortString,
    fc.oneof(
      shortString.map(longString),
      fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }).map((value) => ({ tag: 'I' as const, value })),
      fc.boolean().map((value) => ({ tag: 't' as const, value })),
    ),
  ),
  { maxLength: 4 },
)
const octet = fc.integer({ min: 0, max: 255 })
const anyProperties: fc.Arbitrary<Properties> = fc.record(
  {
    contentType: shortString,
    contentEncoding: shortString,
    headers,
    deliveryMode: octet,
    priority: octet,
    correlationId: shortString,
    replyTo: shortString,
    expiration: shortString,
    messageId: shortString,
    timestamp: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    type: shortString,
    userId: shortString,
    appId: shortString,
    clusterId: shortString,
  },
  { requiredKeys: [] },
)

/** The same record with keys in one order and no prototype differences. */
function plain(properties: Properties): Record<string, unknown> {
  return Object.fromEntries(Object.entries(properties).sort(([a], [b]) => (a < b ? -1 : 1)))
}

describe('the compact form of properties', () => {
  it('decodes to what was encoded, anywhere in a larger buffer', () => {
    fc.assert(
      fc.property(anyProperties, fc.nat(9), fc.nat(9), (properties, before, after) => {
        const bytes = encodeProperties(properties)
        const slab = Buffer.concat([Buffer.alloc(before, 0xff), bytes, Buffer.alloc(after, 0xff)])
        const end = before + bytes.length
        validateProperties(slab, before, end)
        assert.deepEqual(plain(decodeProperties(slab, before, end)), plain(properties))
        assert.equal(isPersistent(slab, before), properties.deliveryMode === 2)
        assert.equal(priorityOf(slab, before), properties.priority)
        assert.equal(stringPropertyOf(slab, before, PropertyFlag.clusterId), properties.clusterId)
        assert.equal(stringPropertyOf(slab, before, PropertyFlag.expiration), properties.expiration)
      }),
    )
  })

  it('is refused when cut short at any byte, and when bytes follow', () => {
    fc.assert(
      fc.property(anyProperties, (properties) => {
        const bytes = encodeProperties(properties)
        for (let end = 0; end < bytes.length; end++) refused(bytes, end)
        refused(Buffer.concat([bytes, Buffer.of(0)]), bytes.length + 1)
      }),
      { numRuns: 30 },
    )
  })

  it('never throws anything but a DecodeError, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (array) => {
        const bytes = Buffer.from(array)
        try {
          validateProperties(bytes, 0, bytes.length)
        } catch (error) {
          assert.ok(error instanceof DecodeError)
          assert.throws(() => decodeProperties(bytes, 0, bytes.length), DecodeError)
          return
        }
        assert.deepEqual(rewriteProperties(bytes, {}), bytes)
        decodeProperties(bytes, 0, bytes.length)
      }),
      { numRuns: 2000 },
    )
  })

  const malformed: readonly (readonly [why: string, hex: string])[] = [
    ['has no flags', ''],
    ['has half the flags', '80'],
    ['continues its flags in another word', '00010000'],
    ['sets the bit nobody defined', '0002'],
    ['announces a table longer than itself', '2000ffffffff'],
    ['has a table with an unknown tag', '20000000000301615a'],
    ['has a table key that is cut', '20000000000105'],
  ]
  for (const [why, hex] of malformed) {
    it(`is refused when it ${why}`, () => refused(Buffer.from(hex, 'hex'), hex.length / 2))
  }

  it('lies as RabbitMQ clients write it', () => {
    const bytes = encodeProperties({ contentType: 'a', deliveryMode: 2, priority: 7, timestamp: 1n, headers: [] })
    assert.equal(bytes.toString('hex'), `b840${'0161'}${'00000000'}02${'07'}${'0000000000000001'}`)
  })

  it('answers whether any of several properties is there with one AND', () => {
    const flags = propertyFlags(encodeProperties({ expiration: '1' }), 0)
    assert.notEqual(flags & (PropertyFlag.headers | PropertyFlag.expiration | PropertyFlag.replyTo), 0)
    assert.equal(flags & (PropertyFlag.headers | PropertyFlag.replyTo | PropertyFlag.userId), 0)
  })

  it('refuses values that have no place in it', () => {
    assert.throws(() => encodeProperties({ messageId: 'ä'.repeat(128) }), RangeError)
    assert.throws(() => encodeProperties({ priority: 256 }), RangeError)
    assert.throws(() => encodeProperties({ deliveryMode: 1.5 }), RangeError)
    assert.throws(() => encodeProperties({ timestamp: -1n }), RangeError)
  })
})

describe('rewriting properties', () => {
  it('changes what is named and nothing else', () => {
    fc.assert(
      fc.property(anyProperties, anyProperties, (old, changes) => {
        const rewritten = rewriteProperties(encodeProperties(old), changes)
        assert.deepEqual(rewritten, encodeProperties({ ...old, ...changes }))
      }),
    )
  })

  it('takes away what is set to null', () => {
    const bytes = encodeProperties({ contentType: 'text', expiration: '60', headers: [], messageId: 'm' })
    const rewritten = rewriteProperties(bytes, { expiration: null, headers: null, appId: null })
    assert.deepEqual(rewritten, encodeProperties({ contentType: 'text', messageId: 'm' }))
  })

  it('copies bytes that are no UTF-8 as they are', () => {
    const bytes = Buffer.from('840002fffe01fd', 'hex')
    const rewritten = rewriteProperties(bytes, { priority: 1 })
    assert.equal(rewritten.toString('hex'), '8c0002fffe0101fd')
  })
})

function refused(bytes: Buffer, end: number): void {
  assert.throws(() => validateProperties(bytes, 0, end), DecodeError)
  assert.throws(() => decodeProperties(bytes, 0, end), DecodeError)
}

test('one header is found among the others', () => {
  const headers: Table = [
    ['x-delays', { tag: 'I', value: 1 }],
    ['x-delay', { tag: 'l', value: 5000n }],
    ['nested', { tag: 'F', value: [['x-late', { tag: 'I', value: 2 }]] }],
    ['text', longString('abc')],
  ]
  const padding = Buffer.from('zz')
  const bytes = Buffer.concat([padding, encodeProperties({ contentType: 'text/plain', headers, priority: 3 }), padding])
  const find = (name: string) => headerOf(bytes, 2, Buffer.from(name))
  assert.deepEqual(find('x-delay'), { tag: 'l', value: 5000n })
  assert.deepEqual(find('text'), longString('abc'))
  assert.equal(find('x-late'), undefined)
  assert.equal(headerOf(encodeProperties({ contentType: 'text/plain' }), 0, Buffer.from('a')), undefined)
})
