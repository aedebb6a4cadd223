import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { complaints as complaintsOf } from '../durability/checker.ts'
import type { Chance } from '../fuzz/chance.ts'
import { BootFailure, BrokerProcess, type BrokerStart, type Ended, excerptOf } from './broker-process.ts'
import type { RoundReport } from './campaign.ts'
import { Consumer, drain } from './consumer.ts'
import { Ledger } from './ledger.ts'
import type { MemoryDisk } from './memory-disk.ts'
import { Publisher } from './publisher.ts'
import { Session } from './session.ts'

const MiB = 1024 * 1024
const publisherCount = 3
const windowMessages = 100
const bodyBytes = 10 * 1024
const fillMillisecondsMax = 20_000
/** What the queue holds when somebody else takes the rest. */
const ballastAfterBytes = 4 * MiB
const nudgeMilliseconds = 200
const overshootBytesMax = 8 * MiB
const resumeMillisecondsMax = 2000
const patienceMilliseconds = 10_000

/** A way to run out of space. */
export interface Shortage {
  readonly name: string
  /** Free space below which publishers are to be held up; with 0, the disk has to say so itself. */
  readonly limitBytes: number
  /** Not the publishers take the space, but a file beside the data. */
  readonly ballast: boolean
}

interface Ground {
  readonly port: number
  readonly configuration: string
  readonly chance: Chance
}

/** Runs a broker out of space and back, once. */
export class Filling {
  readonly #disk: MemoryDisk
  readonly #shortage: Shortage
  readonly #ground: Ground
  readonly #start: BrokerStart
  readonly #ledger = new Ledger('proof.filled')
  readonly #complaints: string[] = []
  #publishers: readonly Publisher[] = []
  #leastFree = Number.POSITIVE_INFINITY
  #crossedAt: number | undefined
  #allBlockedAt: number | undefined
  #confirmedBytesAtBlocked = 0

  constructor(disk: MemoryDisk, shortage: Shortage, ground: Ground) {
    this.#disk = disk
    this.#shortage = shortage
    this.#ground = ground
    const { port, configuration } = ground
    writeFileSync(configuration, `disk_free_limit.absolute = ${shortage.limitBytes}\n`)
    this.#start = { dataDirectory: join(disk.mountPoint, 'data'), port, configuration }
  }

