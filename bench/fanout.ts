/**
 * One message to many subscribers over MQTT: deliveries a second, and what each costs the broker's processor, against
 * mosquitto in turns (A B A B) where that is installed.
 *
 *   node bench/fanout.ts [--workload F10k] [--rounds 5] [--profile DIR]
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { parseArgs } from 'node:util'
import { Audience } from './fanout-audience.ts'
import { type FanoutWorkload, fanoutWorkloadNamed, fanoutWorkloads } from './fanout-workloads.ts'
import { freePort, LapineChild } from './lapine-child.ts'
import { MosquittoChild, mosquittoBinary } from './mosquitto-child.ts'
import { mqttConnect, mqttPublish } from './mqtt-encoding.ts'
import { figuresAvailable, figuresOf } from './process-figures.ts'

const TOPIC = 'news/today'
/** Messages before the measured ones. */
const WARM_UP = 1

const { values } = parseArgs({
  options: {
    workload: { type: 'string', multiple: true },
    rounds: { type: 'string', default: '5' },
    profile: { type: 'string' },
  },
})

/** A broker with its audience, ready for rounds. */
class Contestant {
  readonly name: string
  readonly rates: number[] = []
  readonly costs: number[] = []
  readonly #pid: number
  readonly #audience: Audience
  readonly #publisher: Socket
  readonly #stop: () => Promise<unknown>

  private constructor(
    name: string,
    parts: { pid: number; audience: Audience; publisher: Socket; stop: () => Promise<unknown> },
  ) {
    this.name = name
    this.#pid = parts.pid
    this.#audience = parts.audience
    this.#publisher = parts.publisher
    this.#stop = parts.stop
  }

  static async enter(
    name: string,
    broker: { readonly port: number; readonly pid: number; stop(): Promise<unknown> },
    { subscribers }: FanoutWorkload,
  ): Promise<Contestant> {
    const audience = await Audience.gather(broker.port, TOPIC, subscribers)
    const publisher = connect({ host: '127.0.0.1', port: broker.port, noDelay: true })
    publisher.write(mqttConnect('publisher', { clean: true, keepAliveSeconds: 0 }))
    await once(publisher, 'data')
    return new Contestant(name, { pid: broker.pid, audience, publisher, stop: () => broker.stop() })
  }

  async round(workload: FanoutWorkload): Promise<void> {
    const packet = mqttPublish(TOPIC, Buffer.alloc(workload.payloadBytes, 0x61))
    for (let nth = 0; nth < WARM_UP; nth++) await this.#send(packet)
    const before = figuresOf(this.#pid)
    const started = performance.now()
    for (let nth = 0; nth < workload.messages; nth++) await this.#send(packet)
    const seconds = (performance.now() - started) / 1000
    const deliveries = workload.messages * workload.subscribers
    this.rates.push(deliveries / seconds)
    this.costs.push((figuresOf(this.#pid).cpuMicroseconds - before.cpuMicroseconds) / deliveries)
  }

  get residentBytes(): number {
    return figuresOf(this.#pid).residentBytes
  }

  async leave(): Promise<void> {
    this.#publisher.destroy()
    await this.#audience.leave()
    await this.#stop()
  }

  async #send(packet: Buffer): Promise<void> {
    const received = this.#audience.receives(packet.length)
    this.#publisher.write(packet)
    await received
  }
}

async function compare(workload: FanoutWorkload): Promise<void> {
  const mqttPort = await freePort()
  const nodeOptions =
    values.profile === undefined
      ? []
      : ['--cpu-prof', `--cpu-prof-dir=${values.profile}`, `--cpu-prof-name=fanout.cpuprofile`]
  const lapine = await LapineChild.start({ mqttPort, nodeOptions })
  const contestants = [
    await Contestant.enter('Lapine', { port: mqttPort, pid: lapine.pid, stop: () => lapine.stop() }, workload),
  ]
  const binary = mosquittoBinary()
  if (binary === undefined) console.error('mosquitto is not installed: Lapine is measured alone')
  else contestants.push(await Contestant.enter('mosquitto', await MosquittoChild.start(binary), workload))
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const contestant of contestants) await contestant.round(workload)
  }
  const [own, other] = contestants
  for (const { name, rates, costs, residentBytes } of contestants) {
    console.log(
      `| ${workload.name} | ${name} | ${spread(costs, 2)} | ${spread(rates, 0)} | ${(residentBytes / 1e6).toFixed(0)} |`,
    )
  }
  if (own !== undefined && other !== undefined) {
    const cost = median(own.costs) / median(other.costs)
    const rate = median(own.rates) / median(other.rates)
    console.log(`${workload.name}: Lapine takes ${cost.toFixed(2)} times the CPU, at ${rate.toFixed(2)} times the rate`)
  }
  for (const contestant of contestants) await contestant.leave()
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!
}

function spread(values: readonly number[], digits: number): string {
  const shown = (value: number) => value.toLocaleString('en-US', { maximumFractionDigits: digits })
  return `${shown(Math.min(...values))} / ${shown(median(values))} / ${shown(Math.max(...values))}`
}

if (!figuresAvailable) throw new Error('the processor time of brokers is read from /proc, which this system has not')
const names = values.workload ?? fanoutWorkloads.filter(({ standard }) => standard).map(({ name }) => name)
console.log('| workload | broker | CPU µs/delivery min/med/max | deliveries/s min/med/max | RSS MB |')
console.log('| --- | --- | --- | --- | --- |')
for (const name of names) await compare(fanoutWorkloadNamed(name))
process.exit(0)
