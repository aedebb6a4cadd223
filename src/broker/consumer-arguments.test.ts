import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { longString, type Table } from '../std/table.ts'
import { parseConsumerArguments } from './consumer-arguments.ts'
import { Fault } from './fault.ts'

const queue = "queue 'q' in vhost '/'"

describe('arguments of basic.consume', () => {
  it('become values, with a priority of zero when none is named', () => {
    assert.deepEqual(parseConsumerArguments('classic', [], queue), {
      priority: 0,
      consumerTimeoutMilliseconds: undefined,
    })
    const arguments_: Table = [
      ['x-priority', { tag: 'b', value: -5 }],
      ['x-consumer-timeout', { tag: 'l', value: 60_000n }],
      ['x-cancel-on-ha-failover', { tag: 't', value: true }],
      ['foo', { tag: 'V' }],
    ]
    assert.deepEqual(parseConsumerArguments('classic', arguments_, queue), {
      priority: -5,
      consumerTimeoutMilliseconds: 60_000,
    })
  })

  const rows: readonly (readonly [type: string, args: Table, text: string])[] = [
    [
      'classic',
      [['x-priority', longString('a')]],
      `invalid arg 'x-priority' for ${queue}: "expected integer, got longstr"`,
    ],
    [
      'classic',
      [['x-priority', { tag: 't', value: true }]],
      `invalid arg 'x-priority' for ${queue}: "expected integer, got bool"`,
    ],
    [
      'classic',
      [['x-stream-offset', longString('first')]],
      `invalid arg 'x-stream-offset' for ${queue} of queue type rabbit_classic_queue`,
    ],
    [
      'stream',
      [['x-priority', { tag: 'b', value: 1 }]],
      `invalid arg 'x-priority' for ${queue} of queue type rabbit_stream_queue`,
    ],
    [
      'quorum',
      [['x-consumer-timeout', { tag: 'b', value: -1 }]],
      `invalid arg 'x-consumer-timeout' for ${queue}: {value_negative,-1}`,
    ],
  ]
  for (const [type, arguments_, text] of rows) {
    it(`are refused: ${text}`, () => {
      assert.throws(() => parseConsumerArguments(type, arguments_, queue), new Fault('precondition-failed', text))
    })
  }
})
