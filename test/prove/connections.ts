import { join } from 'node:path'
import { freePort } from '../../bench/lapine-child.ts'
import { BrokerProcess } from './broker-process.ts'
import { type CampaignOptions, type OpenCampaign, type RoundReport, run } from './campaign.ts'
import { Canary, complaintsAbout, describeSong } from './canary.ts'
import { IdleCrowd } from './idle-crowd.ts'
import { descriptors, falls, processorSeconds, residentBytes } from './process-view.ts'

const COUNT = 18_000
/** Memory that a connection with a channel may take, kernel memory aside. */
const BYTES_MAX = 20 * 1024
/** Logins each second of the broker's processor time: what else the machine does is not to be judged. */
const LOGINS_PER_SECOND_MIN = 500
/** Milliseconds after which nothing may be left of connections that were dropped. */
const CLEANED_WITHIN = 5000
const P99_MAX = 250
/** Of fewer, memory and time say more about the start of a broker than about them. */
const JUDGED_FROM = 3000

class ConnectionsCampaign implements OpenCampaign {
  readonly #options: CampaignOptions
  readonly #count: number
  #rounds = 0

  constructor(options: CampaignOptions) {
    this.#options = options
    this.#count = Number(options.own.count ?? COUNT)
  }

  async round(): Promise<RoundReport> {
    const dataDirectory = join(this.#options.folder, `data-${++this.#rounds}`)
    const broker = await BrokerProcess.start({ dataDirectory, port: await freePort() })
    const canary = await Canary.release(broker.url, 20)
    const resting = { bytes: residentBytes(broker.pid), descriptors: descriptors(broker.pid) }
    const complaints: string[] = []
    const started = performance.now()
    const before = processorSeconds(broker.pid)
    const crowd = await IdleCrowd.gather(broker.port, this.#count)
    const seconds = (performance.now() - started) / 1000
    const loggedIn = processorSeconds(broker.pid) - before
    const peak = residentBytes(broker.pid)
    // Garbage of the logins is collected when there is time for it.
    await new Promise((resolve) => setTimeout(resolve, Math.min(10_000, this.#count)))
    const bytes = (residentBytes(broker.pid) - resting.bytes) / this.#count
    const open = await crowd.size()
    const atRest = processorSeconds(broker.pid)
    await crowd.scatter()
    const dropped = performance.now()
    const left = await falls(() => descriptors(broker.pid), resting.descriptors, CLEANED_WITHIN)
    const cleaned = performance.now() - dropped
    const cleaning = processorSeconds(broker.pid) - atRest
    const song = await canary.recall()
    const { code, signal } = await broker.stop()
    if (open < this.#count) complaints.push(`${this.#count - open} connections were lost`)
    const judged = this.#count >= JUDGED_FROM
    if (judged && bytes > BYTES_MAX) complaints.push(`${Math.round(bytes)} bytes per connection and channel`)
    if (judged && this.#count / loggedIn < LOGINS_PER_SECOND_MIN)
      complaints.push(`${this.#count} logins took ${loggedIn.toFixed(1)} s of processor time`)
    if (left > resting.descriptors) complaints.push(`${left - resting.descriptors} descriptors are left`)
    if (code !== 0) complaints.push(`the broker ended with ${code ?? signal}`)
    complaints.push(...complaintsAbout(song, P99_MAX))
    const line = [
      `${this.#count} connections and channels, ${Math.round(this.#count / seconds)} logins/s (${loggedIn.toFixed(1)} s of processor time)`,
      `${(bytes / 1024).toFixed(1)} KiB each (${(peak / 1e6).toFixed(0)} MB at the peak)`,
      `cleaned up ${cleaned.toFixed(0)} ms after all were dropped (${cleaning.toFixed(1)} s of processor time)`,
      describeSong(song),
    ].join('; ')
    return { line, complaints, evidence: broker.excerpt }
  }

  summary() {
    return { lines: [], complaints: [] }
  }

  async close(): Promise<void> {}
}

/** Proves that many idle connections cost little, come quickly, and go without a trace. */
await run({
  name: 'connections',
  purpose: `Opens many connections with a channel each, looks what they cost, and drops all of them at once. Logins, and a client
beside them, must stay quick, and no descriptor may be left five seconds after.`,
  rounds: 1,
  roundMillisecondsMax: 600_000,
  own: { count: { type: 'string' } },
  ownHelp: `  --count N          how many connections (${COUNT})\n`,
  open: async (options) => new ConnectionsCampaign(options),
})
