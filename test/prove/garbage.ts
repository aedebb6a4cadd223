import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../bench/lapine-child.ts'
import { Chance } from '../fuzz/chance.ts'
import { Sessions } from '../fuzz/sessions.ts'
import { BrokerProcess } from './broker-process.ts'
import { type CampaignOptions, type OpenCampaign, type RoundReport, run } from './campaign.ts'
import { Canary, complaintsAbout, describeSong } from './canary.ts'
import { attack, garbageSession } from './garbage-sessions.ts'
import { descriptors, falls, residentBytes } from './process-view.ts'

const SESSIONS_PER_ROUND = 1000
const AT_ONCE = 50
/** What other clients may feel, in milliseconds. */
const P99_MAX = 250

class GarbageCampaign implements OpenCampaign {
  readonly #chance: Chance
  readonly #sessions: Sessions
  readonly #broker: BrokerProcess
  readonly #canary: Canary
  readonly #sessionsPerRound: number
  readonly #restingDescriptors: number
  readonly #restingBytes: number
  readonly #kinds = new Map<string, number>()
  #done = 0

  private constructor(options: CampaignOptions, broker: BrokerProcess, canary: Canary) {
    this.#chance = new Chance(options.seed)
    this.#sessions = new Sessions(options.seed)
    this.#broker = broker
    this.#canary = canary
    this.#sessionsPerRound = Math.min(SESSIONS_PER_ROUND, Number(options.own.sessions ?? SESSIONS_PER_ROUND))
    this.#restingDescriptors = descriptors(broker.pid)
    this.#restingBytes = residentBytes(broker.pid)
  }

  static async open(options: CampaignOptions): Promise<GarbageCampaign> {
    const dataDirectory = join(options.folder, 'data')
    const configuration = join(options.folder, 'lapine.conf')
    // Damaged logins fail; with the limit all later ones would be refused unseen.
    writeFileSync(
      configuration,
      'lapine.login_failures_per_user = infinity\nlapine.login_failures_per_address = infinity\n',
    )
    const broker = await BrokerProcess.start({ dataDirectory, port: await freePort(), configuration })
    return new GarbageCampaign(options, broker, await Canary.release(broker.url))
  }

  async round(): Promise<RoundReport> {
    let left = this.#sessionsPerRound
    const attacker = async (): Promise<void> => {
      while (left-- > 0) {
        const session = garbageSession(this.#chance, this.#sessions)
        this.#kinds.set(session.kind, (this.#kinds.get(session.kind) ?? 0) + 1)
        await attack(this.#broker.port, session)
      }
    }
    const started = performance.now()
    await Promise.all(Array.from({ length: AT_ONCE }, attacker))
    this.#done += this.#sessionsPerRound
    const seconds = (performance.now() - started) / 1000
    const complaints = bugsIn(this.#broker.log)
    const resident = (residentBytes(this.#broker.pid) / 1e6).toFixed(0)
    const line = `${this.#sessionsPerRound} sessions, ${Math.round(this.#sessionsPerRound / seconds)} a second, ${resident} MB`
    return { line, complaints, evidence: this.#broker.excerpt }
  }

  async summary() {
    const song = await this.#canary.recall()
    // The canary's own socket is gone too.
    const open = await falls(() => descriptors(this.#broker.pid), this.#restingDescriptors, 10_000)
    const complaints = complaintsAbout(song, P99_MAX)
    if (open > this.#restingDescriptors) complaints.push(`${open - this.#restingDescriptors} descriptors are left`)
    const { code, signal } = await this.#broker.stop()
    if (code !== 0) complaints.push(`the broker ended with ${code ?? signal}`)
    const kinds = [...this.#kinds].map(([kind, count]) => `${count} ${kind}`).join(', ')
    return {
      lines: [
        `${this.#done} sessions: ${kinds}`,
        describeSong(song),
        `resident at rest ${(this.#restingBytes / 1e6).toFixed(0)} MB, descriptors left open ${Math.max(0, open - this.#restingDescriptors)}`,
      ],
      complaints,
    }
  }

  async close(): Promise<void> {}
}

/** What a broker writes when it has met a fault of its own. */
function bugsIn(log: string): string[] {
  const lines = log.split('\n').filter((line) => /INTERNAL_ERROR|a task of the turn failed|uncaught/i.test(line))
  return [...new Set(lines)].slice(0, 3)
}

/** Proves that what strangers say to a running broker is felt by nobody else. */
await run({
  name: 'garbage',
  purpose: `Runs sessions of garbage against a broker, ${AT_ONCE} at a time: noise, damaged logins, damaged frames behind sound
logins, bodies that never end. A client beside them must see no error and wait less than ${P99_MAX} ms for 99 of 100 messages.`,
  rounds: 100,
  roundsOf: ({ sessions }) => (sessions === undefined ? undefined : Math.ceil(Number(sessions) / SESSIONS_PER_ROUND)),
  own: { sessions: { type: 'string' } },
  ownHelp: '  --sessions N       how many sessions, 1,000 in a round (100000)\n',
  open: (options) => GarbageCampaign.open(options),
})
