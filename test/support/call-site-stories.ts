import { isOutOfSpace } from '../../src/store/disk.ts'
import type { Store } from '../../src/store/log.ts'
import { verifyLog, verifyStoreFile } from '../../src/store/verification.ts'
import type { DiskPlan } from './disk-plan.ts'
import { FakeDisk } from './fake-disk.ts'
import { LogHistory } from './log-history.ts'
import { live, openOn } from './log-life.ts'
import { Scene } from './scene.ts'

/** What is done with a disk, the same each time, so that a call can be named by its number. */
export type Story = (plan: DiskPlan) => Promise<Scene>

const KiB = 1024
const messages = '/data/messages'

/** Everything of a log is read in every way. */
async function look(store: Store, name: string): Promise<void> {
  const log = await store.open(name)
  await log.loadSnapshot()
  await log.replay(log.start, { bodies: false }, () => undefined)
  await log.replay(log.start, { bodies: true }, () => undefined)
  for (let at = log.start; at < log.end; ) {
    const { next, records } = await log.readOn(at, 64 * KiB)
    for (const { position } of records) await log.read(position)
    if (next <= at) break
    at = next
  }
}

interface Before {
  readonly disk: FakeDisk
  readonly history: LogHistory
}

/** What lies on a disk when a story begins; made once. */
function beginning(make: () => Promise<Before>): () => Promise<Before> {
  let made: Promise<Before> | undefined
  return () => {
    made ??= make()
    return made
  }
}

/** A life that was closed, or only ended. */
async function lived(seed: number, isClosed: boolean): Promise<Before> {
  const history = new LogHistory(seed)
  const disk = new FakeDisk(seed)
  const store = await openOn(disk)
  await live(store, history)
  if (isClosed) await store.close()
  return { disk, history }
}

function named(disk: FakeDisk, ending: string): string[] {
  return disk.names(messages).filter((name) => name.endsWith(ending))
}

/** What a start finds on a damaged disk is what has to be found there. */
async function damaged({ disk, history }: Before): Promise<Before> {
  const found = new Set<number>()
  const store = await openOn(disk.kill(1))
  const log = await store.open('messages')
  await log.replay(log.start, { bodies: true }, (record) => {
    if (!record.damaged) found.add(record.position)
  })
  const kept = history.fork(1)
  kept.records = history.records.filter(({ position }) => found.has(position))
  return { disk, history: kept }
}

const lifeAndBackup: Story = async (plan) => {
  const scene = new Scene(plan)
  await scene.run(async (store) => {
    const history = new LogHistory(6)
    scene.watch(await store.open('messages'), history)
    await live(store, history)
    const log = await store.open('messages')
    // The third: the first goes.
    const through = log.end
    await log.saveSnapshot({ through, bytes: Buffer.from('third') })
    history.snapshot = through
    await look(store, 'messages')
    const stream = await store.open('stream-1', { segmentBytes: 64 * KiB })
    scene.watch(stream, new LogHistory(7))
    await scene.append(stream, 10, 4000)
    await look(store, 'stream-1')
  })
  await scene.backup(['messages', 'stream-1'])
  return scene
}

/** A start of a log that a kill ended, with all that a start meets: leftovers, spares, a removal that was interrupted. */
const killed = beginning(async () => {
  const before = await lived(7, false)
  const { disk } = before
  await disk.makeDirectory('/data/stream-9.removed')
  await (await disk.open('/data/stream-9.removed/0000000001.segment', 'create')).close()
  for (const name of ['0000000099.segment.tmp', '0000000098.index', '0000000097.spare'])
    await (await disk.open(`${messages}/${name}`, 'create')).close()
  return before
})

const boot: Story = async (plan) => {
  const { disk, history } = await killed()
  const scene = new Scene(plan, disk)
  await scene.run(async (store) => {
    await store.names()
    const log = await store.open('messages')
    scene.watch(log, history.fork(1))
    await look(store, 'messages')
    const gone = await store.open('stream-1')
    for (let count = 0; count < 12; count++) new LogHistory(count).append(gone, 4000)
    await gone.flush()
    await store.remove('stream-1')
    await scene.append(log, 1, 100)
  })
  return scene
}

/** A start where a header, a whole segment and a snapshot are damaged. */
const broken = beginning(async () => {
  const before = await lived(8, true)
  const { disk } = before
  const [first, second] = named(disk, '.segment')
  disk.bytes(`${messages}/${first}`).fill(0, 0, 4096)
  disk.bytes(`${messages}/${second}`).fill(0)
  const snapshot = disk.bytes(`${messages}/${named(disk, '.snapshot').at(-1)}`)
  snapshot[snapshot.length - 1]! ^= 1
  return await damaged(before)
})

