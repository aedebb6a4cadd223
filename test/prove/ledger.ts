import type { ConsumeMessage } from 'amqplib'
import { type Acknowledgement, check, type Delivered, type Fate, type Verdict } from '../durability/checker.ts'
import { bodyOf } from './content.ts'

/** A message as its publisher knows it; the same object is in the ledger of every queue it is routed to. */
export interface Sent {
  readonly publisher: string
  readonly sequence: number
  readonly size: number
  fate: Fate
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** What one queue was sent and what came out of it, kept over crashes for the checker. */
export class Ledger {
  readonly queue: string
  #sent = new Map<string, Sent>()
  #consumptions: Consumption[] = []

  constructor(queue: string) {
    this.queue = queue
  }

  /** A message is on its way to the queue. */
  expect(message: Sent): void {
    this.#sent.set(nameOf(message), message)
  }

  /** What is consumed from now on goes in here, until the next call. */
  begin(): Consumption {
    const consumption = new Consumption(this.#sent)
    this.#consumptions.push(consumption)
    return consumption
  }

  /** The checker's verdict; the last consumption must have emptied the queue. */
  verdict(): Verdict {
    const consumptions = this.#consumptions.map(({ deliveries }) => deliveries)
    return check({ published: [...this.#sent.values()], consumptions })
  }

  /** How the consumptions went, oldest first, for whoever has to understand a verdict. */
  get story(): string {
    const parts = this.#consumptions.map(({ deliveries }) => {
      const count = (pleases: (delivery: Delivered) => boolean) => deliveries.filter(pleases).length
      const flagged = count(({ redelivered }) => redelivered)
      return `${deliveries.length} delivered, ${flagged} flagged, ${count((each) => each.acknowledgement !== 'none')} acknowledged`
    })
    return `${this.#sent.size} sent; consumptions: ${parts.join(' | ')}`
  }

  /** Every acknowledgement so far counts as settled: the broker was stopped cleanly. */
  settle(): void {
    for (const { deliveries } of this.#consumptions) {
      for (const delivery of deliveries) if (delivery.acknowledgement === 'sent') delivery.acknowledgement = 'settled'
    }
  }

  /**
   * Goes on from what the last consumption, made after a restart, found in the queue. What was not
   * there is gone for good: should it come again, it is unexpected. What was there has to stay,
   * confirmed or not, because a restart puts on disk what it found.
   */
  carryOver(): void {
    const last = this.#consumptions.at(-1)
    const kept = new Map<string, Sent>()
    for (const delivery of last?.deliveries ?? []) {
      const name = nameOf(delivery)
      const message = this.#sent.get(name)
      if (message !== undefined) kept.set(name, { ...message, fate: 'confirmed' })
    }
    this.#sent = kept
    this.#consumptions = last === undefined ? [] : [last.over(kept)]
  }
}

/** The deliveries of one consumer, in order of arrival. */
export class Consumption {
  readonly deliveries: Mutable<Delivered>[] = []
  readonly #sent: ReadonlyMap<string, Sent>
  #answered = 0

  constructor(sent: ReadonlyMap<string, Sent>) {
    this.#sent = sent
  }

  /** Writes a delivery down. A body that is not the one sent makes it one nobody sent. */
  take(message: ConsumeMessage, acknowledgement: Acknowledgement): void {
    const name = String(message.properties.messageId)
    const [publisher = '', sequence = ''] = name.split('/')
    const sent = this.#sent.get(name)
    const intact = sent === undefined || bodyOf(name, sent.size).equals(message.content)
    this.deliveries.push({
      publisher: intact ? publisher : `damaged ${publisher}`,
      sequence: Number(sequence),
      redelivered: message.fields.redelivered,
      acknowledgement,
    })
  }

  /** All deliveries so far are acknowledged. */
  acknowledgeAll(): void {
    for (; this.#answered < this.deliveries.length; this.#answered++) {
      this.deliveries[this.#answered]!.acknowledgement = 'sent'
    }
  }

  /** Names in order of arrival. */
  get names(): string[] {
    return this.deliveries.map(nameOf)
  }

  /** The same deliveries, of a ledger that goes on with less. */
  over(sent: ReadonlyMap<string, Sent>): Consumption {
    const consumption = new Consumption(sent)
    consumption.deliveries.push(...this.deliveries.filter((delivery) => sent.has(nameOf(delivery))))
    consumption.#answered = consumption.deliveries.length
    return consumption
  }
}

/** `publisher/sequence`, also the message id. */
export function nameOf(message: { readonly publisher: string; readonly sequence: number }): string {
  return `${message.publisher}/${message.sequence}`
}
