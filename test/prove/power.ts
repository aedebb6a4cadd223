import { existsSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../bench/lapine-child.ts'
import { Chance } from '../fuzz/chance.ts'
import { BootFailure, BrokerProcess, type BrokerStart } from './broker-process.ts'
import { type CampaignOptions, type OpenCampaign, type RoundReport, run } from './campaign.ts'
import { pickMoment } from './load.ts'
import { LoopDisk, loopObstacle } from './loop-disk.ts'
import { type Audit, differences, Stage } from './stage.ts'

const imageMebibytes = 256
/** In memory an image is copied before its kernel gets round to writing back. */
const memoryFolder = '/dev/shm'
const folderMebibytesMin = 3 * imageMebibytes

class PowerCampaign implements OpenCampaign {
  readonly #chance: Chance
  readonly #withoutSync: boolean
  readonly #disk: LoopDisk
  readonly #stage: Stage
  readonly #start: BrokerStart
  #broker: BrokerProcess | undefined
  #confirmed = 0
  #defined = 0
  #cuts = 0
  #roundsWithLoss = 0

  private constructor(options: CampaignOptions, port: number) {
    this.#chance = new Chance(options.seed)
    this.#withoutSync = options.own['without-sync'] === true
    this.#disk = LoopDisk.make(options.folder, imageMebibytes)
    this.#stage = new Stage(this.#chance)
    const preload = fileURLToPath(new URL('./without-sync.ts', import.meta.url))
    const environment: Record<string, string> = this.#withoutSync ? { NODE_OPTIONS: `--import=${preload}` } : {}
    this.#start = { dataDirectory: join(this.#disk.mountPoint, 'data'), port, environment }
  }

  static async open(options: CampaignOptions): Promise<PowerCampaign> {
    return new PowerCampaign(options, await freePort())
  }

  async round(): Promise<RoundReport> {
    const chance = this.#chance
    const broker = this.#broker ?? (await BrokerProcess.start(this.#start))
    await this.#stage.declare(broker.url)
    const load = await this.#stage.load(broker.url)
    const moment = pickMoment(chance)
    await load.reaches(moment)
    const cutMilliseconds = await this.#cutPower(broker)
    await load.end
    this.#confirmed += load.confirmed
    this.#defined += load.defined
    const done = `cut at ${`${moment.kind} ${moment.count}`.padEnd(20)} ${load.confirmed} confirmed, ${load.acknowledged} acknowledged, ${load.defined} definitions; copied in ${Math.round(cutMilliseconds)} ms`
    try {
      return this.#judge(done, await this.#lookTwice())
    } catch (error) {
      if (!this.#withoutSync || !(error instanceof BootFailure)) throw error
      return this.#judge(`${done}; did not boot`, { complaints: ['did not boot'], evidence: error.log, held: 0 })
    }
  }

  summary() {
    const lines = [
      this.#stage.totals,
      `${this.#confirmed} confirmed, ${this.#defined} definitions changed, ${this.#cuts} cuts`,
    ]
    if (!this.#withoutSync) return { lines, complaints: [] }
    lines.push(`without syncing, ${this.#roundsWithLoss} rounds showed a loss`)
    return { lines, complaints: this.#roundsWithLoss > 0 ? [] : ['the rig does not see that nothing was synced'] }
  }

  async close(): Promise<void> {
    this.#disk.close()
  }

  /** The broker stands still, the disk is taken as it is, the rest is forgotten. Answers how long the taking took. */
  async #cutPower(broker: BrokerProcess): Promise<number> {
    broker.signal('SIGSTOP')
    this.#cuts += 1
    const started = performance.now()
    if (!this.#withoutSync && this.#chance.oneIn(3)) this.#disk.writeBackSome(this.#start.dataDirectory, this.#chance)
    this.#disk.cut()
    const milliseconds = performance.now() - started
    await broker.kill()
    this.#disk.restore()
    return milliseconds
  }

  /** The power goes again while the broker recovers. */
  async #interruptBoot(): Promise<void> {
    const broker = new BrokerProcess(this.#start)
    const milliseconds = 20 + this.#chance.below(300)
    await Promise.race([new Promise((resolve) => setTimeout(resolve, milliseconds)), broker.ended])
    await this.#cutPower(broker)
  }

  /** Boots on what is left, looks, cuts the power of the idle broker, boots and looks again. */
  async #lookTwice(): Promise<Looked> {
    if (!this.#withoutSync && this.#chance.oneIn(4)) await this.#interruptBoot()
    const first = await BrokerProcess.start(this.#start)
    const before = await this.#stage.audit(first.url)
    if (this.#withoutSync) {
      await first.kill()
      return this.#startAnew(before)
    }
    await this.#cutPower(first)
    const second = await BrokerProcess.start(this.#start)
    const after = await this.#stage.audit(second.url)
    await this.#stage.emptySome(second.url)
    this.#broker = second
    const complaints = [...before.complaints, ...after.complaints, ...differences(before, after)]
    const held = [...after.contents.values()].reduce((sum, names) => sum + names.length, 0)
    return { complaints, evidence: `${first.excerpt}\n${second.excerpt}`, held }
  }

  #startAnew(before: Audit): Looked {
    this.#broker = undefined
    return { complaints: before.complaints, evidence: '', held: 0 }
  }

  #judge(done: string, { complaints, evidence, held }: Looked): RoundReport {
    if (!this.#withoutSync) return { line: `${done}; ${held} held`, complaints, evidence }
    if (complaints.length > 0) this.#roundsWithLoss += 1
    return { line: `${done}; ${complaints[0] ?? 'nothing lost'}`, complaints: [] }
  }
}

interface Looked {
  readonly complaints: readonly string[]
  readonly evidence: string
  readonly held: number
}

function hasRoom(folder: string): boolean {
  if (!existsSync(folder)) return false
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize > folderMebibytesMin * 1024 * 1024
}

/** Proves that what was promised survives a power cut. */
await run({
  name: 'power',
  purpose: `Cuts the power: the broker's data lies in an ext4 in an image file; at a random moment the broker is stopped,
the image copied as it is, and the broker booted on the copy. What was not synced is gone. Some cuts fall into
a boot, before some the kernel has written back some files. Then the power of the idle broker is cut too. The disk lives on from round to round.`,
  rounds: 100,
  own: { 'without-sync': { type: 'boolean' } },
  ownHelp: '  --without-sync     takes syncing away from the broker, and fails unless that shows\n',
  ...(hasRoom(memoryFolder) ? { defaultFolder: memoryFolder } : {}),
  obstacle: loopObstacle,
  open: (options) => PowerCampaign.open(options),
})
