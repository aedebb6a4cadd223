import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../bench/lapine-child.ts'
import { Chance } from '../fuzz/chance.ts'
import { BrokerProcess, type BrokerStart } from './broker-process.ts'
import { type CampaignOptions, type OpenCampaign, type RoundReport, run } from './campaign.ts'
import { pickMoment } from './load.ts'
import { differences, Stage } from './stage.ts'

class KillCampaign implements OpenCampaign {
  readonly #chance: Chance
  readonly #stage: Stage
  readonly #start: BrokerStart
  #broker: BrokerProcess | undefined
  #confirmed = 0
  #acknowledged = 0
  #defined = 0
  #boots = 0
  #slowestBoot = 0

  private constructor(options: CampaignOptions, port: number) {
    this.#chance = new Chance(options.seed)
    this.#stage = new Stage(this.#chance)
    const configuration = join(options.folder, 'lapine.conf')
    // Little memory, so that bodies are read back from disk.
    writeFileSync(configuration, 'lapine.content_in_memory_max = 4MiB\n')
    this.#start = { dataDirectory: join(options.folder, 'data'), port, configuration }
  }

  static async open(options: CampaignOptions): Promise<KillCampaign> {
    return new KillCampaign(options, await freePort())
  }

  async round(): Promise<RoundReport> {
    const chance = this.#chance
    const broker = this.#broker ?? (await this.#boot())
    await this.#stage.declare(broker.url)
    const load = await this.#stage.load(broker.url)
    const moment = pickMoment(chance)
    await load.reaches(moment)
    await broker.kill()
    await load.end

    const interrupted = chance.oneIn(4) ? await this.#interruptBoot() : ''
    const first = await this.#boot()
    const before = await this.#stage.audit(first.url)
    await first.kill()
    const second = await this.#boot()
    const after = await this.#stage.audit(second.url)
    const complaints = [...before.complaints, ...after.complaints, ...differences(before, after)]
    await this.#stage.emptySome(second.url)
    const stopped = chance.oneIn(4) ? await this.#stopCleanly(second, complaints) : ''
    this.#broker = stopped === '' ? second : undefined
    this.#confirmed += load.confirmed
    this.#acknowledged += load.acknowledged
    this.#defined += load.defined
    const held = [...after.contents.values()].reduce((sum, names) => sum + names.length, 0)
    const line = `killed at ${`${moment.kind} ${moment.count}`.padEnd(20)} ${load.confirmed} confirmed, ${load.acknowledged} acknowledged, ${load.defined} definitions; ${held} held, boot ${Math.round(second.bootMilliseconds)} ms${interrupted}${stopped}`
    return { line, complaints, evidence: `${first.excerpt}\n${second.excerpt}` }
  }

  summary() {
    return {
      lines: [
        this.#stage.totals,
        `${this.#confirmed} confirmed, ${this.#acknowledged} acknowledged, ${this.#defined} definitions changed`,
        `${this.#boots} boots, the slowest ${Math.round(this.#slowestBoot)} ms`,
      ],
      complaints: [],
    }
  }

  async close(): Promise<void> {}

  async #boot(): Promise<BrokerProcess> {
    const broker = await BrokerProcess.start(this.#start)
    this.#boots += 1
    this.#slowestBoot = Math.max(this.#slowestBoot, broker.bootMilliseconds)
    return broker
  }

  /** Kills a broker while it recovers. */
  async #interruptBoot(): Promise<string> {
    const broker = new BrokerProcess(this.#start)
    const milliseconds = 20 + this.#chance.below(300)
    await Promise.race([new Promise((resolve) => setTimeout(resolve, milliseconds)), broker.ended])
    await broker.kill()
    return `, killed booting at ${milliseconds} ms`
  }

  async #stopCleanly(broker: BrokerProcess, complaints: string[]): Promise<string> {
    const { code } = await broker.stop()
    if (code !== 0) complaints.push(`a clean stop ended with ${code}`)
    this.#stage.settle()
    return ', stopped'
  }
}

/** Proves that what was promised survives `kill -9` at any moment, seen from outside. */
await run({
  name: 'kill',
  purpose: `Kills the broker with SIGKILL at random moments of publishing, consuming and declaring, starts it again, looks
at everything, starts it a second time and looks again. The data directory lives on from round to round.`,
  rounds: 200,
  open: (options) => KillCampaign.open(options),
})
