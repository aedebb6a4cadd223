import type { Access } from '../../src/broker/access.ts'
import type { Broker, BrokerSettings } from '../../src/broker/broker.ts'
import { openBroker } from '../../src/broker/open-broker.ts'
import { streamQueueType } from '../../src/broker/queues/stream/stream-type.ts'
import { StreamLogs } from '../../src/broker/stream-opening.ts'
import { openFileStore } from '../../src/store/file-store.ts'
import type { Store } from '../../src/store/log.ts'
import type { Chance } from '../fuzz/chance.ts'
import type { DiskPlan } from '../support/disk-plan.ts'
import type { FakeDisk } from '../support/fake-disk.ts'
import { CapturingLogger } from './capturing-logger.ts'
import { Scheduler } from './scheduler.ts'
import type { SimulationPlan } from './simulation-plan.ts'
import type { Trace } from './trace.ts'

export const directory = '/data'

/** More steps than a start or a stop can take: it hangs. */
const STEPS_MAX = 20_000

const settings: Omit<BrokerSettings, 'contentBytesInMemoryMax'> = {
  defaultUser: 'guest',
  defaultPassword: 'guest',
  defaultVhost: '/',
  defaultUserTags: [],
  defaultPermissions: { configure: '.*', write: '.*', read: '.*' },
  loopbackUsers: [],
  consumerTimeoutMilliseconds: undefined,
  messageSizeMax: 1024 * 1024,
}

export interface LifeOptions {
  readonly plan: SimulationPlan
  readonly chance: Chance
  readonly trace: Trace
  readonly disk: FakeDisk
  /** Wall time at the start. */
  readonly now: number
}

/** One process: a broker from its start to its end, however that comes. */
export class Life {
  readonly disk: FakeDisk
  readonly scheduler: Scheduler
  readonly logger: CapturingLogger
  readonly #options: LifeOptions
  #store: Store | undefined
  #broker: Broker | undefined
  /** What the store told of a call to the disk that failed. */
  fault: Error | undefined

  constructor(options: LifeOptions) {
    this.#options = options
    this.disk = options.disk
    this.scheduler = new Scheduler(options.chance, options.trace, options.now)
    this.logger = new CapturingLogger(options.trace)
  }

  get broker(): Broker {
    return this.#broker!
  }

  get store(): Store {
    return this.#store!
  }

  /** The machine is without power. */
  get isCut(): boolean {
    return this.disk.calls.isCut
  }

  /** What the disk does to this process, its calls taking the scheduler's time. */
  follow(plan: DiskPlan): void {
    const { trace } = this.#options
    const pace = (call: string, path: string) => {
      const name = `${call} ${path}`
      trace.tell(name)
      return this.scheduler.pace(name)
    }
    this.disk.follow({ ...plan, pace })
  }

  /** Starts the broker; answers how that went. */
  async start(): Promise<'started' | 'cut' | 'refused'> {
    let error: Error | undefined
    const started = this.#start().catch((thrown: Error) => {
      error = thrown
    })
    const over = await this.scheduler.until(Promise.race([started, this.disk.cut]), STEPS_MAX)
    if (this.isCut) return 'cut'
    if (!over) throw new Error('the start hangs')
    if (error === undefined && this.fault === undefined) return 'started'
    this.#options.trace.tell(`refused: ${error?.message ?? this.fault?.message}`)
    // As the server does, lest the directory stays locked.
    await this.scheduler.until(this.#store?.close() ?? Promise.resolve(), STEPS_MAX)
    if (this.disk.failed === undefined) throw error ?? this.fault
    return 'refused'
  }

  async #start(): Promise<void> {
    const { plan, chance, disk } = this.#options
    const random = { bytes: (count: number) => Buffer.from(Array.from({ length: count }, () => chance.below(256))) }
    const world = { clock: this.scheduler, random, logger: this.logger }
    const store = await openFileStore({ ...world, directory, disk, segmentBytes: plan.segmentBytes })
    this.#store = store
    store.onFault = (fault) => {
      this.fault = fault
    }
    const { contentBytesInMemoryMax, bounds } = plan
    const broker = await openBroker({ ...world, store, bounds, settings: { ...settings, contentBytesInMemoryMax } })
    const streams = new StreamLogs({ ...world, store, bounds: plan.streamBounds })
    broker.addQueueType(streamQueueType(streams))
    this.#broker = broker
    await broker.recover()
  }

  /** A client's way into the broker. */
  async connect(name: string): Promise<Access> {
    const peer = { address: name, ip: '127.0.0.1', loopback: true }
    const connected = this.broker
      .authenticate({ user: 'guest', password: 'guest', peer })
      .then((user) => this.broker.access(user, '/', { name }))
    await this.scheduler.until(connected, STEPS_MAX)
    return await connected
  }

  /** Stops the broker; answers whether it came to its end. */
  async stop(): Promise<boolean> {
    const closed = this.broker.close()
    closed.catch(() => undefined)
    const over = await this.scheduler.until(Promise.race([closed, this.disk.cut]), STEPS_MAX)
    if (this.isCut || this.fault !== undefined) return false
    if (!over) throw new Error('the stop hangs')
    await closed
    return this.fault === undefined
  }

  /** The process is gone. */
  kill(): void {
    this.scheduler.kill()
    this.disk.calls.halt()
  }
}
