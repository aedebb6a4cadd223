import { Chance } from '../fuzz/chance.ts'
import type { DiskPlan } from '../support/disk-plan.ts'
import { FakeDisk } from '../support/fake-disk.ts'
import { Client } from './client.ts'
import { Complaints } from './complaints.ts'
import { flipBit, garbleIndex, inspectDamaged } from './damage.ts'
import { ask, newQueue } from './definitions-change.ts'
import { graveyardName } from './graveyard.ts'
import { act } from './habits.ts'
import { answered, inspectDefinitions, inspectMessages } from './inspection.ts'
import { Life } from './life.ts'
import type { QueueRules } from './queue-book.ts'
import { quiet } from './scheduler.ts'
import { type Ending, planOf, type Story } from './simulation-plan.ts'
import { inspectStream } from './stream-inspection.ts'
import { Trace } from './trace.ts'
import { World } from './world.ts'

/** What one run came to. */
export interface Outcome {
  readonly seed: number
  /** The whole story in one word: equal for runs in which the same happened. */
  readonly digest: string
  readonly complaints: readonly string[]
  readonly confirmed: number
  readonly starts: number
}

/** A queue with nothing special. */
const plainRules: QueueRules = {
  type: 'classic',
  deliveryLimit: undefined,
  atLeastOnce: false,
  durable: true,
  maxLength: undefined,
  maxLengthBytes: undefined,
  overflow: undefined,
  messageTtl: undefined,
  maxPriority: undefined,
  singleActiveConsumer: false,
  deadLetters: false,
  fleeting: undefined,
}

export interface SimulationOptions {
  readonly story?: Story
  /** Told everything that happens. */
  readonly print?: (line: string) => void
}

/** Runs a broker from one seed through several lives. */
export async function simulate(seed: number, options: SimulationOptions = {}): Promise<Outcome> {
  // In an event's own call the queue of ticks goes before that of promises, in all that follows from it behind: a run
  // that began in the former would tell another story.
  await quiet()
  return await new Simulation(seed, options).run()
}

class Simulation {
  readonly #seed: number
  readonly #chance: Chance
  readonly #world: World
  #disk: FakeDisk
  #now = Date.UTC(2026, 0, 1)
  #starts = 0

  constructor(seed: number, { story = {}, print }: SimulationOptions) {
    this.#seed = seed
    this.#chance = new Chance(seed)
    const trace = new Trace(print)
    const complaints = new Complaints((line) => trace.tell(`WRONG: ${line}`))
    this.#world = new World({ plan: planOf(this.#chance, story), chance: this.#chance, trace, complaints })
    this.#disk = new FakeDisk(this.#chance.below(2 ** 32))
  }

