import type { Broker } from '../broker/broker.ts'
import type { Node } from '../plugin.ts'
import { type Duration, milliseconds } from './duration.ts'

/** Takes a fault back. */
export type Mend = () => void

/** How long the memory an embedded broker keeps things in pretends to take for a write. */
export class WriteDelay {
  milliseconds = 0
}

/** Makes an embedded broker misbehave as a real one may, so that clients can be tested against it. */
export class Faults {
  readonly #broker: Broker
  readonly #node: Node
  readonly #delay: WriteDelay | undefined
  readonly #mends = new Set<Mend>()

  constructor(broker: Broker, node: Node, delay: WriteDelay | undefined) {
    this.#broker = broker
    this.#node = node
    this.#delay = delay
  }

  /**
   * Ends connections as an operator does (320 CONNECTION_FORCED): all of them, or those of a user or with a client-provided name.
   * Answers how many.
   */
  closeConnections(of?: string, reason = 'closed by a test'): number {
    const closing = [...this.#node.connections()].filter(
      ({ user, userProvidedName }) => of === undefined || user === of || userProvidedName === of,
    )
    for (const connection of closing) connection.close(reason)
    return closing.length
  }

  /** Publishers are blocked (`connection.blocked`) as if memory, or the disk, had run short. */
  blockPublishers(resource: 'memory' | 'disk' = 'memory'): Mend {
    const source = `a test (${resource})`
    this.#broker.raiseAlarm(source, `low on ${resource}`)
    return this.#mendLater(() => this.#broker.clearAlarm(source))
  }

  /** Confirms of persistent messages, and answers to declarations of durable things, come so much later, in the broker's time. */
  delayConfirms(by: Duration): Mend {
    const delay = this.#delay
    if (delay === undefined) throw new Error("confirms can be delayed in a broker with data: 'memory'")
    delay.milliseconds = milliseconds(by)
    return this.#mendLater(() => {
      delay.milliseconds = 0
    })
  }

  /** Takes back all faults. */
  mend(): void {
    for (const mend of [...this.#mends]) mend()
  }

  #mendLater(mend: Mend): Mend {
    const once = (): void => {
      if (this.#mends.delete(once)) mend()
    }
    this.#mends.add(once)
    return once
  }
}
