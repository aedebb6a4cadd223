import assert from 'node:assert/strict'
import { VirtualClock } from '../../src/std/virtual-clock.ts'
import { backupStore } from '../../src/store/backup.ts'
import type { FileStoreOptions } from '../../src/store/file-store.ts'
import type { Log, Position, Store } from '../../src/store/log.ts'
import type { DiskPlan } from './disk-plan.ts'
import { FakeDisk } from './fake-disk.ts'
import type { LogHistory } from './log-history.ts'
import { openOn } from './log-life.ts'

/** Calls whose failure puts nothing at risk: what cannot be read is damage at most, or is found out about otherwise. */
const harmless: ReadonlySet<string> = new Set(['read', 'size', 'close', 'space'])

/** A plan whose space changes while it is followed. */
export type ScenePlan = DiskPlan & { capacity?: number }

/** What a store and its tools do with a disk, one call of which fails, and what came of it. */
export class Scene {
  readonly disk: FakeDisk
  readonly plan: ScenePlan
  readonly clock = new VirtualClock()
  /** Logs whose records are compared, by name. */
  readonly #histories = new Map<string, LogHistory>()
  readonly #logs: Log[] = []
  /** What was durable when a copy was begun, by the name of the log. */
  #copied: Map<string, Position> | undefined
  readonly #faults: Error[] = []
  /** What was durable when the fault was told. */
  #durable: Position[] | undefined
  #isRefused = false
  /** Whether the disk was damaged before, so that starts name that. */
  isDamaged = false

  /** On an empty disk, or on one as it was left when its process was killed. */
  constructor(plan: DiskPlan, before?: FakeDisk) {
    this.plan = { ...plan }
    this.disk = before === undefined ? new FakeDisk(6, this.plan) : before.kill(6, this.plan)
  }

  /** Compares a log from now on. */
  watch(log: Log, history: LogHistory): void {
    history.watch(log)
    this.#histories.set(log.name, history)
    this.#logs.push(log)
  }

  /** What a process does to the data directory, from opening to closing. */
  async run(work: (store: Store) => Promise<void>, options: Partial<FileStoreOptions> = {}): Promise<void> {
    const store = await this.attempt(openOn(this.disk, this.clock, '/data', options))
    if (store === undefined) return
    store.onFault = (fault) => {
      this.#faults.push(fault)
      this.#durable ??= this.#logs.map((log) => log.durable)
    }
    await this.attempt(work(store))
    await this.settle()
    if (this.#faults.length > 0) for (const log of this.#logs) await this.#requireStopped(log)
    await store.close()
    await this.settle()
    if (this.#durable === undefined) return
    for (const [index, durable] of this.#durable.entries())
      assert.equal(this.#logs[index]!.durable, durable, 'nothing is durable after a fault')
  }

  /** Copies the data directory, while somebody may use it. */
  async backup(logs: readonly string[]): Promise<void> {
    this.#copied = new Map()
    for (const [name, history] of this.#histories) this.#copied.set(name, history.durable)
    await this.attempt(backupStore({ disk: this.disk, from: '/data', to: '/copy', logs }))
  }

  /** A refusal is an answer. */
  async attempt<T>(work: Promise<T>): Promise<T | undefined> {
    return await work.catch((error: unknown) => {
      if (error instanceof assert.AssertionError) throw error
      this.#isRefused = true
      return undefined
    })
  }

  async settle(): Promise<void> {
    for (let round = 0; round < 5; round++) await this.clock.settle()
  }

  /** Appends records, and waits for them unless the disk is full. */
  async append(log: Log, count: number, size: number): Promise<void> {
    const history = this.#histories.get(log.name)!
    for (let nth = 0; nth < count; nth++) history.append(log, size)
    await Promise.race([log.flush(), this.settle()])
  }

  /** Gives up what a log holds before one of its records. */
  trim(log: Log, part: number): void {
    const history = this.#histories.get(log.name)!
    const record = history.records[Math.floor(history.records.length * part)]
    const before = record?.position ?? log.durable
    history.trimmed = Math.max(history.trimmed, before)
    log.trim(before)
  }

  /** Fails unless the failed call had the outcome that it must have, and the next starts are as if nothing had been. */
  async check(): Promise<void> {
    const { failed } = this.disk
    assert.ok(this.#faults.length <= 1, 'a fault is told once')
    const isTold = this.#faults.length === 1 || this.#isRefused
    assert.ok(failed === undefined || isTold || harmless.has(failed), `nobody is told that ${failed} failed`)
    if (failed === undefined) assert.ok(this.#faults.length === 0 && !this.#isRefused, 'nothing failed')
    const names = this.disk.names('/copy')
    // Before the end of a copy no broker opens it.
    const isComplete = names.includes('store') && !names.includes('incomplete')
    const reboot = this.disk.reboot(1)
    if (this.#copied !== undefined && isComplete) {
      await this.#start(this.disk.kill(2), '/copy', this.#copiedHistories(this.#copied))
    }
    await this.#start(reboot, '/data', this.#histories)
  }

  /** What a copy may hold, and what was durable when it began and must be in it. */
  #copiedHistories(durable: ReadonlyMap<string, Position>): Map<string, LogHistory> {
    const copied = new Map<string, LogHistory>()
    for (const [name, history] of this.#histories) {
      const fork = history.fork(1)
      fork.durable = durable.get(name) ?? 0
      copied.set(name, fork)
    }
    return copied
  }

  async #requireStopped(log: Log): Promise<void> {
    this.#histories.get(log.name)!.append(log)
    await assert.rejects(log.flush(), { code: 'EIO' })
  }

  /** All that was confirmed is there, nothing else, and there is no fault. */
  async #start(disk: FakeDisk, directory: string, histories: ReadonlyMap<string, LogHistory>): Promise<void> {
    const store = await openOn(disk, new VirtualClock(), directory)
    store.onFault = (fault) => assert.fail(fault)
    for (const [name, history] of histories) {
      const log = await store.open(name)
      const snapshot = await log.loadSnapshot()
      // One that could not be read is put aside; then there is the one before.
      const isKept = !this.isDamaged && !harmless.has(this.disk.failed ?? '')
      if (isKept) assert.ok((snapshot?.through ?? 0) >= history.snapshot, 'a snapshot that was saved is there')
      await history.check(log)
      history.watch(log)
      for (let count = 0; count < 3; count++) history.append(log, 100)
      await log.flush()
    }
    if (!this.isDamaged) assert.deepEqual(store.damage, [])
    await store.close()
  }
}
