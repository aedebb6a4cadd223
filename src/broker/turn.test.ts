import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../std/clock.ts'
import { type Logger, silentLogger } from '../std/logger.ts'
import { Turn } from './turn.ts'

test('a turn dispatches, then commits, then flushes, each with what the phases before added', async () => {
  const turn = new Turn(systemClock, silentLogger)
  const order: string[] = []
  turn.addFlush({ run: () => order.push('flush') })
  turn.addCommit({ run: () => order.push('commit') })
  turn.addDispatch({
    run: () => {
      order.push('dispatch')
      turn.addDispatch({ run: () => order.push('dispatch again') })
      turn.addFlush({ run: () => order.push('flush too') })
    },
  })
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(order, ['dispatch', 'dispatch again', 'commit', 'flush', 'flush too'])
})

test('a task that throws is logged and takes nothing from the others', async () => {
  const errors: string[] = []
  const logger: Logger = { ...silentLogger, error: (line) => errors.push(line) }
  const turn = new Turn(systemClock, logger)
  let isFlushed = false
  turn.addDispatch({
    run: () => {
      throw new Error('a planted bug')
    },
  })
  turn.addFlush({
    run: () => {
      isFlushed = true
    },
  })
  await new Promise((resolve) => setImmediate(resolve))
  assert.ok(isFlushed)
  assert.match(errors.join(), /a planted bug/)
})