  async run(): Promise<Outcome> {
    const { trace, complaints, plan } = this.#world
    trace.tell(`seed ${this.#seed}: ${JSON.stringify(plan)}`)
    try {
      for (let life = 1; life <= plan.lives && complaints.length === 0; life++) await this.#live()
      if (complaints.length === 0) await this.#finish()
    } catch (error) {
      complaints.add('broken', (error as Error).stack ?? String(error))
    }
    const { confirmed } = this.#world
    return { seed: this.#seed, digest: trace.digest, complaints: complaints.lines, confirmed, starts: this.#starts }
  }

  /** One process from a start that succeeds to its end. */
  async #live(): Promise<void> {
    const world = this.#world
    const chance = this.#chance
    await this.#start()
    const ending = chance.pick(world.plan.endings)
    world.life.follow(this.#planFor(ending))
    world.trace.tell(`a life that ends: ${ending}`)
    const clients = await this.#connect()
    for (let actions = 0; actions < world.plan.actions && !this.#isOver; actions++) {
      if (chance.oneIn(2)) {
        act(world, chance.pick(clients))
        await quiet()
      } else if (world.life.scheduler.isTurnOver && chance.oneIn(10)) world.life.scheduler.advance(chance.below(200))
      await world.life.scheduler.step()
      world.endTurn()
    }
    if (!this.#isOver && chance.oneIn(2)) await this.#calm(clients)
    await this.#end(ending, clients)
  }

  get #isOver(): boolean {
    const { life } = this.#world
    return life.isCut || (life.fault !== undefined && this.#chance.oneIn(20))
  }

  #planFor(ending: Ending): DiskPlan {
    const chance = this.#chance
    if (ending === 'power cut') return { cutAt: 1 + chance.below(this.#world.plan.cutWithin) }
    if (ending !== 'fault') return {}
    const among = chance.oneIn(2) ? (['write', 'sync', 'sync directory', 'rename'] as const) : undefined
    return { failAt: { call: 1 + chance.below(40), code: 'EIO', ...(among === undefined ? {} : { among }) } }
  }

  async #connect(): Promise<Client[]> {
    const clients: Client[] = []
    const { life, plan } = this.#world
    for (let index = 0; index < plan.clients; index++) {
      const name = `client${index}`
      clients.push(new Client(this.#world, name, await life.connect(name)))
    }
    return clients
  }

  /** Starts the broker, again and again if starting fails, until it runs and was looked at. */
  async #start(): Promise<void> {
    const world = this.#world
    const chance = this.#chance
    for (let attempt = 0; ; attempt++) {
      const life = new Life({ ...world, disk: this.#disk, now: this.#now })
      world.life = life
      const disturbed = attempt < 4 && chance.oneIn(4)
      const cutAt = 1 + chance.below(30)
      const failAt = { call: 1 + chance.below(60), code: chance.oneIn(3) ? 'ENOSPC' : 'EIO' }
      life.follow(!disturbed ? {} : chance.oneIn(2) ? { cutAt } : { failAt })
      this.#starts += 1
      const outcome = await life.start()
      world.trace.tell(outcome)
      if (outcome === 'started' && (await this.#inspect())) return
      life.kill()
      await quiet()
      const durable = outcome === 'started' ? life.broker.durable : 0
      this.#pass(durable, outcome === 'cut' || chance.oneIn(2))
    }
  }

  /** Looks at what a start found; false when the process ends meanwhile. */
  async #inspect(): Promise<boolean> {
    const world = this.#world
    if (world.topology.queue(graveyardName) === undefined) {
      const client = new Client(world, 'founder', await world.life.connect('founder'))
      ask(world, client, newQueue(world, graveyardName, plainRules))
      await answered(world, client)
    }
    await inspectDefinitions(world)
    if (this.#isEnded) return false
    if (!world.stream.isDeclared || this.#chance.oneIn(2)) await inspectStream(world)
    if (this.#isEnded) return false
    if (!this.#chance.oneIn(3)) await inspectMessages(world, { accepts: false })
    return !this.#isEnded
  }

  get #isEnded(): boolean {
    const { life } = this.#world
    return life.isCut || life.fault !== undefined
  }

  /** Nobody does anything for a while: whatever can be done without them is done then. */
  async #calm(clients: readonly Client[]): Promise<void> {
    const { life, complaints, topology, trace } = this.#world
    trace.tell('calm')
    await life.scheduler.settle(3_000)
    this.#world.endTurn()
    if (this.#isEnded) return
    for (const client of clients) {
      if (client.unconfirmed > 0) complaints.add('never confirmed', client.name)
      if (client.busy) complaints.add('never answered', client.name)
    }
    for (const book of topology.queues) {
      const { depth, name } = book
      if (depth === undefined || name === graveyardName) continue
      const found = clients[0]!.access.checkQueue(name).depth
      if (found !== depth) complaints.add('depth', name, `is ${found}, not ${depth}`)
    }
  }

  async #end(ending: Ending, clients: readonly Client[]): Promise<void> {
    const world = this.#world
    const { life } = world
    if (ending === 'closed') {
      for (const client of clients) client.disconnect()
      const closed = await life.stop()
      if (closed) return this.#pass(Number.POSITIVE_INFINITY, this.#chance.oneIn(2))
    }
    const { durable } = life.broker
    life.kill()
    await quiet()
    this.#pass(durable, ending !== 'killed' && (ending !== 'fault' || this.#chance.oneIn(2)))
  }

  /** The process is over, and with `powerLost` the machine is off: what is left is what the next one finds. */
  #pass(durable: number, powerLost: boolean): void {
    const world = this.#world
    const { life, complaints } = world
    world.trace.tell(`the end${powerLost ? ', the power is off' : ''}: durable up to ${durable}`)
    if (life.disk.failed === undefined) {
      for (const line of life.logger.errors) complaints.add('logged:', line)
      if (life.fault !== undefined) complaints.add('fault without reason:', life.fault.message)
    }
    const seed = this.#chance.below(2 ** 32)
    this.#disk = powerLost ? this.#disk.reboot(seed) : this.#disk.takeOver(seed)
    // An index is made anew from its segment when it does not verify: nobody sees anything of it.
    if (this.#chance.oneIn(world.plan.indexDamageEvery)) world.trace.tell(garbleIndex(this.#disk, this.#chance))
    this.#now = life.scheduler.now() + this.#chance.below(500)
    world.restart(durable)
  }

  /** A bit of the closed message log changes: the next start says so and serves everything else. */
  async #damage(): Promise<void> {
    const world = this.#world
    await this.#end('closed', [])
    world.trace.tell(flipBit(this.#disk, this.#chance))
    world.life = new Life({ ...world, disk: this.#disk, now: this.#now })
    this.#starts += 1
    const outcome = await world.life.start()
    if (outcome === 'started') await inspectDamaged(world)
    else world.complaints.add('one bit keeps it from starting:', outcome)
  }

  /** Everything is looked at and taken out; after a clean end nothing comes back. */
  async #finish(): Promise<void> {
    const world = this.#world
    await this.#start()
    world.life.follow({})
    if (world.plan.damages) return await this.#damage()
    await inspectMessages(world, { accepts: true })
    await this.#end('closed', [])
    await this.#start()
    world.life.follow({})
    const access = await world.life.connect('inspector')
    const { queues } = world.topology
    // Queues that may go by themselves are not emptied, so they may still send something to the graveyard.
    const isGraveyardFed = queues.some(({ rules }) => rules.fleeting !== undefined && rules.deadLetters)
    for (const { name, rules } of queues) {
      if (rules.fleeting !== undefined || (name === graveyardName && isGraveyardFed)) continue
      const { depth } = access.checkQueue(name)
      if (depth > 0) world.complaints.add('resurrected', name, `holds ${depth}`)
    }
    await this.#end('closed', [])
  }
}
