import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VirtualClock } from '../../../std/virtual-clock.ts'
import { basicRetention } from './sample-history.ts'
import { Statistics } from './statistics.ts'

const range = { ageSeconds: 60, incrementSeconds: 5 }

function counting() {
  const clock = new VirtualClock()
  const statistics = new Statistics(clock)
  const things = [{ publish: 0 }, { publish: 100 }]
  let reads = 0
  const collector = statistics.collect({
    meter: {
      names: ['publish'],
      read: ({ publish }: { publish: number }) => {
        reads++
        return [publish]
      },
    },
    retention: basicRetention,
    all: () => things,
    attentionMilliseconds: 60_000,
  })
  /** Five seconds in which so many are published. */
  const pass = (published: number, times = 1) => {
    for (let n = 0; n < times; n++) {
      things[0]!.publish += published
      clock.advance(5000)
    }
  }
  const takeReads = () => {
    const taken = reads
    reads = 0
    return taken
  }
  return { clock, statistics, collector, things, pass, takeReads }
}

test('nothing is read while nobody looks, nor when a minute has passed since', () => {
  const { statistics, collector, things, pass, takeReads } = counting()
  pass(10, 100)
  assert.equal(takeReads(), 0)
  collector.look(things[0]!)
  statistics.wake()
  pass(10, 2)
  assert.equal(takeReads(), 3)
  pass(10, 100)
  takeReads()
  pass(10, 100)
  assert.equal(takeReads(), 0)
})

test('a rate is the change between the last two samples, whoever looks in between', () => {
  const { statistics, collector, things, pass } = counting()
  const look = () => collector.look(things[0]!).section(['publish'], undefined)
  statistics.wake()
  assert.deepEqual(look(), { publish: 0, publish_details: { rate: 0 } })
  pass(50)
  things[0]!.publish += 7
  assert.deepEqual(look(), { publish: 57, publish_details: { rate: 10 } })
  pass(0)
  assert.deepEqual(look(), { publish: 57, publish_details: { rate: 1.4 } })
})

test('samples are kept of what somebody asked them of', () => {
  const { statistics, collector, things, pass } = counting()
  const look = (thing: { publish: number }) => {
    const { publish_details: details } = collector.look(thing, { history: true }).section(['publish'], range)
    return details as { samples: { sample: number }[]; avg: number; avg_rate: number; rate: number }
  }
  statistics.wake()
  look(things[0]!)
  pass(5, 3)
  const { samples, ...rest } = look(things[0]!)
  assert.deepEqual(
    samples.map(({ sample }) => sample),
    [15, 10, 5, 0],
  )
  assert.deepEqual(rest, { rate: 1, avg: 7.5, avg_rate: 1 })
  pass(5, 200)
  assert.deepEqual(
    look(things[1]!).samples.map(({ sample }) => sample),
    [100],
  )
})

test('of a list everything in it is read, and nothing that has gone', () => {
  const { statistics, collector, things, pass, takeReads } = counting()
  collector.watchAll()
  statistics.wake()
  pass(5)
  assert.equal(takeReads(), 2)
  things.length = 1
  pass(5)
  assert.equal(takeReads(), 1)
  assert.deepEqual(collector.look(things[0]!).section(['publish'], undefined), {
    publish: 10,
    publish_details: { rate: 1 },
  })
})
