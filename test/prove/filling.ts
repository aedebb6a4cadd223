import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { complaints as complaintsOf } from '../durability/checker.ts'
import type { Chance } from '../fuzz/chance.ts'
import { BootFailure, BrokerProcess, type BrokerStart, type Ended, excerptOf } from './broker-process.ts'
import type { RoundReport } from './campaign.ts'
import { Consumer, drain } from './consumer.ts'
import { Crowd } from './crowd.ts'
import { Ledger } from './ledger.ts'
import type { MemoryDisk } from './memory-disk.ts'
import { Session } from './session.ts'

const MiB = 1024 * 1024
const fillMillisecondsMax = 20_000
/** What the queue holds when somebody else takes the rest, and how far beyond the limit that goes. */
const ballastAfterBytes = 4 * MiB
const ballastBeyondBytes = 4 * MiB
const overshootBytesMax = 8 * MiB
const resumeMillisecondsMax = 2000
const patienceMilliseconds = 10_000
const bootsOnFullDisk = 3

/** A way to run out of space. */
export interface Shortage {
  readonly name: string
  /** Free space below which publishers are to be held up; with 0, the disk has to say so itself. */
  readonly limitBytes: number
  /** Not the publishers take the space, but a file beside the data. */
  readonly ballast: boolean
  /** What ends it: consumers who empty the queue, or the file that goes. */
  readonly relief: 'consumers' | 'ballast'
  /** The broker is killed meanwhile and starts on the full disk, more than once. */
  readonly killed: boolean
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
  #leastFree = Number.POSITIVE_INFINITY
  #crossedAt: number | undefined
  #filesWhenStuck = ''
  /** What it is at. */
  doing = 'declaring'

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
      return { line: story, complaints: this.#complaints, evidence: `${broker.excerpt}${this.#filesWhenStuck}` }
    } catch (error) {
      this.#complaints.push(String(error))
      const boot = error instanceof BootFailure ? `\n${excerptOf(error.log)}` : ''
      return { line: 'broke off', complaints: this.#complaints, evidence: broker.excerpt + boot }
    } finally {
      clearInterval(sampler)
    }
  }

