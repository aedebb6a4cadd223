import type { Broker } from '../../broker/broker.ts'
import type { SaslMechanism } from '../../plugin.ts'
import type { Logger } from '../../std/logger.ts'
import { Slab } from '../../std/slab.ts'
import type { StompSettings } from './settings.ts'

/** Somebody with receipts that wait for the disk. */
export interface DurableWaiter {
  onDurable(): void
}

/** What all connections of this head share. */
export class Head {
  readonly broker: Broker
  readonly logger: Logger
  readonly settings: StompSettings
  /** SASL mechanisms of plug-ins. */
  readonly mechanisms: ReadonlyMap<string, SaslMechanism>
  readonly slab = new Slab()
  /** Publishers are to be held up: a copy of whether the broker has alarms. */
  alarmed = false
  #waiters: DurableWaiter[] = []
  #waiting = false

  constructor(options: Pick<Head, 'broker' | 'logger' | 'settings' | 'mechanisms'>) {
    this.broker = options.broker
    this.logger = options.logger
    this.settings = options.settings
    this.mechanisms = options.mechanisms
  }

  /** Tells `waiter` once, when more became durable. */
  awaitDurable(waiter: DurableWaiter): void {
    this.#waiters.push(waiter)
    if (this.#waiting) return
    this.#waiting = true
    this.broker.onceDurable(this.#onDurable)
  }

  readonly #onDurable = (): void => {
    this.#waiting = false
    const waiters = this.#waiters
    this.#waiters = []
    for (const waiter of waiters) waiter.onDurable()
  }
}
