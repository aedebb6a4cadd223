import type { Events } from './events.ts'

/** Why publishers must pause: as `connection.blocked` tells them. */
export type Alarm = 'low on memory' | 'low on disk'

/** The resources that ran short, and who wants to know. */
export class Alarms {
  /** What each watcher of a resource says; several may watch the same one. */
  readonly #raised = new Map<string, Alarm>()
  #all: readonly Alarm[] = []
  readonly #listeners = new Set<(alarms: readonly Alarm[]) => void>()

  /** Memory before disk, each once. */
  get all(): readonly Alarm[] {
    return this.#all
  }

  raise(source: string, alarm: Alarm): void {
    this.#raised.set(source, alarm)
    this.#tell()
  }

  clear(source: string): void {
    this.#raised.delete(source)
    this.#tell()
  }

  /** Answers how to stop listening. */
  listen(listener: (alarms: readonly Alarm[]) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #tell(): void {
    const raised = new Set(this.#raised.values())
    const all = (['low on memory', 'low on disk'] as const).filter((alarm) => raised.has(alarm))
    if (all.join() === this.#all.join()) return
    this.#all = all
    for (const listener of this.#listeners) listener(all)
  }
}

/** An observer that tells which alarms were raised and cleared, as events of this node. */
export function alarmEvents(events: Events, node: string): (alarms: readonly Alarm[]) => void {
  let before: readonly Alarm[] = []
  const tell = (type: string, changed: readonly Alarm[]) => {
    for (const alarm of changed) {
      events.emit(type, () => ({ source: alarm === 'low on memory' ? 'memory' : 'disk', node }))
    }
  }
  return (alarms) => {
    tell(
      'alarm.set',
      alarms.filter((alarm) => !before.includes(alarm)),
    )
    tell(
      'alarm.cleared',
      before.filter((alarm) => !alarms.includes(alarm)),
    )
    before = alarms
  }
}
