import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../std/logger.ts'
import { VirtualClock } from '../std/virtual-clock.ts'
import type { Store } from '../store/log.ts'
import { type ResourceWatch, watchResources } from './resource-watch.ts'

/** A machine of 1000 bytes' memory and disk, watched; `alarms` are those in force. */
async function machine(limits: { memoryBytesMax: number; diskFreeBytesMin: number }) {
  const state = { used: 0, free: 1000, alarms: new Set<string>(), lines: [] as string[] }
  const store: Pick<Store, 'look' | 'onSpace'> = { look: async () => state.free, onSpace: undefined }
  const clock = new VirtualClock()
  const watch: ResourceWatch = await watchResources(
    {
      raiseAlarm: (_, alarm) => void state.alarms.add(alarm),
      clearAlarm: (source) => void state.alarms.delete(source.replace('watch: ', '')),
    },
    {
      ...limits,
      store,
      clock,
      logger: { ...silentLogger, warning: (line) => void state.lines.push(line) },
      residentBytes: () => state.used,
    },
  )
  const pass = async () => {
    clock.advance(1000)
    await new Promise(setImmediate)
  }
  return { state, watch, pass, store }
}

test('too much memory in use raises an alarm, which goes when a tenth less than allowed is in use', async () => {
  const { state, pass } = await machine({ memoryBytesMax: 100, diskFreeBytesMin: 0 })
  const check = async (used: number, alarms: string[]) => {
    state.used = used
    await pass()
    assert.deepEqual([...state.alarms], alarms, `${used}`)
  }
  await check(100, [])
  await check(101, ['low on memory'])
  await check(95, ['low on memory'])
  await check(90, [])
  await check(95, [])
  assert.match(
    state.lines[0]!,
    /^memory resource limit alarm set on node rabbit@.*\. \(memory used: 101 bytes, allowed: 100\)/,
  )
  assert.match(state.lines[1]!, /^memory resource limit alarm cleared on node rabbit@/)
  assert.equal(state.lines.length, 2)
})

test('too little free disk raises an alarm, which goes when a tenth more than the limit is free', async () => {
  const { state, pass } = await machine({ memoryBytesMax: 100, diskFreeBytesMin: 500 })
  const check = async (free: number, alarms: string[]) => {
    state.free = free
    await pass()
    assert.deepEqual([...state.alarms], alarms, `${free}`)
  }
  await check(500, [])
  await check(499, ['low on disk'])
  await check(549, ['low on disk'])
  await check(550, [])
})

test('both can be in force, and a stopped watch looks no more', async () => {
  const { state, watch, pass } = await machine({ memoryBytesMax: 100, diskFreeBytesMin: 500 })
  state.used = 200
  state.free = 1
  await pass()
  assert.deepEqual([...state.alarms].sort(), ['low on disk', 'low on memory'])
  watch.stop()
  state.used = 0
  await pass()
  assert.equal(state.alarms.has('low on memory'), true)
})

test('what is short already is told before anybody connects', async () => {
  const { state } = await machine({ memoryBytesMax: -1, diskFreeBytesMin: 2000 })
  assert.deepEqual([...state.alarms].sort(), ['low on disk', 'low on memory'])
})

test('a store that takes more of its disk is believed at once', async () => {
  const { state, watch, store } = await machine({ memoryBytesMax: 100, diskFreeBytesMin: 500 })
  store.onSpace?.(499)
  assert.deepEqual([...state.alarms], ['low on disk'])
  store.onSpace?.(549)
  assert.deepEqual([...state.alarms], ['low on disk'])
  store.onSpace?.(550)
  assert.deepEqual([...state.alarms], [])
  watch.stop()
  assert.equal(store.onSpace, undefined)
})
