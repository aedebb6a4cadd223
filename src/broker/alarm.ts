/** Why publishers must pause: as `connection.blocked` tells them. */
export type Alarm = 'low on memory' | 'low on disk'

/** The resources that ran short, and who wants to know. */
export class Alarms {
  #set: readonly Alarm[] = []
  readonly #listeners = new Set<(alarms: readonly Alarm[]) => void>()

  get all(): readonly Alarm[] {
    return this.#set
  }

  raise(alarm: Alarm): void {
    if (!this.#set.includes(alarm)) this.#change([...this.#set, alarm])
  }

  clear(alarm: Alarm): void {
    if (this.#set.includes(alarm)) this.#change(this.#set.filter((other) => other !== alarm))
  }

  /** Answers how to stop listening. */
  listen(listener: (alarms: readonly Alarm[]) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #change(alarms: readonly Alarm[]): void {
    this.#set = alarms
    for (const listener of this.#listeners) listener(alarms)
  }
}
