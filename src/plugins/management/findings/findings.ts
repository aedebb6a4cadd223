import { internalActor } from '../../../broker/administration/actor.ts'
import type { Broker } from '../../../broker/broker.ts'
import type { Node } from '../../../plugin.ts'
import type { Finding } from './finding.ts'
import { findDefaultPassword, findOnNode } from './node-rules.ts'
import { Observations } from './observations.ts'
import { findInQueues } from './queue-rules.ts'
import { findInTopology } from './topology-rules.ts'

/** Looking goes through everything there is: who asks more often gets what was found before. */
const FRESH_MILLISECONDS = 2000

/** To try a password is meant to be slow. */
const PASSWORD_MILLISECONDS = 60_000

/** Finds what is wrong, when somebody asks. */
export class Findings {
  readonly #broker: Broker
  readonly #node: Node
  readonly #observations: Observations
  #password: { readonly at: number; readonly found: Promise<Finding[]> } | undefined
  #last: { readonly at: number; readonly found: Promise<Finding[]> } | undefined

  constructor(broker: Broker, node: Node) {
    this.#broker = broker
    this.#node = node
    this.#observations = new Observations(broker)
  }

  /** All of them, in no order; who may know what is for the caller to see to. */
  all(): Promise<Finding[]> {
    const now = this.#broker.clock.monotonic()
    if (this.#last === undefined || now - this.#last.at >= FRESH_MILLISECONDS) {
      this.#last = { at: now, found: this.#find() }
    }
    return this.#last.found
  }

  async #find(): Promise<Finding[]> {
    const broker = this.#broker
    const { policies, vhosts } = broker.administration
    const actor = internalActor('findings')
    this.#observations.look()
    return [
      ...findOnNode(broker, this.#node, this.#observations),
      ...findInQueues(broker, this.#node, this.#observations),
      ...findInTopology(broker, await policies.list(actor), (vhost) => vhosts.limits(vhost)['max-queues']),
      ...(await this.#defaultPassword()),
    ]
  }

  #defaultPassword(): Promise<Finding[]> {
    const now = this.#broker.clock.monotonic()
    if (this.#password === undefined || now - this.#password.at >= PASSWORD_MILLISECONDS) {
      this.#password = { at: now, found: findDefaultPassword(this.#broker, this.#node) }
    }
    return this.#password.found
  }
}
