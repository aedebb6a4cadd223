import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { longString, type Table, type TableValue, tableGet, tableString } from '../std/table.ts'
import { encodeTable, validateTable } from '../std/table-codec.ts'
import { type Death, isAutomaticCycle, withDeath } from './dead-letter-headers.ts'
import type { DeadLetterReason } from './queues/context.ts'

const long = (value: bigint): TableValue => ({ tag: 'l', value })

function death(queue: string, reason: DeadLetterReason, timeSeconds = 100): Death {
  return { queue, reason, exchange: `x-of-${queue}`, routingKeys: ['k', 'cc'], timeSeconds }
}

function afterDeaths(deaths: readonly Death[], headers: Table = []): Table {
  return deaths.reduce((headers, death) => withDeath({ headers }, death), headers)
}

/** `queue reason count` of each entry of x-death, in order. */
function history(headers: Table): string[] {
  const value = tableGet(headers, 'x-death')
  assert.equal(value?.tag, 'A')
  return value.value.map((item) => {
    assert.equal(item.tag, 'F')
    const count = tableGet(item.value, 'count')
    assert.equal(count?.tag, 'l')
    return `${tableString(tableGet(item.value, 'queue'))} ${tableString(tableGet(item.value, 'reason'))} ${count.value}`
  })
}

