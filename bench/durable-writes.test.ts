import assert from 'node:assert/strict'
import { test } from 'node:test'
import { durableWritesIn, durableWritesLine } from './durable-writes.ts'

const trace = `71    pwrite64(21, ""..., 4096, 8192) = 4096
72    pwrite64(22, ""..., 4096, 8192) = 4096
72    fdatasync(22 <unfinished ...>
71    openat(AT_FDCWD, ""..., O_RDWR|O_DSYNC|O_CLOEXEC <unfinished ...>
72    <... fdatasync resumed>)          = 0
71    <... openat resumed>)             = 24
71    pwrite64(24, ""..., 512, 0 <unfinished ...>
71    <... pwrite64 resumed>)           = 512
73    openat(AT_FDCWD, ""..., O_RDWR|O_CREAT|O_CLOEXEC, 0640) = 25
73    pwrite64(25, ""..., 512, 0)       = 512
73    close(21)                         = 0
73    openat(AT_FDCWD, ""..., O_RDONLY|O_CLOEXEC) = 21
73    write(21, ""..., 8)               = 8
73    fsync(26)                         = 0
`

test('syncs and writes to files opened for durable writing are counted, others are not', () => {
  assert.deepEqual(durableWritesIn(trace, [21]), { syncs: 2, throughWrites: 2 })
  assert.deepEqual(durableWritesIn(trace, []), { syncs: 2, throughWrites: 1 })
})

test('the line says how many confirms a durable write carries', () => {
  const run = { workload: 'T', product: 'Lapine', confirms: 8000 }
  assert.match(durableWritesLine({ syncs: 1, throughWrites: 99 }, run), /12\.5 durable writes .* 80\.0 confirms/)
  assert.match(durableWritesLine({ syncs: 0, throughWrites: 0 }, run), /no durable write at all/)
})
