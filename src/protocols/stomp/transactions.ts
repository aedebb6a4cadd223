import { headerOf, type StompFrame } from '../../wire/stomp/frame.ts'
import { Refusal } from './refusal.ts'

const TRANSACTIONS_MAX = 16
const ACTIONS_MAX = 1024

/** What a transaction holds back: done at COMMIT, it answers the mark that has to be on disk before the receipt. */
type Action = () => number

/** The transactions of one client that have begun and not ended, by name. */
export class Transactions {
  readonly #open = new Map<string, Action[]>()

  begin(frame: StompFrame): void {
    const name = nameOf(frame)
    // Begun anew, it is empty, as in RabbitMQ.
    if (!this.#open.has(name) && this.#open.size >= TRANSACTIONS_MAX) {
      throw exceeded(`at most ${TRANSACTIONS_MAX} transactions may be open`)
    }
    this.#open.set(name, [])
  }

  /** Throws a Refusal when there is no room for one more action in the transaction a frame names. */
  check(name: string): void {
    if (this.#actions(name).length >= ACTIONS_MAX) throw exceeded(`at most ${ACTIONS_MAX} frames fit a transaction`)
  }

  add(name: string, action: Action): void {
    this.#actions(name).push(action)
  }

  /** Does what was held back, in order; answers what has to be on disk before the receipt. */
  commit(frame: StompFrame): number {
    const name = nameOf(frame)
    const actions = this.#actions(name)
    this.#open.delete(name)
    let mark = 0
    for (const action of actions) mark = Math.max(mark, action())
    return mark
  }

  abort(frame: StompFrame): void {
    const name = nameOf(frame)
    this.#actions(name)
    this.#open.delete(name)
  }

  #actions(name: string): Action[] {
    const found = this.#open.get(name)
    if (found !== undefined) return found
    throw new Refusal('Bad transaction', `Invalid transaction identifier: "${name}"\n`)
  }
}

function exceeded(detail: string): Refusal {
  return new Refusal('Transaction limit exceeded', `${detail}\n`)
}

function nameOf(frame: StompFrame): string {
  const name = headerOf(frame, 'transaction')
  if (name !== undefined) return name
  throw new Refusal('Missing transaction', `"${frame.command}" must include a 'transaction' header\n`)
}
