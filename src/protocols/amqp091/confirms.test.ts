import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Published } from '../../broker/access.ts'
import { PublishCounters } from '../../broker/counters.ts'
import { FrameWriter } from '../../wire/amqp091/writer.ts'
import { Confirms } from './confirms.ts'

/** Counts what a client would: every publish answered once. */
class Answers extends FrameWriter {
  readonly outstanding = new Set<number>()
  readonly answered = new Map<number, 'ack' | 'nack'>()

  override basicAck(_channel: number, tag: number, multiple: boolean): void {
    this.#answer(tag, multiple, 'ack')
  }

  override basicNack(_channel: number, tag: number, multiple: boolean): void {
    this.#answer(tag, multiple, 'nack')
  }

  #answer(tag: number, multiple: boolean, answer: 'ack' | 'nack'): void {
    assert.ok(this.outstanding.has(tag), `${tag} was outstanding`)
    for (const sequence of [...this.outstanding]) {
      if (sequence !== tag && !(multiple && sequence < tag)) continue
      this.outstanding.delete(sequence)
      this.answered.set(sequence, answer)
    }
  }
}

test('every publish is answered once, rightly, and as soon as it can be', () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom<Published>('stored', 'stored', 'transient', 'unroutable', 'refused') },
    { weight: 1, arbitrary: fc.nat(5) },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const totals = new PublishCounters()
      const confirms = new Confirms(1, totals)
      const client = new Answers()
      const expected = new Map<number, { answer: 'ack' | 'nack'; mark: number }>()
      let mark = 0
      let durable = 0
      let sequence = 0
      for (const published of [...steps, 1_000_000]) {
        if (typeof published === 'string') {
          if (published === 'stored') mark += 10
          confirms.add(published, mark)
          client.outstanding.add(++sequence)
          const answer = published === 'refused' ? 'nack' : 'ack'
          expected.set(sequence, { answer, mark: published === 'stored' ? mark : 0 })
          continue
        }
        durable = Math.min(mark, durable + published * 7)
        const waits = confirms.flush(client, durable)
        for (const [number, { answer, mark: needed }] of expected) {
          assert.equal(client.answered.get(number), needed <= durable ? answer : undefined, `publish ${number}`)
        }
        assert.equal(waits, client.outstanding.size > 0)
      }
      assert.equal(client.outstanding.size, 0)
      assert.equal(totals.confirm, [...client.answered.values()].filter((answer) => answer === 'ack').length)
    }),
  )
})
