import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Alarms } from './alarm.ts'

test('alarms are told once per change, whoever raises them, memory first', () => {
  const alarms = new Alarms()
  const told: string[] = []
  const stop = alarms.listen((all) => told.push(all.join(' & ')))
  alarms.raise('store', 'low on disk')
  alarms.raise('disk monitor', 'low on disk')
  alarms.raise('memory monitor', 'low on memory')
  alarms.clear('store')
  alarms.clear('disk monitor')
  alarms.clear('memory monitor')
  alarms.clear('memory monitor')
  assert.deepEqual(told, ['low on disk', 'low on memory & low on disk', 'low on memory', ''])
  stop()
  alarms.raise('store', 'low on disk')
  assert.equal(told.length, 4)
})
