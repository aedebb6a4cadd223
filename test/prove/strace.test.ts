import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readTrace } from './strace.ts'

const trace = `30989 1795252126.515944 pwrite64(21</data/store.tmp>, "LAPINE-D"..., 64, 0) = 64
30986 1795252126.600000 pwrite64(22</data/messages/0000000001.segment>, "\\0\\0"..., 64, 0 <unfinished ...>
30989 1795252126.600100 pwrite64(23</data/definitions/0000000001.segment>, "\\0\\0"..., 64, 0) = -1 EIO (Input/output error) (INJECTED)
30986 1795252126.600200 <... pwrite64 resumed>) = -1 EIO (Input/output error) (INJECTED)
30989 1795252126.700000 +++ exited with 74 +++
`

test('a trace tells which calls were made to fail, when, and on which file', () => {
  const { injected, callsMax } = readTrace(trace, 'pwrite64')
  assert.equal(callsMax, 2)
  assert.deepEqual(
    injected.map(({ path, at }) => [path, Math.round(at)]),
    [
      ['/data/definitions/0000000001.segment', 1795252126600],
      ['/data/messages/0000000001.segment', 1795252126600],
    ],
  )
})

test('a path comes from the arguments where there is no descriptor', () => {
  const line = '1 2.5 rename("/data/closed.tmp", "/data/closed") = -1 EIO (Input/output error) (INJECTED)\n'
  assert.deepEqual(readTrace(line, 'rename').injected, [{ at: 2500, path: '/data/closed.tmp' }])
})

test('an empty trace has nothing', () => {
  assert.deepEqual(readTrace('', 'fsync'), { injected: [], callsMax: 0 })
})
