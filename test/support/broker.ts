import { enableCompileCache } from 'node:module'
import { after, before, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Options } from 'amqplib'
import type { LapineOptions } from './lapine.ts'
import { type Leavings, Session } from './session.ts'
import { brokerUrl, loginOf } from './target.ts'
import type { Login, WireClient } from './wire-client.ts'
import { type Introduction, logIn, logInWithChannel } from './wire-login.ts'

const compileCache = fileURLToPath(new URL('../../node_modules/.cache/compiled', import.meta.url))

/** The broker a file of tests shares: started before its first test, gone after its last. */
export class TestBroker {
  readonly #leavings: Leavings = { queues: new Set(), exchanges: new Set() }
  #running: RunningBroker | undefined

  get url(): string {
    return this.running.url
  }

  get login(): Login {
    return loginOf(this.url)
  }

  get running(): RunningBroker {
    if (this.#running === undefined) throw new Error('the broker is not running: use it within a test')
    return this.#running
  }

  /** Starts it before the file's tests and stops it after them. */
  attach(start: () => Promise<RunningBroker>): void {
    before(async () => {
      this.#running = await start()
    })
    after(async () => {
      if (brokerUrl !== undefined) await this.#cleanUp()
      await this.#running?.stop()
    })
  }

  /** A connection that ends with the test. */
  async open(t: TestContext, options: Partial<Options.Connect> = {}): Promise<Session> {
    const { host, port, user, password, vhost } = this.login
    const to = { hostname: host, port, username: user, password, vhost: encodeURIComponent(vhost), ...options }
    const session = await Session.open(to, this.#leavings)
    t.after(() => session.close())
    return session
  }

  /** A client for exact bytes, logged in. */
  async wire(t: TestContext, introduction: Introduction = {}): Promise<WireClient> {
    const client = await logIn(this.login, introduction)
    t.after(() => client.destroy())
    return client
  }

  /** A client for exact bytes, logged in, with channel 1 open. */
  async wireChannel(t: TestContext, introduction: Introduction = {}): Promise<WireClient> {
    const client = await logInWithChannel(this.login, introduction)
    t.after(() => client.destroy())
    return client
  }

  /** Lets `milliseconds` pass for the broker: at once where its clock is ours, else really. */
  async elapse(milliseconds: number): Promise<void> {
    await this.running.elapse(milliseconds)
  }

  /** Waits until the broker closed the client's socket, moving the clock for its delays; answers what was still sent. */
  async ends(client: WireClient): Promise<Buffer> {
    for (let waited = 0; !client.ended && waited < 35_000; waited += 500) await this.elapse(500)
    return client.closed()
  }

  /** The same for an end without a word. */
  async endsSilently(client: WireClient): Promise<void> {
    const last = await this.ends(client)
    if (last.length > 0) throw new Error(`the broker ended the connection with ${last.toString('latin1')}`)
  }

  async #cleanUp(): Promise<void> {
    const session = await Session.open(this.url, this.#leavings)
    for (const queue of this.#leavings.queues) {
      const channel = await session.channel()
      await channel.deleteQueue(queue).then(
        () => channel.close(),
        () => {},
      )
    }
    const channel = await session.channel()
    for (const exchange of this.#leavings.exchanges) await channel.deleteExchange(exchange)
    await session.close()
  }
}

/** A broker that runs, however it was started. */
export interface RunningBroker {
  readonly url: string
  /** What it logged, where that can be seen. */
  readonly log?: { readonly lines: readonly string[] }
  elapse(milliseconds: number): Promise<void>
  stop(): Promise<void>
}

/** The broker of `BROKER_URL`, which is not ours to stop. */
export function borrowed(url: string): RunningBroker {
  return {
    url,
    // A little longer than asked, because RabbitMQ's own timers are late by some milliseconds.
    elapse: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds + 60)),
    stop: async () => {},
  }
}

/** One broker for all tests of the calling file: that of `BROKER_URL`, else a Lapine of its own. */
export function withBroker(options: Pick<LapineOptions, 'configuration'> = {}): TestBroker {
  const broker = new TestBroker()
  broker.attach(async () => (brokerUrl === undefined ? startLapine(options) : borrowed(brokerUrl)))
  return broker
}

/** The same on virtual time: `elapse` takes no time on Lapine, and real time on a broker of `BROKER_URL`. */
export function withVirtualBroker(options: Pick<LapineOptions, 'configuration'> = {}): TestBroker {
  const broker = new TestBroker()
  broker.attach(async () => {
    if (brokerUrl !== undefined) return borrowed(brokerUrl)
    const { VirtualClock } = await import('../../src/std/virtual-clock.ts')
    return startLapine({ ...options, clock: new VirtualClock() })
  })
  return broker
}

/** Loaded only when used, so that the suite runs against a broker elsewhere whatever state the sources are in. */
async function startLapine(options: LapineOptions): Promise<RunningBroker> {
  // Every file of tests is a process of its own; compiling the broker anew would be most of its work.
  enableCompileCache(compileCache)
  const { Lapine } = await import('./lapine.ts')
  return Lapine.start(options)
}
