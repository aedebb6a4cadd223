import assert from 'node:assert/strict'
import { test } from 'node:test'
import { longString, tableGet } from '../../../std/table.ts'
import { Address } from '../../address.ts'
import { Message } from '../../message.ts'
import { decodeProperties, encodeProperties, type Properties, validateProperties } from '../../properties.ts'
import { sizeWithOffset, withoutOffset, writeWithOffset } from './offset-header.ts'

const everything: Properties = {
  contentType: 'a/b',
  contentEncoding: 'c',
  headers: [
    ['x', { tag: 't', value: true }],
    ['y', longString('text')],
  ],
  deliveryMode: 2,
  priority: 9,
  correlationId: 'd',
  replyTo: 'e',
  expiration: '5',
  messageId: 'f',
  timestamp: 7n,
  type: 'g',
  userId: 'h',
  appId: 'i',
  clusterId: 'j',
}

function message(properties: Properties, body = 'body'): Message {
  const compact = encodeProperties(properties)
  const content = Buffer.concat([Buffer.from('before'), compact, Buffer.from(body)])
  return new Message(new Address('', 'q'), content, 6, compact.length, body.length)
}

test('the offset is added to whatever properties there are', () => {
  const names = Object.keys(everything) as (keyof Properties)[]
  for (let mask = 0; mask < 1 << names.length; mask += 37) {
    const chosen = names.filter((_, index) => (mask & (1 << index)) !== 0)
    const properties: Properties = Object.fromEntries(chosen.map((name) => [name, everything[name]]))
    const original = message(properties)
    const size = sizeWithOffset(original)
    const offset = mask * 1_000_003
    const target = Buffer.alloc(3 + size + original.bodySize, 0xff)
    assert.equal(writeWithOffset(target, 3, original, offset), target.length)
    validateProperties(target, 3, 3 + size)
    const { headers = [], ...rest } = decodeProperties(target, 3, 3 + size)
    assert.deepEqual(tableGet(headers, 'x-stream-offset'), { tag: 'l', value: BigInt(offset) })
    const { headers: before = [], ...others } = properties
    assert.deepEqual(headers.slice(1), before)
    assert.deepEqual(rest, others)
    assert.equal(target.toString('latin1', 3 + size), 'body')
  }
})

test('an offset of another stream is taken away', () => {
  const bare = message(everything)
  assert.equal(withoutOffset(bare), bare)
  const other = message({
    ...everything,
    headers: [['x-stream-offset', { tag: 'l', value: 5n }], ...everything.headers!],
  })
  assert.deepEqual(withoutOffset(other).properties, everything)
  assert.equal(withoutOffset(other).body.toString(), 'body')
})