const damagedBoot: Story = async (plan) => {
  const { disk, history } = await broken()
  const scene = new Scene(plan, disk)
  scene.isDamaged = true
  await scene.run(async (store) => {
    scene.watch(await store.open('messages'), history.fork(1))
    await look(store, 'messages')
  })
  return scene
}

const closed = beginning(() => lived(8, true))

/** Some pages cannot be read: what reads them names that. */
const unreadablePages: Story = async (plan) => {
  const { disk, history } = await closed()
  const path = `${messages}/${named(disk, '.segment')[0]}`
  const scene = new Scene({ ...plan, unreadable: { path, from: 8192, to: 12_288 } }, disk)
  await scene.run(async (store) => {
    scene.watch(await store.open('messages'), history.fork(1))
    await look(store, 'messages')
  })
  return scene
}

const large = beginning(async () => {
  const history = new LogHistory(2)
  const disk = new FakeDisk(1)
  const store = await openOn(disk)
  const log = await store.open('messages')
  history.watch(log)
  for (const size of [100, 700 * KiB, 100]) history.append(log, size)
  await log.flush()
  return { disk, history }
})

/** A start with a record that is read piece by piece. */
const largeRecordBoot: Story = async (plan) => {
  const { disk, history } = await large()
  const scene = new Scene(plan, disk)
  await scene.run(async (store) => {
    scene.watch(await store.open('messages'), history.fork(1))
    await look(store, 'messages')
  })
  return scene
}

/** What `lapine verify` does, with a log that was closed and with one that was not. */
const verification =
  (before: () => Promise<Before>): Story =>
  async (plan) => {
    const { disk } = await before()
    const scene = new Scene(plan, disk)
    const ignored = { bad: () => undefined, note: () => undefined }
    await scene.attempt(verifyStoreFile(scene.disk, '/data'))
    await scene.attempt(verifyLog({ disk: scene.disk, directory: '/data', log: 'messages', ...ignored }))
    return scene
  }

/** The disk is full while a log works and when it is closed: no snapshot, no index, no mark. */
const fullToTheEnd: Story = async (plan) => {
  const scene = new Scene(plan)
  await scene.run(async (store) => {
    const log = await store.open('messages')
    scene.watch(log, new LogHistory(1))
    for (let round = 0; round < 5; round++) await scene.append(log, 10, 2000)
    await scene.settle()
    scene.plan.capacity = 0
    const snapshot = { through: log.end, bytes: Buffer.alloc(100) }
    await log.saveSnapshot(snapshot).catch((error: unknown) => {
      if (!isOutOfSpace(error)) throw error
    })
    await scene.append(log, 30, 2000)
  })
  return scene
}

/** Starts on a full disk after a kill, where files can be overwritten and where they cannot. */
const fullBoot =
  (copiesOnWrite: boolean): Story =>
  async (plan) => {
    const { disk, history } = await killed()
    const scene = new Scene({ ...plan, copiesOnWrite, capacity: disk.bytesHeld }, disk)
    await scene.run(async (store) => {
      scene.watch(await store.open('messages'), history.fork(1))
      await scene.settle()
    })
    return scene
  }

/** Space gets short: what is kept for later is given back. */
const shortOfSpace: Story = async (plan) => {
  const scene = new Scene({ ...plan, capacity: 8000 * KiB })
  const work = async (store: Store) => {
    const log = await store.open('messages')
    scene.watch(log, new LogHistory(1))
    for (let round = 0; round < 40; round++) await scene.append(log, 5, 5000)
    scene.trim(log, 1)
    await scene.settle()
    await scene.append(log, 20, 5000)
    scene.plan.capacity = scene.disk.bytesHeld + 400 * KiB
    await store.look()
    await scene.settle()
    scene.plan.capacity = scene.disk.bytesHeld
    await store.look()
    scene.trim(log, 1)
    await scene.settle()
  }
  await scene.run(work, { freeBytesMin: 500 * KiB, segmentBytes: 256 * KiB })
  return scene
}

/** A disk is suddenly full: what was laid out for small segments goes to the reserve; then there is space again. */
const suddenlyFull: Story = async (plan) => {
  const scene = new Scene(plan)
  const segmentBytes = 128 * KiB
  const work = async (store: Store) => {
    const log = await store.open('messages')
    scene.watch(log, new LogHistory(1))
    for (let round = 0; round < 8; round++) await scene.append(log, 4, 5000)
    await scene.settle()
    scene.plan.capacity = scene.disk.bytesHeld + 20 * KiB
    while (!store.full) await scene.append(log, 4, 5000)
    scene.trim(log, 0.5)
    scene.clock.advance(500)
    await scene.settle()
    scene.plan.capacity = 10_000 * KiB
    scene.clock.advance(500)
    await scene.settle()
  }
  await scene.run(work, { segmentBytes })
  return scene
}

