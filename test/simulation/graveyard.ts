import type { Complaints } from './complaints.ts'
import type { QueueBook } from './queue-book.ts'

/** The queue all dead letters go to. Nobody takes anything from it, so what was once found there stays. */
export const graveyardName = 'graveyard'

/** What lies in the graveyard, against what was thrown out. */
export class Graveyard {
  readonly #complaints: Complaints
  /** Names of messages that were sent to a queue that buries them. */
  readonly #mortals = new Set<string>()
  /** Of each name, how many copies the last look found: more than one when a crash came in between. */
  #buried = new Map<string, number>()

  constructor(complaints: Complaints) {
    this.#complaints = complaints
  }

  expect(name: string): void {
    this.#mortals.add(name)
  }

  /** The process ended: what was in memory only is not there any more. */
  restart(durable: (name: string) => boolean): void {
    for (const name of this.#buried.keys()) if (!durable(name)) this.#buried.delete(name)
  }

  /** All of it was looked at. */
  inspected(found: readonly string[]): void {
    const buried = new Map<string, number>()
    for (const name of found) {
      buried.set(name, (buried.get(name) ?? 0) + 1)
      if (!this.#mortals.has(name)) this.#complaints.add('unexpected dead letter', name)
    }
    for (const [name, count] of this.#buried) {
      if ((buried.get(name) ?? 0) < count) this.#complaints.add('lost dead letter', name)
    }
    this.#buried = buried
  }

  /** All of it was taken out. */
  emptied(): void {
    this.#buried.clear()
  }

  /** Whatever a queue threw out for good has to be here. */
  checkDead(book: QueueBook): void {
    for (const name of book.dead)
      if (!this.#buried.has(name)) this.#complaints.add('lost on its way to the graveyard', book.name, name)
    book.dead.clear()
  }
}