describe('the headers of a dead letter', () => {
  it('tell all of the first death, with the types of RabbitMQ', () => {
    const headers = withDeath({ expiration: '60000' }, death('q', 'expired'))
    assert.deepEqual(headers, [
      [
        'x-death',
        {
          tag: 'A',
          value: [
            {
              tag: 'F',
              value: [
                ['count', long(1n)],
                ['reason', longString('expired')],
                ['queue', longString('q')],
                ['time', { tag: 'T', value: 100n }],
                ['exchange', longString('x-of-q')],
                ['routing-keys', { tag: 'A', value: [longString('k'), longString('cc')] }],
                ['original-expiration', longString('60000')],
              ],
            },
          ],
        },
      ],
      ['x-first-death-reason', longString('expired')],
      ['x-first-death-queue', longString('q')],
      ['x-first-death-exchange', longString('x-of-q')],
      ['x-last-death-reason', longString('expired')],
      ['x-last-death-queue', longString('q')],
      ['x-last-death-exchange', longString('x-of-q')],
    ])
  })

  it('keep every other header where it was', () => {
    const before: Table = [
      ['a', { tag: 'V' }],
      ['a', { tag: 't', value: true }],
    ]
    assert.deepEqual(withDeath({ headers: before }, death('q', 'rejected')).slice(0, 2), before)
  })

  const rows: readonly (readonly [why: string, deaths: readonly Death[], history: readonly string[]])[] = [
    ['one entry for a queue', [death('a', 'expired'), death('a', 'expired')], ['a expired 2']],
    ['one for each reason', [death('a', 'expired'), death('a', 'rejected')], ['a rejected 1', 'a expired 1']],
    ['the last first', [death('a', 'expired'), death('b', 'maxlen')], ['b maxlen 1', 'a expired 1']],
    [
      'the repeated in front',
      [death('a', 'expired'), death('b', 'rejected'), death('c', 'maxlen'), death('a', 'expired')],
      ['a expired 2', 'c maxlen 1', 'b rejected 1'],
    ],
  ]
  for (const [why, deaths, expected] of rows) {
    it(`hold ${why}`, () => assert.deepEqual(history(afterDeaths(deaths)), expected))
  }

  it('agree with a plain list of deaths, whatever happened', () => {
    const anyDeath = fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom<DeadLetterReason>('expired', 'rejected'))
    fc.assert(
      fc.property(fc.array(anyDeath, { minLength: 1 }), (deaths) => {
        const headers = afterDeaths(deaths.map(([queue, reason]) => death(queue, reason)))
        const names = deaths.map(([queue, reason]) => `${queue} ${reason}`)
        const latestFirst = [...new Set(names.toReversed())]
        const expected = latestFirst.map((name) => `${name} ${names.filter((other) => other === name).length}`)
        assert.deepEqual(history(headers), expected)
        assert.equal(tableString(tableGet(headers, 'x-first-death-queue')), deaths[0]![0])
        assert.equal(tableString(tableGet(headers, 'x-last-death-reason')), deaths.at(-1)![1])
        const bytes = encodeTable(headers)
        validateTable(bytes, 0, bytes.length)
      }),
    )
  })

  it('keep the time, exchange and expiration of the first death of a kind', () => {
    const first = withDeath({ expiration: '5' }, death('q', 'expired', 100))
    const second = withDeath({ headers: first }, { ...death('q', 'expired', 200), exchange: 'other' })
    const deaths = tableGet(second, 'x-death')
    assert.ok(deaths?.tag === 'A' && deaths.value[0]?.tag === 'F')
    const entry = deaths.value[0].value
    assert.deepEqual(tableGet(entry, 'time'), { tag: 'T', value: 100n })
    assert.equal(tableString(tableGet(entry, 'exchange')), 'x-of-q')
    assert.equal(tableString(tableGet(entry, 'original-expiration')), '5')
    assert.equal(tableString(tableGet(second, 'x-last-death-exchange')), 'other')
  })

  const entry = (fields: Table): TableValue => ({ tag: 'A', value: [{ tag: 'F', value: fields }] })
  const malformed: readonly (readonly [why: string, value: TableValue])[] = [
    ['no array', longString('x')],
    ['an array of no tables', { tag: 'A', value: [longString('x')] }],
    [
      'a table without a queue',
      entry([
        ['reason', longString('expired')],
        ['count', long(1n)],
      ]),
    ],
    [
      'a queue that is no string',
      entry([
        ['queue', long(1n)],
        ['reason', longString('expired')],
        ['count', long(1n)],
      ]),
    ],
    [
      'no count',
      entry([
        ['queue', longString('q')],
        ['reason', longString('expired')],
      ]),
    ],
    [
      'a count of zero',
      entry([
        ['queue', longString('q')],
        ['reason', longString('expired')],
        ['count', long(0n)],
      ]),
    ],
    [
      'a count that cannot grow',
      entry([
        ['queue', longString('q')],
        ['reason', longString('expired')],
        ['count', long(2n ** 63n - 1n)],
      ]),
    ],
  ]
  for (const [why, value] of malformed) {
    it(`pass over an x-death of a client that is ${why}`, () => {
      const headers: Table = [['x-death', value]]
      assert.deepEqual(history(withDeath({ headers }, death('q', 'expired'))), ['q expired 1'])
      assert.equal(isAutomaticCycle(headers, 'q'), false)
    })
  }
})

describe('a circle of dead letters', () => {
  const rows: readonly (readonly [deaths: readonly Death[], target: string, automatic: boolean])[] = [
    [[], 'a', false],
    [[death('a', 'expired')], 'b', false],
    [[death('a', 'expired')], 'a', true],
    [[death('a', 'maxlen')], 'a', true],
    [[death('a', 'rejected')], 'a', false],
    [[death('a', 'expired'), death('b', 'expired')], 'a', true],
    [[death('a', 'expired'), death('b', 'rejected')], 'a', false],
    [[death('a', 'rejected'), death('b', 'expired')], 'a', false],
    [[death('a', 'rejected'), death('b', 'expired')], 'b', true],
    [[death('a', 'rejected'), death('a', 'expired')], 'a', true],
  ]
  for (const [deaths, target, automatic] of rows) {
    const told = deaths.map(({ queue, reason }) => `${queue} ${reason}`).join(', then ')
    it(`${automatic ? 'is' : 'is not'} turned by the broker alone: ${told || 'no death'}, to ${target}`, () => {
      assert.equal(isAutomaticCycle(afterDeaths(deaths), target), automatic)
    })
  }
})
