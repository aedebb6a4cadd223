import type { Connections } from '../connections.ts'
import { Fault } from '../fault.ts'
import type { Parameters } from '../parameters.ts'
import type { Permissions } from '../permissions.ts'
import type { Policies } from '../policies/policies.ts'
import type { Limits } from '../users.ts'
import type { VhostRecord, VirtualHosts } from '../virtual-hosts.ts'
import type { Actor } from './actor.ts'
import { checkLimits } from './limit-names.ts'
import type { Office } from './office.ts'

/** What is to be known of a virtual host beside its name; what is absent stays as it was. */
export interface VhostMetadata {
  readonly description?: string
  readonly tags?: readonly string[]
  /** What a queue becomes whose declaration does not say: `classic`, `quorum`, `stream`. */
  readonly defaultQueueType?: string | undefined
  readonly tracing?: boolean
  /** It cannot be deleted. */
  readonly protected?: boolean
}

/** A virtual host as tools are shown it. */
export interface VhostInfo {
  readonly name: string
  readonly description: string
  readonly tags: readonly string[]
  /** The node's where it has none of its own. */
  readonly defaultQueueType: string
  readonly protected: boolean
  readonly tracing: boolean
  readonly limits: Limits
}

export interface VhostPorts {
  readonly office: Office
  readonly vhosts: VirtualHosts
  readonly permissions: Permissions
  readonly policies: Policies
  readonly parameters: Parameters
  readonly connections: Connections
  /** Virtual hosts there may be; undefined for no limit. */
  readonly countMax: number | undefined
  /** Queues are of this type where neither they nor their virtual host say. */
  readonly defaultQueueType: string
  isQueueType(name: string): boolean
}

/** The runtime parameter that limits of virtual hosts are kept as. */
export const vhostLimits = { component: 'vhost-limits', name: 'limits' } as const

/** The virtual hosts, what is to be known of them, and how much may be in them. */
export class VhostAdministration {
  readonly #ports: VhostPorts
  readonly #office: Office
  readonly #vhosts: VirtualHosts

  constructor(ports: VhostPorts) {
    this.#ports = ports
    this.#office = ports.office
    this.#vhosts = ports.vhosts
  }

