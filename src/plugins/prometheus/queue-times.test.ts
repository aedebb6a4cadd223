import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Broker } from '../../broker/broker.ts'
import { VirtualClock } from '../../std/virtual-clock.ts'
import { QueueTimes, queueTimeBounds } from './queue-times.ts'

/** A queue of which is known what metrics are read from, and time that is moved. */
function scene() {
  const clock = new VirtualClock()
  const queue = { type: 'classic', depth: 0, counters: { publish: 0 } }
  const broker = { clock, virtualHosts: [{ queues: [queue] }] } as unknown as Broker
  const times = new QueueTimes(broker)
  const move = (change: { come?: number; go?: number }) => {
    queue.counters.publish += change.come ?? 0
    queue.depth += (change.come ?? 0) - (change.go ?? 0)
  }
  const age = () => times.age(queue as never)
  const counted = () => {
    const { counts } = times.times(queue as never)!
    return Object.fromEntries(
      counts.flatMap((count, place) => (count === 0 ? [] : [[queueTimeBounds[place] ?? 'more', count]])),
    )
  }
  return { clock, queue, times, move, age, counted }
}

test('the age of a queue is that of its first message', () => {
  const { clock, times, move, age } = scene()
  times.look()
  assert.equal(age(), 0)
  clock.advance(10_000)
  move({ come: 1 })
  clock.advance(5000)
  move({ come: 1 })
  clock.advance(5000)
  assert.ok(age() >= 9 && age() <= 11, `${age()}`)
  move({ go: 1 })
  clock.advance(1000)
  assert.ok(age() >= 5 && age() <= 7, `${age()}`)
  move({ go: 1 })
  assert.equal(age(), 0)
})

test('what goes as it comes has spent no time, and what waits has', () => {
  const { clock, times, move, counted } = scene()
  times.look()
  for (let second = 0; second < 10; second++) {
    move({ come: 100, go: 100 })
    clock.advance(1000)
  }
  assert.deepEqual(counted(), { 0.01: 1000 })
  move({ come: 50 })
  clock.advance(30_000)
  move({ go: 50 })
  clock.advance(1000)
  assert.deepEqual(counted(), { 0.01: 1000, 60: 50 })
})

test('a steady backlog tells the time it takes to go through it', () => {
  const { clock, times, move, counted } = scene()
  times.look()
  move({ come: 500 })
  clock.advance(1000)
  for (let second = 0; second < 100; second++) {
    move({ come: 100, go: 100 })
    clock.advance(1000)
  }
  const { sum, counts } = times.all
  assert.equal(
    counts.reduce((all, count) => all + count),
    10_000,
  )
  assert.ok(sum / 10_000 > 4.5 && sum / 10_000 < 5.5, `5 s at the mean, ${sum / 10_000}`)
  assert.deepEqual(counted(), { 10: 10_000 })
})

test('what was there before counts from the first look, and what is given back counts once', () => {
  const { clock, queue, times, move, age, counted } = scene()
  queue.depth = 10
  times.look()
  clock.advance(20_000)
  assert.equal(age(), 20)
  move({ go: 5 })
  clock.advance(1000)
  queue.depth += 5
  clock.advance(1000)
  move({ go: 5 })
  clock.advance(1000)
  assert.deepEqual(counted(), { 60: 5 })
})

test('the past of a queue that never empties takes bounded memory, and nobody asking costs nothing', () => {
  const { clock, times, move, age } = scene()
  times.look()
  for (let second = 0; second < 5000; second++) {
    if (second % 200 === 0) times.look()
    move({ come: 1 })
    clock.advance(1000)
  }
  assert.ok(Math.abs(age() - 5000) < 100, `${age()}`)
  clock.advance(400_000)
  assert.equal(clock.nextDue, undefined)
})