/** A record comes that is larger than the file prepared for it, when the disk is nearly full. */
const largeRecord: Story = async (plan) => {
  const scene = new Scene(plan)
  const work = async (store: Store) => {
    const log = await store.open('messages')
    scene.watch(log, new LogHistory(1))
    for (let round = 0; round < 10; round++) await scene.append(log, 14, 5000)
    await scene.settle()
    scene.plan.capacity = scene.disk.bytesHeld + 64 * KiB
    const isSmall = (name: string) => scene.disk.bytes(`${messages}/${name}`).length <= 32 * KiB
    while (named(scene.disk, '.segment').filter(isSmall).length < 2) await scene.append(log, 1, 5000)
    await scene.settle()
    await scene.append(log, 2, 100 * KiB)
    await scene.append(log, 10, 100)
  }
  await scene.run(work, { segmentBytes: 512 * KiB })
  return scene
}

const small = beginning(async () => {
  const history = new LogHistory(3)
  const disk = new FakeDisk(3)
  const store = await openOn(disk, undefined, '/data', { segmentBytes: 64 * KiB })
  const log = await store.open('messages')
  history.watch(log)
  for (let round = 0; round < 10; round++) {
    for (let count = 0; count < 8; count++) history.append(log, 4000)
    await log.flush()
    if (round === 7) {
      history.trimmed = log.durable
      log.trim(log.durable)
    }
  }
  await store.close()
  return { disk, history }
})

/** A start with larger segments than before: the reserve grows. */
const largerReserve: Story = async (plan) => {
  const { disk, history } = await small()
  const scene = new Scene(plan, disk)
  const work = async (store: Store) => {
    scene.watch(await store.open('messages'), history.fork(1))
    await scene.settle()
  }
  await scene.run(work, { segmentBytes: 512 * KiB })
  return scene
}

/** A start without the reserve, and with files that can become one. */
const reserveOfSpare: Story = async (plan) => {
  const { disk, history } = await small()
  const without = disk.kill(1)
  await without.remove(`${messages}/reserve`)
  const scene = new Scene(plan, without)
  const work = async (store: Store) => {
    scene.watch(await store.open('messages'), history.fork(1))
    await scene.settle()
  }
  await scene.run(work, { segmentBytes: 64 * KiB })
  return scene
}

/** The log gives up its front, and uses the files again, at one moment of a copy. */
const backupRace =
  (moment: RegExp, nth: number): Story =>
  async (plan) => {
    let left = nth
    let race: (() => Promise<void>) | undefined
    const pace = async (call: string, path: string) => {
      if (race === undefined || !moment.test(`${call} ${path}`) || --left > 0) return
      const now = race
      race = undefined
      await now()
    }
    const scene = new Scene({ ...plan, pace })
    await scene.run(async (store) => {
      const log = await store.open('messages')
      scene.watch(log, new LogHistory(1))
      for (let round = 0; round < 5; round++) await scene.append(log, 10, 2500)
      race = async () => {
        scene.trim(log, 0.9)
        await scene.settle()
        for (let round = 0; round < 4; round++) await scene.append(log, 10, 2500)
      }
      await scene.backup(['messages'])
      if (log.durable < log.end) await log.flush()
    })
    return scene
  }

/** A copy of a log that has lost a segment. */
const backupWithGap: Story = async (plan) => {
  const { disk } = await closed()
  const gap = disk.kill(1)
  await gap.remove(`${messages}/${named(gap, '.segment')[1]}`)
  const scene = new Scene(plan, gap)
  scene.isDamaged = true
  await scene.backup(['messages'])
  return scene
}

/** Together they reach every place where the store and its tools ask a disk for something. */
export const stories: ReadonlyMap<string, Story> = new Map([
  ['life and backup', lifeAndBackup],
  ['boot', boot],
  ['damaged boot', damagedBoot],
  ['unreadable pages', unreadablePages],
  ['boot with a large record', largeRecordBoot],
  ['verification', verification(closed)],
  ['verification after a kill', verification(killed)],
  ['verification of damage', verification(broken)],
  ['full to the end', fullToTheEnd],
  ['full boot', fullBoot(false)],
  ['full boot, copy on write', fullBoot(true)],
  ['short of space', shortOfSpace],
  ['suddenly full', suddenlyFull],
  ['large record', largeRecord],
  ['larger reserve', largerReserve],
  ['reserve of a spare', reserveOfSpare],
  ['file used again while copied', backupRace(/^open \/copy\/messages\/.*segment$/, 1)],
  ['front gone while copied', backupRace(/^sync \/copy\/messages\/.*segment$/, 2)],
  ['backup with a gap', backupWithGap],
])
