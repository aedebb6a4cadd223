import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ConsumeMessage } from 'amqplib'
import { bodyOf } from './content.ts'
import { Ledger, type Sent } from './ledger.ts'

function sent(sequence: number, fate: Sent['fate']): Sent {
  return { publisher: 'a', sequence, size: 40, fate }
}

function delivery(sequence: number, given: { redelivered?: boolean; body?: Buffer } = {}): ConsumeMessage {
  const messageId = `a/${sequence}`
  const { redelivered = false, body = bodyOf(messageId, 40) } = given
  return { content: body, fields: { redelivered }, properties: { messageId } } as unknown as ConsumeMessage
}

function ledgerWith(...messages: Sent[]): Ledger {
  const ledger = new Ledger('q')
  for (const message of messages) ledger.expect(message)
  return ledger
}

test('a body that is not the one sent counts as a message nobody sent, and the one sent as lost', () => {
  const ledger = ledgerWith(sent(1, 'confirmed'))
  const damaged = bodyOf('a/1', 40)
  damaged[39]! ^= 1
  ledger.begin().take(delivery(1, { body: damaged }), 'none')
  assert.deepEqual(ledger.verdict().unexpected, ['damaged a/1'])
  assert.deepEqual(ledger.verdict().lost, ['a/1'])
})

test('bodies differ by name everywhere, so one in the place of another shows', () => {
  const [one, other] = [bodyOf('a/1', 100_000), bodyOf('a/2', 100_000)]
  const same = one.reduce((count, byte, i) => count + (byte === other[i] ? 1 : 0), 0)
  assert.ok(same < 1000, `${same} bytes of 100,000 are the same`)
})

test('what a restart found has to stay, though it was never confirmed', () => {
  const ledger = ledgerWith(sent(1, 'unknown'))
  ledger.begin().take(delivery(1), 'none')
  assert.deepEqual(ledger.verdict().recovered, ['a/1'])
  ledger.carryOver()
  ledger.begin()
  assert.deepEqual(ledger.verdict().lost, ['a/1'])
})

test('what a restart found comes flagged the next time', () => {
  const ledger = ledgerWith(sent(1, 'confirmed'))
  ledger.begin().take(delivery(1), 'none')
  ledger.carryOver()
  ledger.begin().take(delivery(1), 'none')
  assert.deepEqual(ledger.verdict().duplicated, ['a/1'])
})

test('what was gone after a restart may not come back', () => {
  const ledger = ledgerWith(sent(1, 'confirmed'))
  const consumption = ledger.begin()
  consumption.take(delivery(1), 'none')
  consumption.acknowledgeAll()
  ledger.begin()
  assert.deepEqual(ledger.verdict().lost, [])
  ledger.carryOver()
  ledger.begin().take(delivery(1, { redelivered: true }), 'none')
  assert.deepEqual(ledger.verdict().unexpected, ['a/1'])
})

test('an acknowledgement before a clean stop is settled', () => {
  const ledger = ledgerWith(sent(1, 'confirmed'))
  const consumption = ledger.begin()
  consumption.take(delivery(1), 'none')
  consumption.acknowledgeAll()
  ledger.settle()
  ledger.begin().take(delivery(1, { redelivered: true }), 'none')
  assert.deepEqual(ledger.verdict().resurrected, ['a/1'])
})
