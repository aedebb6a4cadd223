import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { DiskPlan } from '../../test/support/disk-plan.ts'
import { FakeDisk } from '../../test/support/fake-disk.ts'
import { LogHistory } from '../../test/support/log-history.ts'
import { live, openOn } from '../../test/support/log-life.ts'
import { VirtualClock } from '../std/virtual-clock.ts'
import { backupStore } from './backup.ts'
import type { Store } from './log.ts'

/** What a store and its tools do with a disk, one call of which fails. Answers whether anybody was told. */
type Story = (plan: DiskPlan) => Promise<{ readonly disk: FakeDisk; readonly isTold: boolean }>

async function told(disk: FakeDisk, work: (store: Store, clock: VirtualClock) => Promise<void>): Promise<boolean> {
  const clock = new VirtualClock()
  let isTold = false
  try {
    const store = await openOn(disk, clock)
    store.onFault = () => {
      isTold = true
    }
    await work(store, clock)
    await clock.settle()
    await store.close()
  } catch {
    isTold = true
  }
  return isTold
}

/** Everything of a log is read in every way. */
async function look(store: Store, name: string): Promise<void> {
  const log = await store.open(name)
  await log.loadSnapshot()
  await log.replay(log.start, { bodies: false }, () => undefined)
  await log.replay(log.start, { bodies: true }, () => undefined)
  for (let at = log.start; at < log.end; ) {
    const { next, records } = await log.readOn(at, 64 * 1024)
    for (const { position } of records) await log.read(position)
    if (next <= at) break
    at = next
  }
}

const lifeAndBackup: Story = async (plan) => {
  const history = new LogHistory(6)
  const disk = new FakeDisk(6, plan)
  let isTold = await told(disk, async (store) => {
    await live(store, history)
    await look(store, 'messages')
    const stream = await store.open('stream-1', { segmentBytes: 64 * 1024 })
    for (let count = 0; count < 40; count++) new LogHistory(count).append(stream, 4000)
    await stream.flush()
    await look(store, 'stream-1')
  })
  const copy = { disk, from: '/data', to: '/copy', logs: ['messages', 'stream-1'] }
  await backupStore(copy).catch(() => {
    isTold = true
  })
  return { disk, isTold }
}

/** A start of a log that a kill ended, with all that a start meets: leftovers, spares, damage. */
const boot: Story = async (plan) => {
  const history = new LogHistory(7)
  const before = new FakeDisk(7)
  const clock = new VirtualClock()
  const first = await openOn(before, clock)
  await live(first, history)
  const gone = await first.open('stream-1')
  for (let count = 0; count < 40; count++) new LogHistory(count).append(gone, 4000)
  await gone.flush()
  await clock.settle()
  const disk = before.kill(7, plan)
  const isTold = await told(disk, async (store) => {
    await look(store, 'messages')
    await store.open('stream-1')
    await store.remove('stream-1')
    const log = await store.open('messages')
    history.append(log)
    await log.flush()
  })
  return { disk, isTold }
}

/** A start where segments and snapshots are damaged, files of an interrupted change lie about, and space is short. */
const damagedBoot: Story = async (plan) => {
  const history = new LogHistory(8)
  const before = new FakeDisk(8)
  const first = await openOn(before)
  await live(first, history)
  await first.names()
  await first.close()
  const directory = '/data/messages'
  const named = (ending: string) => before.names(directory).filter((name) => name.endsWith(ending))
  const [oldest] = named('.segment')
  before.bytes(`${directory}/${oldest}`).fill(0, 0, 4096)
  const snapshot = before.bytes(`${directory}/${named('.snapshot').at(-1)}`)
  snapshot[snapshot.length - 1]! ^= 1
  for (const name of ['0000000099.segment.tmp', '0000000098.index', '0000000097.spare'])
    await (await before.open(`${directory}/${name}`, 'create')).close()
  const disk = before.kill(8, plan)
  const isTold = await told(disk, async (store) => {
    await store.names()
    await look(store, 'messages')
  })
  return { disk, isTold }
}

/** Calls of the sources by which a disk is changed, or found out about: `journal.ts:12`. */
function callSites(): Map<string, string> {
  const sites = new Map<string, string>()
  const folder = new URL('.', import.meta.url)
  const isPort = /^(node-disk|directory-lock|verification|disk-space)\.ts$/
  const sources = readdirSync(folder).filter((name) => !name.endsWith('.test.ts') && !isPort.test(name))
  const call =
    /([dD]isk\.(open|list|makeDirectory|rename|remove|removeDirectory|syncDirectory)|([fF]ile!?|source|target)\.(read|write|sync|truncate|size))\(/
  for (const name of sources) {
    const lines = readFileSync(new URL(name, folder), 'utf8').split('\n')
    for (const [index, line] of lines.entries()) if (call.test(line)) sites.set(`${name}:${index + 1}`, line.trim())
  }
  return sites
}

/** Who makes the call under way: the innermost line of the store's own sources. */
function maker(): string {
  return /src\/store\/(?!call-sites)([a-z-]+\.ts:\d+)/.exec(new Error().stack ?? '')?.[1] ?? ''
}

test('wherever the store asks the disk for something that fails, somebody is told', async () => {
  const failed = new Set<string>()
  for (const story of [lifeAndBackup, boot, damagedBoot]) {
    const calls = new Map<string, number>()
    await story({ onCall: (number) => calls.set(maker(), calls.get(maker()) ?? number) })
    for (const [site, call] of calls) {
      const { disk, isTold } = await story({ failAt: { call, code: 'EIO' } })
      failed.add(site)
      const isHarmless = ['read', 'size', 'close', 'space'].includes(disk.failed ?? '')
      assert.ok(isTold || isHarmless, `nobody is told that ${disk.failed} failed at ${site}`)
    }
  }
  const sites = [...callSites()]
  const missed = sites.filter(([site]) => !failed.has(site))
  // What is left is done on a full disk only, or when a copy races with its original; their own tests go there.
  assert.ok(missed.length < sites.length * 0.3, missed.map((one) => one.join(' ')).join('\n'))
})