  /** Those the actor may see. */
  async list(actor: Actor): Promise<readonly VhostInfo[]> {
    await this.#office.authorize({ operation: 'vhosts.list', actor, resource: {} })
    const found = Array.from(this.#vhosts.records, (record) => ({ ...this.#info(record), vhost: record.name }))
    const permitted = await this.#office.permitted(found, (name) => this.#office.sees(actor, name))
    return permitted.map(({ vhost: _, ...info }) => info)
  }

  async get(actor: Actor, name: string): Promise<VhostInfo | undefined> {
    await this.#office.authorize({ operation: 'vhosts.get', actor, vhost: name, resource: {} })
    const record = this.#vhosts.record(name)
    return record === undefined ? undefined : this.#info(record)
  }

  /** Makes a virtual host with its standard exchanges, in which the actor may then do everything; or changes what is known of one. */
  put(actor: Actor, name: string, metadata: VhostMetadata = {}): Promise<'created' | 'updated'> {
    const matter = { operation: 'vhosts.put', actor, what: describe(name), vhost: name, resource: {} } as const
    return this.#office.carryOut(matter, () => {
      this.#requireQueueType(metadata.defaultQueueType)
      const known = this.#vhosts.record(name)
      if (known !== undefined) {
        this.#vhosts.update({ ...known, ...defined(metadata) })
        this.#logTracing(name, known.tracing ?? false)
        this.#office.emit('vhost.updated', actor, this.#event(name))
        return 'updated'
      }
      this.#requireRoom(name)
      this.#vhosts.create({ kind: 'vhost', name, ...defined(metadata) }, actor.user.name)
      this.#office.logger.info(`Adding vhost '${name}'${about(metadata)}`)
      this.#logTracing(name, false)
      // Who makes a virtual host can use it, as in RabbitMQ; the broker itself needs no permission.
      if (actor.authenticated !== undefined) {
        this.#ports.permissions.set({
          kind: 'permission',
          user: actor.user.name,
          vhost: name,
          configure: '.*',
          write: '.*',
          read: '.*',
        })
      }
      this.#office.emit('vhost.created', actor, this.#event(name))
      return 'created'
    })
  }

  /**
   * Deletes a virtual host with everything in it, and closes the connections to it. Throws a Fault('not-found') when
   * there is none, and one ('precondition-failed') when it is protected.
   */
  delete(actor: Actor, name: string): Promise<void> {
    const matter = { operation: 'vhosts.delete', actor, what: describe(name), vhost: name, resource: {} } as const
    return this.#office.carryOut(matter, async () => {
      const record = this.#require(name)
      if (record.protected) {
        throw new Fault('precondition-failed', `Virtual host '${name}' is protected from deletion`)
      }
      this.#office.logger.info(`Deleting vhost '${name}'`)
      const { permissions, policies, parameters, connections } = this.#ports
      // First, so that nobody comes in while it goes.
      for (const permission of [...permissions.all()]) if (permission.vhost === name) permissions.clear(permission)
      for (const topic of [...permissions.allTopics()]) if (topic.vhost === name) permissions.clearTopic(topic)
      for (const { owner } of connections.ofVhost(name)) owner.end?.(`vhost '${name}' is deleted`)
      await this.#vhosts.delete(record)
      for (const parameter of [...parameters.all]) if (parameter.vhost === name) parameters.clear(parameter)
      for (const kind of ['policy', 'operator-policy'] as const) {
        for (const policy of [...policies.all(kind)]) if (policy.vhost === name) policies.delete(policy)
      }
      this.#office.emit('vhost.deleted', actor, { name })
    })
  }

  /** Whether it can be deleted. */
  protect(actor: Actor, name: string, isProtected: boolean): Promise<void> {
    const matter = { operation: 'vhosts.protect', actor, what: describe(name), vhost: name, resource: {} } as const
    return this.#office.carryOut(matter, () => {
      this.#vhosts.update({ ...this.#require(name), protected: isProtected })
      this.#office.emit('vhost.updated', actor, this.#event(name))
    })
  }

  /** Limits of one virtual host, or of all the actor may see, that have any. */
  async listLimits(
    actor: Actor,
    name?: string,
  ): Promise<readonly { readonly vhost: string; readonly limits: Limits }[]> {
    const where = name === undefined ? {} : { vhost: name }
    await this.#office.authorize({ operation: 'vhosts.listLimits', actor, ...where, resource: {} })
    const found = Array.from(this.#vhosts.records, (record) => ({
      vhost: record.name,
      limits: this.limits(record.name),
    })).filter(({ vhost, limits }) => (name === undefined || vhost === name) && Object.keys(limits).length > 0)
    return this.#office.permitted(found, (vhost) => this.#office.sees(actor, vhost))
  }

  /** Sets some limits (`max-connections`, `max-queues`; negative for none) and leaves the others as they are. */
  setLimits(actor: Actor, name: string, limits: Readonly<Record<string, unknown>>): Promise<void> {
    const matter = { operation: 'vhosts.setLimits', actor, what: describe(name), vhost: name, resource: {} } as const
    return this.#office.carryOut(matter, () => {
      this.#require(name)
      const checked = checkLimits(vhostLimits.name, 'vhost', limits)
      this.#changeLimits(actor, name, { ...this.limits(name), ...checked })
    })
  }

  /** Clears one limit, or all. */
  clearLimits(actor: Actor, name: string, limit?: string): Promise<void> {
    const matter = { operation: 'vhosts.clearLimits', actor, what: describe(name), vhost: name, resource: {} } as const
    return this.#office.carryOut(matter, () => {
      this.#require(name)
      const kept = Object.entries(this.limits(name)).filter(([known]) => limit !== undefined && known !== limit)
      this.#changeLimits(actor, name, Object.fromEntries(kept))
    })
  }

  /** The limits of a virtual host as they are. */
  limits(name: string): Limits {
    return (this.#ports.parameters.get(name, vhostLimits.component, vhostLimits.name)?.value ?? {}) as Limits
  }

  #changeLimits(actor: Actor, vhost: string, limits: Limits): void {
    const parameter = { vhost, ...vhostLimits, value: limits }
    if (Object.keys(limits).length === 0) {
      this.#ports.parameters.clear(parameter)
      this.#office.emit('vhost.limits.cleared', actor, { name: vhostLimits.name, vhost })
    } else {
      this.#ports.parameters.set(parameter)
      this.#office.emit('vhost.limits.set', actor, { ...limits, name: vhostLimits.name, vhost })
    }
  }

  #logTracing(name: string, before: boolean): void {
    const { tracing = false } = this.#require(name)
    if (tracing !== before)
      this.#office.logger.info(`${tracing ? 'Enabling' : 'Disabling'} tracing for vhost '${name}'`)
  }

  #require(name: string): VhostRecord {
    const record = this.#vhosts.record(name)
    if (record === undefined) throw new Fault('not-found', `Virtual host '${name}' does not exist`)
    return record
  }

  #requireRoom(name: string): void {
    if (name === '') throw new Fault('precondition-failed', 'the name of a virtual host must not be empty')
    const { countMax } = this.#ports
    if (countMax !== undefined && this.#vhosts.count >= countMax) {
      throw new Fault('precondition-failed', `cannot create vhost '${name}': vhost limit of ${countMax} is reached`)
    }
  }

  #requireQueueType(type: string | undefined): void {
    if (type === undefined || this.#ports.isQueueType(type)) return
    throw new Fault('precondition-failed', `Unsupported default queue type '${type}'`)
  }

  #info(record: VhostRecord): VhostInfo {
    return {
      name: record.name,
      description: record.description ?? '',
      tags: record.tags ?? [],
      defaultQueueType: record.defaultQueueType ?? this.#ports.defaultQueueType,
      protected: record.protected ?? false,
      tracing: record.tracing ?? false,
      limits: this.limits(record.name),
    }
  }

  #event(name: string): { name: string; description: string; tags: readonly string[]; default_queue_type: string } {
    const { description, tags, defaultQueueType } = this.#info(this.#require(name))
    return { name, description, tags, default_queue_type: defaultQueueType }
  }
}

/** Without what is absent, so that it does not take away what is known. */
function defined(metadata: VhostMetadata): Partial<Omit<VhostRecord, 'kind' | 'name'>> {
  return Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== undefined))
}

function about({ description, tags = [] }: VhostMetadata): string {
  return description === undefined
    ? ' without a description'
    : ` (description: '${description}', tags: [${tags.join(',')}])`
}

function describe(name: string): string {
  return `vhost '${name}'`
}