  async #story(first: BrokerProcess): Promise<string> {
    await this.#declare(first.url)
    this.doing = 'opening publishers'
    const crowd = await this.#crowd(first.url, 'first')
    const filled = await this.#fill(first, crowd)
    const ended = await stateOf(first)
    if (ended !== undefined) {
      this.#complaints.push(`the broker ended with ${ended.code ?? ended.signal} on a full disk`)
      return `${filled}; ${await this.#lookAfterRestart(first, crowd.confirmed)}; the broker ended`
    }
    const { killed, relief } = this.#shortage
    this.doing = 'restarting'
    const broker = killed ? await this.#restart(first, crowd) : first
    const boot = killed ? `; booted on it in ${Math.round(broker.bootMilliseconds)} ms` : ''
    this.doing = 'draining'
    const relieved = relief === 'ballast' ? this.#unload() : await this.#drain(broker.url)
    this.doing = 'opening publishers again'
    const after = killed ? await this.#crowd(broker.url, 'second') : crowd
    this.doing = 'resuming'
    const resumed = await this.#resumes(after, relieved.at)
    this.#judgeOvershoot()
    this.doing = 'stopping publishers'
    await after.stop()
    const confirmed = killed ? crowd.confirmed + after.confirmed : crowd.confirmed
    const looked = await this.#lookAfterRestart(broker, confirmed)
    return `${filled}${boot}; ${relieved.done}; resumed after ${resumed ?? '-'} ms; ${looked}`
  }

  async #declare(url: string): Promise<void> {
    await using session = await Session.open(url)
    const channel = await session.channel()
    await channel.assertQueue(this.#ledger.queue, { durable: true })
  }

  #crowd(url: string, name: string): Promise<Crowd> {
    return Crowd.open(url, name, { ledger: this.#ledger, chance: this.#ground.chance })
  }

  /** Publishes until all are told to pause. */
  async #fill(broker: BrokerProcess, crowd: Crowd): Promise<string> {
    const blocked = crowd.blocked().then(() => true)
    this.doing = 'publishing'
    crowd.start()
    if (this.#shortage.ballast) {
      await Promise.race([crowd.reaches(ballastAfterBytes), broker.ended])
      this.#disk.load(Math.max(0, this.#shortage.limitBytes - ballastBeyondBytes))
      this.doing = 'publishing on the full disk'
      crowd.start()
    }
    const late = pause(fillMillisecondsMax, false)
    const told = await Promise.race([blocked, broker.ended.then(() => false), late])
    if (!told && (await stateOf(broker)) === undefined) {
      this.#complaints.push(`publishers were not told to pause within ${fillMillisecondsMax} ms`)
      crowd.pause()
    }
    this.doing = 'waiting for silence'
    await crowd.quiet()
    const taken = told ? crowd.confirmedBytes - crowd.confirmedBytesAtBlocked : 0
    if (taken > overshootBytesMax)
      this.#complaints.push(`${mebibytes(taken)} MiB were confirmed after the pause was asked for`)
    const { allBlockedAt } = crowd
    const delay =
      allBlockedAt === undefined || this.#crossedAt === undefined
        ? ''
        : ` ${Math.max(0, allBlockedAt - this.#crossedAt)} ms after the limit`
    const left = mebibytes(Math.max(0, this.#leastFree))
    return `${told ? `all blocked${delay}` : 'not blocked'}, ${mebibytes(taken)} MiB confirmed after it, ${left} MiB left at least`
  }

  /** The broker is killed and starts, again and again, while whatever it gives back goes to somebody else. */
  async #restart(broker: BrokerProcess, crowd: Crowd): Promise<BrokerProcess> {
    let now = broker
    for (let boot = 0; boot < bootsOnFullDisk; boot++) {
      this.doing = `boot ${boot + 1} on the full disk`
      await now.kill()
      this.#disk.load(0)
      now = await BrokerProcess.start(this.#start)
    }
    this.doing = 'waiting for the ends of connections'
    await crowd.gone()
    return now
  }

  #judgeOvershoot(): void {
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

  #unload(): Relief {
    this.#disk.unload()
    return { at: Date.now(), done: 'ballast gone' }
  }

  /** How long after `since` all were told to go on, and went on. */
  async #resumes(crowd: Crowd, since: number): Promise<number | undefined> {
    const deadline = Date.now() + patienceMilliseconds
    while (crowd.isAnyBlocked && Date.now() <= deadline) await pause(5)
    if (crowd.isAnyBlocked) {
      const free = mebibytes(this.#disk.freeBytes)
      this.#complaints.push(
        `publishers were not told to go on within ${patienceMilliseconds} ms, with ${free} MiB free`,
      )
    }
    let begunAt: number | undefined
    const begun = () => {
      begunAt ??= Date.now()
    }
    if (!(await crowd.goesOn(begun, () => Date.now() > deadline))) {
      this.#complaints.push('publishing does not go on')
      this.#filesWhenStuck = `\n${filesIn(join(this.#start.dataDirectory, 'messages'))}`
    }
    const taken = begunAt === undefined ? undefined : begunAt - since
    if ((taken ?? 0) > resumeMillisecondsMax) this.#complaints.push(`publishing went on only after ${taken} ms`)
    return taken
  }

  async #lookAfterRestart(broker: BrokerProcess, confirmed: number): Promise<string> {
    this.doing = 'looking after a restart'
    await broker.kill()
    const again = await BrokerProcess.start(this.#start)
    await using session = await Session.open(again.url)
    const { names } = await drain(session, this.#ledger, 'nothing')
    const verdict = this.#ledger.verdict()
    this.#complaints.push(...complaintsOf(verdict))
    await again.kill()
    return `${confirmed} confirmed, ${names.length} found after kill -9, ${verdict.lost.length} lost`
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

/** Names and sizes. */
function filesIn(directory: string): string {
  return readdirSync(directory)
    .map((name) => `${name} ${statSync(join(directory, name)).size}`)
    .join('\n')
}

function mebibytes(bytes: number): string {
  return (bytes / MiB).toFixed(1)
}
