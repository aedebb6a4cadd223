import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Acknowledgement, check, complaints, type Delivered, type Fate, type Verdict } from './checker.ts'

/** `1 2 3` are confirmed, `4-` was refused, `5?` is unknown. */
function published(text: string) {
  const fates: Record<string, Fate> = { '-': 'refused', '?': 'unknown' }
  return words(text).map((word) => ({
    publisher: 'a',
    sequence: Number.parseInt(word, 10),
    fate: fates[word.at(-1)!] ?? 'confirmed',
  }))
}

/** `1` came fresh, `2r` flagged redelivered, `3s` with its ack sent, `4S` with its ack settled. */
function delivered(text: string): Delivered[] {
  return words(text).map((word) => ({
    publisher: 'a',
    sequence: Number.parseInt(word, 10),
    redelivered: word.includes('r'),
    acknowledgement: acknowledgementOf(word),
  }))
}

function acknowledgementOf(word: string): Acknowledgement {
  if (word.includes('S')) return 'settled'
  return word.includes('s') ? 'sent' : 'none'
}

function words(text: string): string[] {
  return text.split(' ').filter((word) => word !== '')
}

const clean: Verdict = {
  lost: [],
  unexpected: [],
  duplicated: [],
  resurrected: [],
  disordered: [],
  recovered: [],
  redelivered: [],
}

const cases: readonly [name: string, sent: string, consumptions: string[], expected: Partial<Verdict>][] = [
  ['everything confirmed came once and in order', '1 2 3', ['1 2 3'], {}],
  ['nothing sent, nothing delivered', '', [''], {}],
  ['a confirmed message that never comes is lost', '1 2 3', ['1 3'], { lost: ['a/2'] }],
  ['all are lost when the queue is empty', '1 2', [''], { lost: ['a/1', 'a/2'] }],
  ['all are lost when nothing was consumed', '1', [], { lost: ['a/1'] }],
  ['an unconfirmed or refused message may be missing', '1 2? 3-', ['1'], {}],
  ['an unconfirmed message that comes is recovered', '1 2? 3-', ['1 2 3'], { recovered: ['a/2', 'a/3'] }],
  ['a message nobody sent is unexpected', '1', ['1 7'], { unexpected: ['a/7'] }],
  ['a message twice in one go is duplicated', '1 2', ['1 2 2'], { duplicated: ['a/2'] }],
  ['a flagged second delivery is allowed', '1 2', ['1 2 2r'], { redelivered: ['a/2'] }],
  ['a second delivery after a crash must be flagged too', '1', ['1', '1'], { duplicated: ['a/1'] }],
  ['a flagged second delivery after a crash is allowed', '1', ['1', '1r'], { redelivered: ['a/1'] }],
  ['the flag on a first delivery is not held against a broker', '1', ['1r'], {}],
  ['seen before the crash and gone after it is lost', '1 2', ['1 2', '1r'], { lost: ['a/2'], redelivered: ['a/1'] }],
  ['acknowledged before the crash and gone after it is right', '1 2', ['1s 2', '2r'], { redelivered: ['a/2'] }],
  ['an acknowledgement merely sent may be lost', '1', ['1s', '1r'], { redelivered: ['a/1'] }],
  ['but then the message comes flagged', '1', ['1s', '1'], { duplicated: ['a/1'] }],
  ['a settled message may not come back, flagged or not', '1', ['1S', '1r'], { resurrected: ['a/1'] }],
  ['a message behind a later one is disordered', '1 2 3', ['2 1 3'], { disordered: ['a/1'] }],
  ['each consumption has an order of its own', '1 2', ['1 2', '1r 2r'], { redelivered: ['a/1', 'a/2'] }],
  ['an unconfirmed message is recovered once', '1?', ['1', '1r'], { recovered: ['a/1'], redelivered: ['a/1'] }],
]

for (const [name, sent, consumptions, expected] of cases) {
  test(name, () => {
    const verdict = check({ published: published(sent), consumptions: consumptions.map(delivered) })
    assert.deepEqual(verdict, { ...clean, ...expected })
  })
}

test('publishers are judged apart', () => {
  const sent = ['a', 'b'].map((publisher) => ({ publisher, sequence: 1, fate: 'confirmed' as const }))
  const came = { sequence: 1, redelivered: false, acknowledgement: 'sent' as const }
  const verdict = check({ published: sent, consumptions: [[{ ...came, publisher: 'b' }]] })
  assert.deepEqual(verdict, { ...clean, lost: ['a/1'] })
})

test('a history that sends the same message twice is refused', () => {
  assert.throws(() => check({ published: published('1 1'), consumptions: [] }), /publishes a\/1 twice/)
})

test('complaints name the kinds that matter, and stay short', () => {
  assert.deepEqual(complaints({ ...clean, recovered: ['a/1'], redelivered: ['a/2'] }), [])
  const many = Array.from({ length: 12 }, (_, i) => `a/${i}`)
  assert.deepEqual(complaints({ ...clean, lost: many, duplicated: ['a/3'] }), [
    '12 lost: a/0, a/1, a/2, a/3, a/4, a/5, a/6, a/7, a/8, a/9, …',
    '1 duplicated: a/3',
  ])
})
