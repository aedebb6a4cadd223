/**
 * Judges from outside what a broker did with messages over crashes, as Jepsen's total-queue does:
 * from what was sent, what was confirmed and what was delivered, and from nothing the broker says
 * about itself.
 */

/** What the publisher knows of a message: confirmed, refused (basic.nack), or nothing at all. */
export type Fate = 'confirmed' | 'refused' | 'unknown'

export interface Published {
  readonly publisher: string
  /** Number within the publisher's stream, growing. */
  readonly sequence: number
  readonly fate: Fate
}

/**
 * How a delivery was answered. Acknowledgements are asynchronous: one merely `sent` before a crash
 * may be lost, one known to be `settled` (a clean stop came after it) may not.
 */
export type Acknowledgement = 'none' | 'sent' | 'settled'

export interface Delivered {
  readonly publisher: string
  readonly sequence: number
  readonly redelivered: boolean
  readonly acknowledgement: Acknowledgement
}

export interface History {
  readonly published: readonly Published[]
  /**
   * Deliveries in order of arrival, one list per consumption. The last one emptied the queue, so
   * whatever is in none of them is gone.
   */
  readonly consumptions: readonly (readonly Delivered[])[]
}

/** Lists of messages as `publisher/sequence`. The first five must be empty; the others are allowed. */
export interface Verdict {
  /** Confirmed, never acknowledged, and not there in the end. */
  readonly lost: readonly string[]
  /** Delivered though never sent. */
  readonly unexpected: readonly string[]
  /** Delivered again without the redelivered flag. */
  readonly duplicated: readonly string[]
  /** Delivered again after its acknowledgement was settled. */
  readonly resurrected: readonly string[]
  /** Delivered behind a later message of the same publisher in the same consumption. */
  readonly disordered: readonly string[]
  /** Delivered though never confirmed: allowed. */
  readonly recovered: readonly string[]
  /** Delivered again, and flagged so: allowed. */
  readonly redelivered: readonly string[]
}

/** Compares what a broker delivered with what it had promised. */
export function check(history: History): Verdict {
  const verdict = emptyVerdict()
  const fates = new Map<string, Fate>()
  for (const message of history.published) {
    const name = nameOf(message)
    if (fates.has(name)) throw new Error(`the history publishes ${name} twice`)
    fates.set(name, message.fate)
  }
  const acknowledgements = new Map<string, Acknowledgement>()
  for (const consumption of history.consumptions) follow(consumption, { fates, acknowledgements, verdict })
  const atLast = new Set(history.consumptions.at(-1)?.map(nameOf))
  for (const [name, fate] of fates) {
    const answered = (acknowledgements.get(name) ?? 'none') !== 'none'
    if (fate === 'confirmed' && !answered && !atLast.has(name)) verdict.lost.push(name)
  }
  return verdict
}

/** What a verdict holds against the broker, one line per kind; empty when it did all it promised. */
export function complaints(verdict: Verdict): string[] {
  const { lost, unexpected, duplicated, resurrected, disordered } = verdict
  const lines: string[] = []
  for (const [kind, names] of Object.entries({ lost, unexpected, duplicated, resurrected, disordered })) {
    if (names.length === 0) continue
    const shown = names.slice(0, 10).join(', ')
    lines.push(`${names.length} ${kind}: ${shown}${names.length > 10 ? ', …' : ''}`)
  }
  return lines
}

type Growing<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : never }

interface Ledger {
  readonly fates: ReadonlyMap<string, Fate>
  /** The strongest answer each message got so far; a message that is in it was delivered before. */
  readonly acknowledgements: Map<string, Acknowledgement>
  readonly verdict: Growing<Verdict>
}

function follow(consumption: readonly Delivered[], { fates, acknowledgements, verdict }: Ledger): void {
  const furthest = new Map<string, number>()
  const counted = new Set<string>()
  for (const delivery of consumption) {
    const name = nameOf(delivery)
    const before = acknowledgements.get(name)
    const fate = fates.get(name)
    if (fate === undefined) verdict.unexpected.push(name)
    else if (fate !== 'confirmed' && before === undefined) verdict.recovered.push(name)
    if (before === 'settled') verdict.resurrected.push(name)
    else if (before !== undefined) (delivery.redelivered ? verdict.redelivered : verdict.duplicated).push(name)
    // A message that comes twice in one consumption is judged above; the order is that of first arrivals.
    if (!counted.has(name)) {
      if (delivery.sequence < (furthest.get(delivery.publisher) ?? 0)) verdict.disordered.push(name)
      furthest.set(delivery.publisher, Math.max(delivery.sequence, furthest.get(delivery.publisher) ?? 0))
    }
    counted.add(name)
    acknowledgements.set(name, stronger(before, delivery.acknowledgement))
  }
}

function stronger(one: Acknowledgement | undefined, other: Acknowledgement): Acknowledgement {
  if (one === 'settled' || other === 'settled') return 'settled'
  return one === 'sent' ? 'sent' : other
}

function nameOf(message: { readonly publisher: string; readonly sequence: number }): string {
  return `${message.publisher}/${message.sequence}`
}

function emptyVerdict(): Growing<Verdict> {
  return {
    lost: [],
    unexpected: [],
    duplicated: [],
    resurrected: [],
    disordered: [],
    recovered: [],
    redelivered: [],
  }
}
