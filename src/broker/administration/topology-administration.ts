import type { Access } from '../access.ts'
import type { AuthenticatedUser } from '../authenticator.ts'
import type { Binding } from '../binding.ts'
import type { BrowseBounds, BrowsedMessage } from '../browsed-message.ts'
import type { Exchange } from '../exchange.ts'
import { Fault } from '../fault.ts'
import type { Owner, Queue } from '../queue.ts'
import { describe } from '../resource.ts'
import type { Topology } from '../topology.ts'
import type { VirtualHosts } from '../virtual-hosts.ts'
import type { Actor } from './actor.ts'
import type { Office } from './office.ts'
import { type PreviewedMessage, previewRoute, type RoutePreview } from './route-preview.ts'

/** A binding, and where it is. */
export interface PlacedBinding {
  readonly vhost: string
  readonly binding: Binding
}

type TopologyOperation =
  | 'topology.listExchanges'
  | 'topology.listQueues'
  | 'topology.listBindings'
  | 'topology.getExchange'
  | 'topology.previewRoute'
  | 'topology.getQueue'
  | 'topology.open'

export interface TopologyPorts {
  readonly office: Office
  readonly vhosts: VirtualHosts
  /** Opens a virtual host for a user, or for the broker itself. */
  open(user: AuthenticatedUser | undefined, vhost: string, owner: Owner): Promise<Access>
}

/** What is in the virtual hosts: to look at, and through `open` to change. */
export class TopologyAdministration {
  readonly #ports: TopologyPorts
  readonly #office: Office

  constructor(ports: TopologyPorts) {
    this.#ports = ports
    this.#office = ports.office
  }

  /** Of one virtual host, or of all the actor may see. */
  async listExchanges(actor: Actor, vhost?: string): Promise<readonly Exchange[]> {
    await this.#authorize('topology.listExchanges', actor, vhost)
    return (await this.#visible(actor, vhost)).flatMap((topology) => [...topology.vhost.exchanges])
  }

  async listQueues(actor: Actor, vhost?: string): Promise<readonly Queue[]> {
    await this.#authorize('topology.listQueues', actor, vhost)
    return (await this.#visible(actor, vhost)).flatMap((topology) => [...topology.vhost.queues])
  }

  /** Undefined where there is none of that name. */
  async getExchange(actor: Actor, vhost: string, name: string): Promise<Exchange | undefined> {
    await this.#authorize('topology.getExchange', actor, vhost)
    return this.#ports.vhosts.topology(vhost)?.vhost.exchange(name)
  }

  async getQueue(actor: Actor, vhost: string, name: string): Promise<Queue | undefined> {
    await this.#authorize('topology.getQueue', actor, vhost)
    return this.#ports.vhosts.topology(vhost)?.vhost.queue(name)
  }

  /** Looks at what waits in a queue: nothing changes by it. The actor has to be permitted to read from the queue. */
  async browse(
    actor: Actor,
    vhost: string,
    name: string,
    from: number,
    bounds: BrowseBounds,
  ): Promise<readonly BrowsedMessage[]> {
    await this.#office.authorize({ operation: 'topology.browse', actor, vhost, resource: { queue: name } })
    const queue = this.#ports.vhosts.topology(vhost)?.vhost.queue(name)
    if (queue === undefined) throw new Fault('not-found', `no ${describe('queue', name, vhost)}`)
    if (queue.owner !== undefined) throw new Fault('resource-locked', `${describe('queue', name, vhost)} is exclusive`)
    return queue.browse(from, bounds)
  }

  /** Where a message would go that was published now, by the bindings there are: nothing is published. */
  async previewRoute(actor: Actor, vhost: string, message: PreviewedMessage): Promise<RoutePreview> {
    await this.#authorize('topology.previewRoute', actor, vhost)
    return previewRoute(this.#ports.vhosts.topology(vhost)!.vhost, message)
  }

  /** Without those to the default exchange, which nobody made. */
  async listBindings(actor: Actor, vhost?: string): Promise<readonly PlacedBinding[]> {
    await this.#authorize('topology.listBindings', actor, vhost)
    return (await this.#visible(actor, vhost)).flatMap((topology) =>
      [...topology.vhost.exchanges].flatMap((exchange) =>
        Array.from(exchange.bindings, (binding) => ({ vhost: topology.vhost.name, binding })),
      ),
    )
  }

  /**
   * The actor's own door into a virtual host, for an operation or a few: declares, deletes, binds, publishes and gets
   * as any client does, by the actor's permissions. To be closed. Counts as no connection.
   */
  async open(actor: Actor, vhost: string): Promise<Access> {
    await this.#authorize('topology.open', actor, vhost)
    return this.#ports.open(actor.authenticated, vhost, { name: `${actor.user.name} via ${actor.via}` })
  }

  async #authorize(operation: TopologyOperation, actor: Actor, vhost: string | undefined): Promise<void> {
    await this.#office.authorize({ operation, actor, ...(vhost === undefined ? {} : { vhost }), resource: {} })
    if (vhost !== undefined && this.#ports.vhosts.topology(vhost) === undefined) {
      throw new Fault('not-found', `Virtual host '${vhost}' does not exist`)
    }
  }

  async #visible(actor: Actor, vhost: string | undefined): Promise<readonly Topology[]> {
    const all = Array.from(this.#ports.vhosts.topologies, (topology) => ({ vhost: topology.vhost.name, topology }))
    const found = all.filter((topology) => vhost === undefined || topology.vhost === vhost)
    const permitted = await this.#office.permitted(found, (name) => this.#office.sees(actor, name))
    return permitted.map(({ topology }) => topology)
  }
}
