import { complaints, type Verdict } from '../durability/checker.ts'
import type { Chance } from '../fuzz/chance.ts'
import { type Drained, drain } from './consumer.ts'
import { Definitions } from './definitions.ts'
import { Ledger } from './ledger.ts'
import { Load, type LoadPlan } from './load.ts'
import type { Route } from './publisher.ts'
import { Session } from './session.ts'

const queueArguments: readonly Record<string, unknown>[] = [{}, {}, {}, {}, {}, { 'x-max-priority': 3 }]

const countedKinds = [
  'lost',
  'unexpected',
  'duplicated',
  'resurrected',
  'disordered',
  'recovered',
] as const satisfies readonly (keyof Verdict)[]

/** What an audit after a restart came to. */
export interface Audit {
  readonly complaints: readonly string[]
  /** Names in each queue, in order. */
  readonly contents: ReadonlyMap<string, readonly string[]>
}

/** The queues and exchanges every proof works with, and the ledgers that follow them over crashes. */
export class Stage {
  readonly ledgers = queueArguments.map((_, i) => new Ledger(`proof.queue-${i}`))
  readonly definitions = new Definitions()
  readonly #chance: Chance
  readonly #totals = new Map<string, number>()
  #round = 0

  constructor(chance: Chance) {
    this.#chance = chance
  }

  /** Declares the queues, exchanges and bindings that stay. */
  async declare(url: string): Promise<void> {
    await using session = await Session.open(url)
    const channel = await session.channel()
    await channel.assertExchange('proof.fanout', 'fanout', { durable: true })
    await channel.assertExchange('proof.topic', 'topic', { durable: true })
    for (const [i, { queue }] of this.ledgers.entries()) {
      await channel.assertQueue(queue, { durable: true, arguments: queueArguments[i]! })
    }
    for (const i of [1, 2, 3]) await channel.bindQueue(this.ledgers[i]!.queue, 'proof.fanout', '')
    for (const i of [2, 4]) await channel.bindQueue(this.ledgers[i]!.queue, 'proof.topic', 'a.#')
    for (const i of [4, 5]) await channel.bindQueue(this.ledgers[i]!.queue, 'proof.topic', '*.b')
  }

  /** Ways into the queues: straight, one to three, and by topic with overlaps. */
  get routes(): Route[] {
    const to = (...numbers: number[]) => numbers.map((i) => this.ledgers[i]!)
    return [
      { exchange: '', routingKey: this.ledgers[0]!.queue, ledgers: to(0) },
      { exchange: '', routingKey: this.ledgers[1]!.queue, ledgers: to(1) },
      { exchange: 'proof.fanout', routingKey: '', ledgers: to(1, 2, 3) },
      { exchange: 'proof.topic', routingKey: 'a.x.y', ledgers: to(2, 4) },
      { exchange: 'proof.topic', routingKey: 'a.b', ledgers: to(2, 4, 5) },
      { exchange: 'proof.topic', routingKey: 'c.b', ledgers: to(4, 5) },
    ]
  }

  /** Sets publishers, consumers and declarers to work. */
  load(url: string, plan: Partial<LoadPlan> = {}): Promise<Load> {
    this.#round += 1
    return Load.start(url, this, { chance: this.#chance, round: this.#round, ...plan })
  }

  /** Looks at everything after a restart; all of it stays where it is. */
  async audit(url: string): Promise<Audit> {
    const found: string[] = []
    const contents = new Map<string, readonly string[]>()
    await using session = await Session.open(url)
    for (const ledger of this.ledgers) {
      const drained = await drain(session, ledger, 'nothing')
      contents.set(ledger.queue, drained.names)
      found.push(...this.#judge(ledger, drained))
    }
    const definitions = await this.definitions.audit(session)
    this.#count('definitions lost or back', definitions.length)
    found.push(...definitions)
    return { complaints: found, contents }
  }

  /** Consumes and acknowledges all of about half of the queues, so that they do not grow for ever. */
  async emptySome(url: string): Promise<void> {
    await using session = await Session.open(url)
    for (const ledger of this.ledgers) {
      if (this.#chance.oneIn(2)) await drain(session, ledger, 'everything')
    }
  }

  /** Follows a clean stop: what was acknowledged before it may not come back. */
  settle(): void {
    for (const ledger of this.ledgers) ledger.settle()
  }

  /** How many messages were lost and so on, over all audits. */
  get totals(): string {
    const shown = [...this.#totals].map(([kind, count]) => `${count} ${kind}`)
    return shown.length === 0 ? 'nothing audited' : shown.join(', ')
  }

  #count(kind: string, count: number): void {
    this.#totals.set(kind, (this.#totals.get(kind) ?? 0) + count)
  }

  #judge(ledger: Ledger, { names, counted }: Drained): string[] {
    const verdict = ledger.verdict()
    for (const kind of countedKinds) this.#count(kind, verdict[kind].length)
    const found = complaints(verdict).map((complaint) => `${ledger.queue}: ${complaint}`)
    if (counted === undefined) found.push(`definition lost: ${ledger.queue}`)
    else if (names.length !== counted) found.push(`${ledger.queue}: counts ${counted} and delivers ${names.length}`)
    if (found.length > 0) found.push(`${ledger.queue}: ${ledger.story}`)
    ledger.carryOver()
    return found
  }
}

/** Complaints about queues that hold something else after the second restart than after the first. */
export function differences(first: Audit, second: Audit): string[] {
  return [...first.contents].flatMap(([queue, names]) => {
    const again = second.contents.get(queue) ?? []
    const at = names.findIndex((name, i) => again[i] !== name)
    if (at < 0 && again.length === names.length) return []
    return [
      `${queue}: the second restart shows ${again.length} messages where the first showed ${names.length}, from ${at} on`,
    ]
  })
}
