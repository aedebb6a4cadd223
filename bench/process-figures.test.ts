import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { cpuTicks, figuresAvailable, listenerInodes, listenerPid, residentKib } from './process-figures.ts'

test('CPU time is read behind a process name that holds spaces and parentheses', () => {
  const stat = '42 (a) b (c) S 1 2 3 0 -1 4194560 5 6 7 8 1234 66 9 10 20 0 30 0 100'
  assert.equal(cpuTicks(stat), 1300)
})

test('resident memory is the VmRSS line', () => {
  assert.equal(residentKib('Name:\tnode\nVmHWM:\t  900 kB\nVmRSS:\t  512 kB\n'), 512)
})

test('only listening sockets of exactly that port are found', () => {
  const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1628 00000000:0000 0A 00000000:00000000 00:00000000 00000000   105        0 111 1 0
   1: 0100007F:1628 0100007F:9999 01 00000000:00000000 00:00000000 00000000   105        0 222 1 0
   2: 0100007F:0628 00000000:0000 0A 00000000:00000000 00:00000000 00000000   105        0 333 1 0`
  assert.deepEqual(listenerInodes(table, 5672), ['111'])
})

test('the process behind a listening port is found', { skip: figuresAvailable ? false : 'needs /proc' }, (_t, done) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const found = listenerPid((server.address() as { port: number }).port)
    server.close()
    assert.equal(found, process.pid)
    done()
  })
})
