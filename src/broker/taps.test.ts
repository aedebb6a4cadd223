import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Address } from './address.ts'
import { Message } from './message.ts'
import { encodeProperties } from './properties.ts'
import { Taps } from './taps.ts'

const properties = encodeProperties({})
const message = new Message(new Address('x', 'k'), properties, 0, properties.length, 0)
const publish = { message, keys: ['k'], queues: [], client: { connection: 'c', user: 'u', channel: 1 } }

test('every tap is told until it is taken off, and nothing is open without any', () => {
  const taps = new Taps()
  const told: string[] = []
  const tap = (name: string) => ({ onPublish: () => told.push(name), onDeliver() {} })
  assert.equal(taps.isOpen, false)
  const closeOne = taps.add(tap('one'))
  const closeTwo = taps.add(tap('two'))
  taps.onPublish(publish)
  closeOne()
  assert.equal(taps.isOpen, true)
  taps.onPublish(publish)
  closeTwo()
  assert.equal(taps.isOpen, false)
  assert.deepEqual(told, ['one', 'two', 'two'])
})
