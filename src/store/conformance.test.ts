import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { FakeDisk } from '../../test/support/fake-disk.ts'
import { testConformance } from '../../test/support/log-conformance.ts'
import { openOn } from '../../test/support/log-life.ts'
import { systemClock } from '../std/clock.ts'
import { silentLogger } from '../std/logger.ts'
import { openFileStore } from './file-store.ts'
import { openMemoryStore } from './memory-store.ts'
import { nodeDisk } from './node-disk.ts'

testConformance({
  name: 'memory',
  async open(t) {
    const store = openMemoryStore()
    t.after(() => store.close())
    return store
  },
})

testConformance({
  name: 'files in memory',
  async open(t) {
    const store = await openOn(new FakeDisk(1))
    t.after(() => store.close())
    return store
  },
})

testConformance({
  name: 'files on disk',
  async open(t) {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'lapine-store-'))
    const options = { directory, disk: nodeDisk, clock: systemClock, logger: silentLogger, segmentBytes: 256 * 1024 }
    const store = await openFileStore(options)
    t.after(async () => {
      await store.close()
      fs.rmSync(directory, { recursive: true })
    })
    return store
  },
})
