import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../std/logger.ts'
import { VirtualClock } from '../std/virtual-clock.ts'
import type { Log, Position } from '../store/log.ts'
import { openMemoryStore } from '../store/memory-store.ts'
import { Extents } from './extents.ts'
import type { StoredQueue } from './message-store.ts'
import { StragglerMover } from './straggler-mover.ts'

const MiB = 1024 * 1024
const addresses = 100 * MiB

/** Positions that are read to be moved, when a log of so many bytes on a short disk has one live message of each mebibyte of `live`. */
async function movedOf(bytesHeld: number, live: number): Promise<Position[]> {
  const clock = new VirtualClock()
  const extents = new Extents(4 * MiB)
  for (let nth = 0; nth < live; nth++) extents.add(Math.floor((addresses * nth) / live), MiB)
  const read: Position[] = []
  const memory = await openMemoryStore(clock).open('messages')
  const log: Log = Object.assign(Object.create(memory), {
    readMany: async (positions: readonly Position[]) => {
      read.push(...positions)
      return positions.map(() => undefined)
    },
  })
  for (const [name, value] of Object.entries({
    end: addresses,
    start: 0,
    isShort: true,
    bytesLeft: 20 * MiB,
    bytesHeld,
  }))
    Object.defineProperty(log, name, { value })
  const queue = {
    log: { id: 1, watch: () => undefined, unwatch: () => new Set(), renote: () => false },
    visitBefore: (before: Position, visit: (sequence: number, position: Position) => boolean) => {
      if (read.length === 0) visit(1, before - 1)
    },
    relocate: () => undefined,
  }
  const queues = new Map([[1, queue as unknown as StoredQueue]])
  const mover = new StragglerMover({
    ...{ log, clock, extents, queues, logger: silentLogger, reserveBytes: 64 * MiB, flush: () => undefined },
  })
  mover.giveBack(addresses)
  await clock.settle()
  return read
}

test('on a short disk stragglers are moved when the log takes far more than what lives in it', async () => {
  assert.equal((await movedOf(addresses, 10)).length, 1)
})

test('on a short disk nothing is moved for addresses that take no space', async () => {
  assert.equal((await movedOf(45 * MiB, 44)).length, 0)
})
