import type { Chance } from '../fuzz/chance.ts'
import { Consumer } from './consumer.ts'
import type { Definitions } from './definitions.ts'
import type { Ledger } from './ledger.ts'
import { Publisher, type Route } from './publisher.ts'
import { Session } from './session.ts'

const MiB = 1024 * 1024

export interface LoadPlan {
  readonly chance: Chance
  readonly round: number
  /** Bytes of bodies sent in all. */
  readonly bytesMax: number
  readonly publishers: number
}

/** What a load works on. */
export interface Scene {
  readonly routes: readonly Route[]
  readonly ledgers: readonly Ledger[]
  readonly definitions: Definitions
}

/** Sizes that publishers choose from. */
const sizes = [
  [16, 64],
  [16, 1024],
  [16, 8 * 1024],
  [1024, 100 * 1024],
  [16, 100 * 1024],
] as const

/** When a blow falls: after a time, or at the n-th event of a kind. */
export interface Moment {
  readonly kind: 'milliseconds' | 'confirm' | 'acknowledgement' | 'definition'
  readonly count: number
}

/** A moment from chance; with `milliseconds` as likely as all the others. */
export function pickMoment(chance: Chance): Moment {
  switch (chance.below(6)) {
    case 0:
      return { kind: 'confirm', count: 1 + chance.below(1500) }
    case 1:
      return { kind: 'acknowledgement', count: 1 + chance.below(100) }
    case 2:
      return { kind: 'definition', count: 1 + chance.below(60) }
    default:
      return { kind: 'milliseconds', count: 20 + chance.below(1200) }
  }
}

const waitMillisecondsMax = 2500

/** Publishers, consumers and a declarer at work on one broker, until it dies. */
export class Load {
  readonly publishers: readonly Publisher[]
  readonly consumers: readonly Consumer[]
  /** Resolves when every connection is gone; rejects when something other than the broker's end broke one. */
  readonly end: Promise<void>
  readonly #definitions: Definitions
  readonly #definitionsBefore: number
  #stopped = false

  private constructor(parts: LoadParts, given: LoadGiven) {
    this.publishers = parts.publishers
    this.consumers = parts.consumers
    this.#definitions = given.definitions
    this.#definitionsBefore = given.definitions.answered
    const churn = given.definitions.churn(parts.declarer, given.chance, () => this.#stopped)
    this.end = Promise.all([churn, ...[...this.publishers, ...this.consumers].map(({ end }) => end)]).then(() => {})
    // Whoever awaits it later gets the rejection; nobody else has to.
    this.end.catch(() => undefined)
    for (const publisher of this.publishers) publisher.start()
  }

  static async start(
    url: string,
    scene: Scene,
    plan: Pick<LoadPlan, 'chance' | 'round'> & Partial<LoadPlan>,
  ): Promise<Load> {
    const { chance, round } = plan
    const count = plan.publishers ?? 1 + chance.below(4)
    const publishers: Publisher[] = []
    for (let i = 0; i < count; i++) {
      const window = chance.pick([1, 10, 100, 500])
      const bytesTotalMax = (plan.bytesMax ?? 24 * MiB) / count
      const own = {
        name: `${round}${'abcdefgh'[i]}`,
        window,
        bytes: chance.pick(sizes),
        bytesTotalMax,
        priority: i % 4,
      }
      publishers.push(await Publisher.open(url, { plan: own, routes: scene.routes, chance }))
    }
    const consumers: Consumer[] = []
    for (const ledger of scene.ledgers) {
      if (!chance.oneIn(3)) continue
      const every = chance.pick([1, 1, 10])
      consumers.push(await Consumer.start(url, ledger, { prefetch: chance.pick([10, 50, 500]), every }))
    }
    return new Load(
      { publishers, consumers, declarer: await Session.open(url) },
      { definitions: scene.definitions, chance },
    )
  }

  get confirmed(): number {
    return this.publishers.reduce((sum, { confirmed }) => sum + confirmed, 0)
  }

  get acknowledged(): number {
    return this.consumers.reduce((sum, { acknowledged }) => sum + acknowledged, 0)
  }

  /** Definitions changed by this load. */
  get defined(): number {
    return this.#definitions.answered - this.#definitionsBefore
  }

  /** Resolves at the moment asked for, and at last after a while, should it never come; at once when the load ends. */
  async reaches({ kind, count }: Moment): Promise<void> {
    await new Promise<void>((resolve) => {
      setTimeout(resolve, kind === 'milliseconds' ? count : waitMillisecondsMax)
      const look = (value: number) => {
        if (value >= count) resolve()
      }
      if (kind === 'definition') this.#definitions.onAnswer = () => look(this.defined)
      for (const publisher of this.publishers) {
        if (kind === 'confirm') publisher.onConfirm = () => look(this.confirmed)
      }
      for (const consumer of this.consumers) {
        if (kind === 'acknowledgement') consumer.onAcknowledge = () => look(this.acknowledged)
      }
      this.end.then(resolve, () => resolve())
    })
    this.#definitions.onAnswer = undefined
  }

  /** Ends it in peace: publishers wait for their confirms, consumers close. */
  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.publishers.map((publisher) => publisher.stop()))
    await Promise.all(this.consumers.map((consumer) => consumer.close()))
    await this.end
  }
}

interface LoadParts {
  readonly publishers: readonly Publisher[]
  readonly consumers: readonly Consumer[]
  readonly declarer: Session
}

interface LoadGiven {
  readonly definitions: Definitions
  readonly chance: Chance
}
