import { join } from 'node:path'
import { freePort } from '../../bench/lapine-child.ts'
import { BrokerProcess } from './broker-process.ts'
import { type CampaignOptions, type OpenCampaign, type RoundReport, run } from './campaign.ts'
import { Canary, complaintsAbout, describeSong } from './canary.ts'
import { IdleCrowd } from './idle-crowd.ts'
import { type IdleShapeName, idleShapeNames } from './idle-shapes.ts'
import { descriptors, falls, processorSeconds, residentBytes } from './process-view.ts'

const COUNT = 18_000
/**
 * Memory that one may take, kernel memory aside. Of 18,000, some 3 KiB each are what V8 keeps for new objects, however
 * many connections there are.
 */
const bytesMax: Readonly<Record<IdleShapeName, number>> = {
  amqp: 20 * 1024,
  mqtt: 13 * 1024,
  'mqtt-qos0': 20 * 1024,
  'mqtt-qos1': 20 * 1024,
  'mqtt-session': 24 * 1024,
}
/** Logins each second of the broker's processor time: what else the machine does is not to be judged. */
const LOGINS_PER_SECOND_MIN = 500
/** Milliseconds after which nothing may be left of connections that were dropped. */
const CLEANED_WITHIN = 5000
const P99_MAX = 250
/** Of fewer, time says more about the start of a broker than about them, and memory more about V8's room for new objects. */
const JUDGED_FROM = 3000
const WEIGHED_FROM = 15_000

class ConnectionsCampaign implements OpenCampaign {
  readonly #options: CampaignOptions
  readonly #count: number
  readonly #shape: IdleShapeName
  #rounds = 0

  constructor(options: CampaignOptions) {
    this.#options = options
    this.#count = Number(options.own.count ?? COUNT)
    this.#shape = shapeOf(options.own)
  }

  async round(): Promise<RoundReport> {
    const dataDirectory = join(this.#options.folder, `data-${++this.#rounds}`)
    const mqttPort = await freePort()
    const broker = await BrokerProcess.start({ dataDirectory, port: await freePort(), mqttPort })
    const canary = await Canary.release(broker.url, 20)
    const port = this.#shape === 'amqp' ? broker.port : mqttPort
    // What the first ones of their kind make the broker open stays open.
    const atFirst = descriptors(broker.pid)
    const pioneers = await IdleCrowd.gather(port, 10, this.#shape)
    await pioneers.scatter()
    await falls(() => descriptors(broker.pid), atFirst + 1, CLEANED_WITHIN)
    const resting = { bytes: residentBytes(broker.pid), descriptors: descriptors(broker.pid) }
    const complaints: string[] = []
    const started = performance.now()
    const before = processorSeconds(broker.pid)
    const crowd = await IdleCrowd.gather(port, this.#count, this.#shape)
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
    if (this.#count >= WEIGHED_FROM && bytes > bytesMax[this.#shape])
      complaints.push(`${Math.round(bytes)} bytes per connection`)
    if (judged && this.#count / loggedIn < LOGINS_PER_SECOND_MIN)
      complaints.push(`${this.#count} logins took ${loggedIn.toFixed(1)} s of processor time`)
    if (left > resting.descriptors) complaints.push(`${left - resting.descriptors} descriptors are left`)
    if (code !== 0) complaints.push(`the broker ended with ${code ?? signal}`)
    complaints.push(...complaintsAbout(song, judged ? P99_MAX : Number.POSITIVE_INFINITY))
    const line = [
      `${this.#count} connections (${this.#shape}), ${Math.round(this.#count / seconds)} logins/s (${loggedIn.toFixed(1)} s of processor time)`,
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

function shapeOf({ protocol = 'amqp', subscribed }: CampaignOptions['own']): IdleShapeName {
  const wanted = subscribed === undefined ? `${protocol}` : `${protocol}-${subscribed}`
  const found = idleShapeNames.find((name) => name === wanted)
  if (found === undefined) throw new Error(`there is no '${wanted}', only ${idleShapeNames.join(', ')}`)
  return found
}

/** Proves that many idle connections cost little, come quickly, and go without a trace. */
await run({
  name: 'connections',
  purpose: `Opens many idle connections of AMQP 0-9-1 or MQTT, looks what they cost, and drops all of them at once. Logins, and a client
beside them, must stay quick, and no descriptor may be left five seconds after.`,
  rounds: 1,
  roundMillisecondsMax: 600_000,
  own: { count: { type: 'string' }, protocol: { type: 'string' }, subscribed: { type: 'string' } },
  ownHelp: `  --count N          how many connections (${COUNT})
  --protocol NAME    amqp, each with a channel (default), or mqtt
  --subscribed HOW   with mqtt: qos0 or qos1, to a topic each; session, one that lasts, of QoS 1; else to nothing
`,
  open: async (options) => new ConnectionsCampaign(options),
})
