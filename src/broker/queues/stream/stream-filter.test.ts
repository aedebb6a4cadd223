import assert from 'node:assert/strict'
import { test } from 'node:test'
import { longString } from '../../../std/table.ts'
import { Address } from '../../address.ts'
import { Message } from '../../message.ts'
import { encodeProperties } from '../../properties.ts'
import { FilterBuilder, filterValueOf, StreamFilter } from './stream-filter.ts'

const bytes = (text: string) => Buffer.from(text)

function message(value: string | undefined): Message {
  const headers = value === undefined ? [] : ([['x-stream-filter-value', longString(value)]] as const)
  const properties = encodeProperties({ headers })
  return new Message(new Address('', 'q'), properties, 0, properties.length, 0)
}

test('a chunk with a value is never passed over, and most others are', () => {
  for (const size of [16, 64, 255]) {
    const builder = new FilterBuilder()
    const values = Array.from({ length: 10 }, (_, index) => `value-${index}`)
    for (const value of values) builder.add(bytes(value), size)
    const filter = builder.take()
    assert.equal(filter.length, size)
    for (const value of values) assert.ok(new StreamFilter([bytes(value)], false).mayMatch(filter))
    let wrong = 0
    for (let index = 0; index < 2000; index++) {
      if (new StreamFilter([bytes(`other-${index}`)], false).mayMatch(filter)) wrong += 1
    }
    assert.ok(wrong < 2000 * 0.06, `${wrong} of 2000 not passed over with ${size} bytes`)
  }
})

test('messages without a value are matched when that is asked for', () => {
  const builder = new FilterBuilder()
  builder.add(undefined, 16)
  const none = builder.take()
  assert.equal(none.length, 0)
  assert.ok(!new StreamFilter([bytes('a')], false).mayMatch(none))
  assert.ok(new StreamFilter([bytes('a')], true).mayMatch(none))
  builder.add(undefined, 16)
  builder.add(bytes('b'), 16)
  const mixed = builder.take()
  assert.ok(new StreamFilter([bytes('none of these')], true).mayMatch(mixed))
  builder.add(bytes('b'), 16)
  const filtered = builder.take()
  assert.ok(!new StreamFilter([bytes('none of these')], true).mayMatch(filtered), 'no value takes the first bit')
})

test('of several values one is enough', () => {
  const filter = new StreamFilter([bytes('a'), bytes('b')], false)
  assert.ok(filter.matches(message('a')))
  assert.ok(filter.matches(message('b')))
  assert.ok(!filter.matches(message('ab')))
  assert.ok(!filter.matches(message(undefined)))
  assert.ok(new StreamFilter([], true).matches(message(undefined)))
})

test('only a string is a value', () => {
  assert.equal(filterValueOf(message('é'))?.toString(), 'é')
  const properties = encodeProperties({ headers: [['x-stream-filter-value', { tag: 'I', value: 5 }]] })
  assert.equal(filterValueOf(new Message(new Address('', 'q'), properties, 0, properties.length, 0)), undefined)
})
