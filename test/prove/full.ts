import { join } from 'node:path'
import { freePort } from '../../bench/lapine-child.ts'
import { Chance } from '../fuzz/chance.ts'
import { killAll } from './broker-process.ts'
import { type CampaignOptions, type OpenCampaign, type RoundReport, run } from './campaign.ts'
import { Filling, type Shortage } from './filling.ts'
import { MemoryDisk, memoryDiskObstacle } from './memory-disk.ts'

const MiB = 1024 * 1024
const diskMebibytes = 64

/** Ways to run out of space. */
const shortages: readonly Shortage[] = [
  { name: 'publishers reach the limit', limitBytes: 16 * MiB, ballast: false, relief: 'consumers', killed: false },
  { name: 'publishers fill it to the last byte', limitBytes: 0, ballast: false, relief: 'consumers', killed: false },
  { name: 'somebody else passes the limit', limitBytes: 8 * MiB, ballast: true, relief: 'ballast', killed: false },
  { name: 'somebody else takes the last byte', limitBytes: 0, ballast: true, relief: 'ballast', killed: false },
  { name: 'somebody else keeps the last byte', limitBytes: 0, ballast: true, relief: 'consumers', killed: false },
  { name: 'killed when publishers filled it', limitBytes: 0, ballast: false, relief: 'consumers', killed: true },
  { name: 'killed when somebody else filled it', limitBytes: 0, ballast: true, relief: 'consumers', killed: true },
]

class FullCampaign implements OpenCampaign {
  readonly #options: CampaignOptions
  readonly #port: number
  readonly #chance: Chance
  readonly #lines: string[] = []
  #filling: Filling | undefined

  private constructor(options: CampaignOptions, port: number) {
    this.#options = options
    this.#port = port
    this.#chance = new Chance(options.seed)
  }

  static async open(options: CampaignOptions): Promise<FullCampaign> {
    return new FullCampaign(options, await freePort())
  }

  get doing(): string {
    return this.#filling?.doing ?? 'nothing'
  }

  async round(number: number): Promise<RoundReport> {
    const { way } = this.#options.own
    const shortage =
      shortages[(way === undefined ? number : Number(way)) - 1] ?? shortages[(number - 1) % shortages.length]!
    const disk = new MemoryDisk(this.#options.folder, diskMebibytes)
    try {
      const configuration = join(this.#options.folder, 'lapine.conf')
      const filling = new Filling(disk, shortage, { port: this.#port, configuration, chance: this.#chance })
      this.#filling = filling
      const { line, complaints, evidence } = await filling.run()
      return { line: `${shortage.name}: ${line}`, complaints, evidence }
    } finally {
      await killAll()
      disk.close()
    }
  }

  summary() {
    return { lines: this.#lines, complaints: [] }
  }

  async close(): Promise<void> {}
}

/** Proves that a full disk is a state, and no accident. */
await run({
  name: 'full',
  purpose: `Fills a disk of ${diskMebibytes} MiB, with publishers or behind the broker's back. The broker must stay alive, tell publishers
to pause, take little more, serve consumers, start on it, go on by itself when there is space, and lose nothing
confirmed.`,
  rounds: shortages.length,
  own: { way: { type: 'string' } },
  ownHelp: `  --way N            always the same way to run out of space, 1 to ${shortages.length}
`,
  obstacle: memoryDiskObstacle,
  open: (options) => FullCampaign.open(options),
})