  async run(): Promise<RoundReport> {
    const broker = await BrokerProcess.start(this.#start)
    const sampler = setInterval(() => this.#sample(), 5)
    try {
      const story = await this.#story(broker)
      return { line: story, complaints: this.#complaints, evidence: broker.excerpt }
    } catch (error) {
      this.#complaints.push(String(error))
      const boot = error instanceof BootFailure ? `\n${excerptOf(error.log)}` : ''
      return { line: 'broke off', complaints: this.#complaints, evidence: broker.excerpt + boot }
    } finally {
      clearInterval(sampler)
    }
  }

  async #story(broker: BrokerProcess): Promise<string> {
    await this.#open(broker.url)
    const blocked = await this.#fill(broker)
    const ended = await stateOf(broker)
    if (ended !== undefined) {
      this.#complaints.push(`the broker ended with ${ended.code ?? ended.signal} on a full disk`)
      return `${await this.#lookAfterRestart(broker)}; the broker ended`
    }
    const taken = this.#allConfirmedBytes() - this.#confirmedBytesAtBlocked
    const drained = this.#shortage.ballast ? await this.#unload() : await this.#drain(broker.url)
    const resumed = blocked ? await this.#resumes(drained.at) : undefined
    this.#judgeOvershoot(taken)
    await this.#publishMore()
    for (const publisher of this.#publishers) await publisher.stop()
    const looked = await this.#lookAfterRestart(broker)
    const delay =
      this.#allBlockedAt === undefined || this.#crossedAt === undefined
        ? ''
        : ` ${Math.max(0, this.#allBlockedAt - this.#crossedAt)} ms after the limit`
    const told = blocked ? `all blocked${delay}` : 'not blocked'
    return `${told}, ${mebibytes(taken)} MiB confirmed after it, ${mebibytes(Math.max(0, this.#leastFree))} MiB left at least; ${drained.done}; resumed after ${resumed ?? '-'} ms; ${looked}`
  }

  async #open(url: string): Promise<void> {
    await using session = await Session.open(url)
    const channel = await session.channel()
    await channel.assertQueue(this.#ledger.queue, { durable: true })
    const route = { exchange: '', routingKey: this.#ledger.queue, ledgers: [this.#ledger] }
    const publishers: Publisher[] = []
    for (let i = 0; i < publisherCount; i++) {
      const bytes: [number, number] = [bodyBytes, bodyBytes]
      const name = `full-${'abc'[i]}`
      const plan = { name, window: windowMessages, bytes, bytesTotalMax: Number.POSITIVE_INFINITY, priority: 0 }
      publishers.push(await Publisher.open(url, { plan, routes: [route], chance: this.#ground.chance }))
    }
    this.#publishers = publishers
  }

  /** Publishes until all are told to pause. Answers whether they were. */
  async #fill(broker: BrokerProcess): Promise<boolean> {
    const blocked = Promise.withResolvers<boolean>()
    for (const publisher of this.#publishers) {
      publisher.onBlocked = (isBlocked) => {
        if (!isBlocked) return
        publisher.pause()
        if (this.#publishers.some(({ blockedAt }) => blockedAt === undefined)) return
        this.#allBlockedAt ??= Date.now()
        this.#confirmedBytesAtBlocked = this.#allConfirmedBytes()
        blocked.resolve(true)
      }
      publisher.start()
    }
    if (this.#shortage.ballast) await this.#takeSpace(broker)
    const nudger = setInterval(() => this.#nudge(), nudgeMilliseconds)
    const late = pause(fillMillisecondsMax, false)
    const told = await Promise.race([blocked.promise, broker.ended.then(() => false), late])
    clearInterval(nudger)
    if (!told && (await stateOf(broker)) === undefined) {
      this.#complaints.push(`publishers were not told to pause within ${fillMillisecondsMax} ms`)
      for (const publisher of this.#publishers) publisher.pause()
      this.#confirmedBytesAtBlocked = this.#allConfirmedBytes()
    }
    await this.#quiet()
    return told
  }

  /** The rest of the disk goes to somebody else while the queue holds little of it. */
  async #takeSpace(broker: BrokerProcess): Promise<void> {
    await new Promise<void>((resolve) => {
      const onConfirm = () => {
        if (this.#allConfirmedBytes() < ballastAfterBytes) return
        for (const publisher of this.#publishers) publisher.pause()
        resolve()
      }
      for (const publisher of this.#publishers) publisher.onConfirm = onConfirm
      void broker.ended.then(() => resolve())
    })
    for (const publisher of this.#publishers) publisher.onConfirm = undefined
    await this.#quiet()
    this.#disk.load(this.#shortage.limitBytes === 0 ? 0 : this.#shortage.limitBytes - 4 * MiB)
    for (const publisher of this.#publishers) publisher.start()
  }

  /** A publisher is told to pause when it publishes; one that waits for confirms in vain has to be made to. */
  #nudge(): void {
    for (const publisher of this.#publishers) {
      const isIdle = Date.now() - publisher.lastConfirmAt > nudgeMilliseconds
      if (isIdle && publisher.blockedAt === undefined) publisher.sendOne()
    }
  }

  /** Waits until no confirm came for half a second. */
  async #quiet(): Promise<void> {
    let before = -1
    for (let tries = 0; tries < 20 && before !== this.#allConfirmedBytes(); tries++) {
      before = this.#allConfirmedBytes()
      await pause(500)
    }
  }

  #judgeOvershoot(taken: number): void {
    if (taken > overshootBytesMax)
      this.#complaints.push(`${mebibytes(taken)} MiB were confirmed after the pause was asked for`)
    const { limitBytes, ballast } = this.#shortage
    if (limitBytes === 0 || ballast) return
    const beyond = limitBytes - this.#leastFree
    if (beyond > overshootBytesMax) this.#complaints.push(`the disk went ${mebibytes(beyond)} MiB beyond the limit`)
  }

  async #drain(url: string): Promise<Relief> {
    const consumer = await Consumer.start(url, this.#ledger, { prefetch: 500, every: 1 })
    await using session = await Session.open(url)
    const channel = await session.channel()
    const deadline = Date.now() + 4 * patienceMilliseconds
    let empty = 0
    while (empty < 3 && Date.now() < deadline) {
      const { messageCount } = await channel.checkQueue(this.#ledger.queue)
      empty = messageCount === 0 ? empty + 1 : 0
      await pause(20)
    }
    const at = Date.now()
    const { acknowledged } = consumer
    await consumer.close()
    if (empty < 3) this.#complaints.push('consumers could not empty the queue')
    return { at, done: `${acknowledged} drained` }
  }

  async #unload(): Promise<Relief> {
    this.#disk.unload()
    return { at: Date.now(), done: 'ballast gone' }
  }

  /** How long after `since` all publishers were told to go on. */
  async #resumes(since: number): Promise<number | undefined> {
    const deadline = Date.now() + patienceMilliseconds
    while (this.#publishers.some(({ blockedAt }) => blockedAt !== undefined)) {
      if (Date.now() > deadline) {
        this.#complaints.push(
          `publishers were not told to go on within ${patienceMilliseconds} ms, with ${mebibytes(this.#disk.freeBytes)} MiB free`,
        )
        return undefined
      }
      await pause(5)
    }
    const taken = Date.now() - since
    if (taken > resumeMillisecondsMax) this.#complaints.push(`publishers were told to go on only after ${taken} ms`)
    return taken
  }

  /** What is outstanding is confirmed now, and so is what comes. */
  async #publishMore(): Promise<void> {
    const before = this.#publishers.map(({ confirmed, outstanding }) => confirmed + outstanding)
    for (const publisher of this.#publishers) {
      publisher.onBlocked = undefined
      publisher.start()
    }
    const deadline = Date.now() + patienceMilliseconds
    while (this.#publishers.some(({ confirmed }, i) => confirmed < before[i]! + windowMessages)) {
      if (Date.now() > deadline) {
        this.#complaints.push('publishing does not go on')
        break
      }
      await pause(5)
    }
    for (const publisher of this.#publishers) publisher.pause()
  }

  async #lookAfterRestart(broker: BrokerProcess): Promise<string> {
    await broker.kill()
    const again = await BrokerProcess.start(this.#start)
    await using session = await Session.open(again.url)
    const { names } = await drain(session, this.#ledger, 'nothing')
    const verdict = this.#ledger.verdict()
    this.#complaints.push(...complaintsOf(verdict))
    await again.kill()
    const confirmed = this.#publishers.reduce((sum, publisher) => sum + publisher.confirmed, 0)
    return `${confirmed} confirmed, ${names.length} found after kill -9, ${verdict.lost.length} lost`
  }

  #allConfirmedBytes(): number {
    return this.#publishers.reduce((sum, { confirmedBytes }) => sum + confirmedBytes, 0)
  }

  #sample(): void {
    const free = this.#disk.freeBytes
    this.#leastFree = Math.min(this.#leastFree, free)
    // A disk without a limit is full when the broker says so: it takes space in strides, ahead of its need.
    if (free < this.#shortage.limitBytes) this.#crossedAt ??= Date.now()
  }
}

/** What was done about the shortage, and when that was complete. */
interface Relief {
  readonly at: number
  readonly done: string
}

function stateOf(broker: BrokerProcess): Promise<Ended | undefined> {
  return Promise.race([broker.ended, Promise.resolve(undefined)])
}

function mebibytes(bytes: number): string {
  return (bytes / MiB).toFixed(1)
}
