import { join } from 'node:path'
import { freePort } from '../../bench/lapine-child.ts'
import { Chance } from '../fuzz/chance.ts'
import { BrokerProcess } from './broker-process.ts'
import { type CampaignOptions, type OpenCampaign, type RoundReport, run } from './campaign.ts'
import { type OnStep, SessionPublisher, SessionSubscriber, type Step, steps } from './session-clients.ts'

/** Messages each publisher sends in a round. */
const MESSAGES = 60

/** Steps of one kind that a round has for sure: four fifths of the publishes of its quality, of two publishers. */
const STEPS_MAX = 40

/** How long nothing comes before what is missing is lost. */
const LOST_MILLISECONDS = 10_000

/** Two publishers of both qualities and two subscribers, whose sessions outlive the broker again and again. */
class SessionsCampaign implements OpenCampaign {
  readonly #chance: Chance
  readonly #dataDirectory: string
  readonly #port: number
  readonly #publishers: readonly SessionPublisher[]
  readonly #exact: SessionSubscriber
  readonly #atLeast: SessionSubscriber
  #broker: BrokerProcess | undefined
  #fatal: { readonly step: Step; left: number } | undefined
  #onFatal: () => void = () => {}
  #rounds = 0

  constructor(options: CampaignOptions, port: number) {
    this.#chance = new Chance(options.seed)
    this.#dataDirectory = join(options.folder, 'data')
    this.#port = port
    const onStep: OnStep = (step) => this.#onStep(step)
    this.#publishers = ['one', 'two'].map((name) => new SessionPublisher(name, `sessions/${name}`, onStep))
    this.#exact = new SessionSubscriber('exact', 'sessions/+', { qos: 2, onStep })
    this.#atLeast = new SessionSubscriber('at-least', 'sessions/#', { qos: 1, onStep })
  }

  async round(): Promise<RoundReport> {
    const chance = this.#chance
    const step = steps[this.#rounds % steps.length]!
    const count = 1 + chance.below(STEPS_MAX)
    const complaints: string[] = []
    const broker = this.#broker ?? (await this.#boot())
    await this.#connect(broker, complaints)
    const killed = new Promise<void>((resolve) => {
      this.#onFatal = resolve
    })
    this.#fatal = { step, left: count }
    for (const publisher of this.#publishers) {
      for (let index = 0; index < MESSAGES; index++) publisher.send(chance.oneIn(2) ? 1 : 2)
    }
    const working = [
      ...this.#publishers.map((publisher) => publisher.work(() => false)),
      this.#exact.work(),
      this.#atLeast.work(),
    ]
    await Promise.race([killed, Promise.all(working)])
    await broker.kill()
    await Promise.allSettled(working)
    this.#leave()
    const pending = this.#publishers.reduce((sum, publisher) => sum + publisher.pending, 0)
    const next = await this.#boot()
    this.#rounds++
    await this.#connect(next, complaints)
    await Promise.all(this.#publishers.map((publisher) => publisher.work(() => true)))
    await this.#drain()
    complaints.push(...this.#audit())
    this.#leave()
    this.#broker = next
    const line = `killed at ${`${step} ${count}`.padEnd(12)} ${pending} publishes unanswered; ${this.#exact.seen.size} messages so far`
    return { line, complaints, evidence: next.excerpt }
  }

  summary() {
    const done = this.#publishers.flatMap((publisher) => publisher.done)
    const exact = done.filter(({ qos }) => qos === 2).length
    const repeated = [...this.#atLeast.seen.values()].filter((count) => count > 1).length
    return {
      lines: [
        `${exact} messages of QoS 2: each exactly once; ${done.length - exact} of QoS 1: each at least once`,
        `${this.#rounds} kills; every session was present after each; ${repeated} messages came again to the subscriber of QoS 1`,
      ],
      complaints: [],
    }
  }

  async close(): Promise<void> {}

  async #boot(): Promise<BrokerProcess> {
    return await BrokerProcess.start({ dataDirectory: this.#dataDirectory, port: this.#port })
  }

  async #connect(broker: BrokerProcess, complaints: string[]): Promise<void> {
    const ports = [...broker.log.matchAll(/started TCP listener on 127\.0\.0\.1:(\d+)/g)].map(([, port]) => port)
    const url = `mqtt://127.0.0.1:${ports[1]}`
    for (const client of [this.#exact, this.#atLeast, ...this.#publishers]) {
      const isPresent = await client.connect(url)
      if (!isPresent && this.#rounds > 0) complaints.push('a session is gone')
    }
  }

  #leave(): void {
    for (const client of [this.#exact, this.#atLeast, ...this.#publishers]) client.leave()
  }

  /** Until the subscribers have all that was promised to them, and no more comes. */
  async #drain(): Promise<void> {
    const wanted = this.#publishers.flatMap((publisher) => publisher.done.map(({ payload }) => payload))
    for (const subscriber of [this.#exact, this.#atLeast]) {
      let last = -1
      let movedAt = performance.now()
      await subscriber.drain(async () => {
        const total = [...subscriber.seen.values()].reduce((sum, count) => sum + count, 0)
        if (total !== last) movedAt = performance.now()
        else if (wanted.every((payload) => subscriber.seen.has(payload))) return true
        last = total
        // Deliveries of QoS 2 wait for the disk.
        await new Promise((resolve) => setTimeout(resolve, 20))
        return performance.now() - movedAt > LOST_MILLISECONDS
      })
    }
  }

  #audit(): string[] {
    const complaints: string[] = []
    const done = this.#publishers.flatMap((publisher) => publisher.done)
    for (const { payload, qos } of done) {
      const exactly = this.#exact.seen.get(payload) ?? 0
      const atLeast = this.#atLeast.seen.get(payload) ?? 0
      if (exactly === 0 || atLeast === 0) complaints.push(`${payload} of QoS ${qos} is lost`)
      if (qos === 2 && exactly > 1) complaints.push(`${payload} of QoS 2 came ${exactly} times`)
    }
    return complaints
  }

  #onStep(step: Step): void {
    const fatal = this.#fatal
    if (fatal?.step !== step || --fatal.left > 0) return
    this.#fatal = undefined
    this.#broker?.signal('SIGKILL')
    this.#onFatal()
  }
}

/** Proves that sessions of MQTT survive `kill -9` between any two of their packets, seen from outside. */
await run({
  name: 'sessions',
  purpose: `Kills the broker with SIGKILL in the middle of MQTT: at a PUBACK, between PUBLISH and PUBREL, at a PUBCOMP, between a
delivery and its acknowledgement, at a release. Publishers and subscribers come back to their sessions and say again what
was not answered. The sessions live on from round to round.`,
  rounds: 50,
  open: async (options) => new SessionsCampaign(options, await freePort()),
})
