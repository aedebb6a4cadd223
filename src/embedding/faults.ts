import { internalActor } from '../broker/administration/actor.ts'
import type { Broker } from '../broker/broker.ts'
import type { Node, ProtocolConnection } from '../plugin.ts'
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
  /** The first virtual host. */
  readonly #vhost: string
  readonly #mends = new Set<Mend>()

  constructor(broker: Broker, node: Node, { delay, vhost }: { delay: WriteDelay | undefined; vhost: string }) {
    this.#broker = broker
    this.#node = node
    this.#delay = delay
    this.#vhost = vhost
  }

  /**
   * Ends connections as an operator does (320 CONNECTION_FORCED): all of them, or those of a user or with a client-provided name.
   * Answers how many.
   */
  closeConnections(of?: string, reason = 'closed by a test'): number {
    const closing = this.#connectionsOf(of)
    for (const connection of closing) connection.close(reason)
    return closing.length
  }

  /**
   * Breaks connections without a word, as a network does: all of them, or those of a user or with a client-provided
   * name. Answers how many. What they had unacknowledged goes back to its queues.
   */
  cutConnections(of?: string): number {
    const broken = this.#connectionsOf(of).filter(({ cut }) => cut !== undefined)
    for (const connection of broken) connection.cut?.()
    return broken.length
  }

  /**
   * A queue refuses what is published to it, as one that is full with `overflow: reject-publish`: publishers get
   * `basic.nack`. So many messages, or all until it is mended. While it lasts, no other policy applies to the queue.
   */
  async refusePublishes(
    queue: string,
    { count = Number.POSITIVE_INFINITY, vhost = this.#vhost }: { count?: number; vhost?: string } = {},
  ): Promise<Mend> {
    const { policies } = this.#broker.administration
    const actor = internalActor('a test')
    const name = `refused by a test: ${queue}`
    const pattern = `^${queue.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`
    const definition = { 'max-length': 0, overflow: 'reject-publish' }
    await policies.set(actor, vhost, name, { pattern, definition, priority: 2 ** 31 - 1, applyTo: 'queues' })
    let left = count
    const stop = this.#broker.virtualHost(vhost)?.taps.add({
      onPublish: ({ queues }) => {
        // The message that is told of is not in its queues yet.
        if (queues.includes(queue) && --left === 0) this.#broker.clock.defer(mend)
      },
      onDeliver: () => {},
    })
    const mend = this.#mendLater(() => {
      stop?.()
      policies.delete(actor, vhost, name).catch(() => {})
    })
    return mend
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

  #connectionsOf(of: string | undefined): ProtocolConnection[] {
    return [...this.#node.connections()].filter(
      ({ user, userProvidedName }) => of === undefined || user === of || userProvidedName === of,
    )
  }

  #mendLater(mend: Mend): Mend {
    const once = (): void => {
      if (this.#mends.delete(once)) mend()
    }
    this.#mends.add(once)
    return once
  }
}
