import { isJsonObject, type JsonObject, type JsonValue } from '../../std/json.ts'
import { Fault } from '../fault.ts'
import type { Actor } from './actor.ts'
import type { ImportCategory, ImportScope } from './definition-category.ts'
import { DefinitionItem } from './definition-item.ts'
import type { Office } from './office.ts'

/** How many there were of each category, `users`, `queues`, … */
export type ImportCounts = Readonly<Record<string, number>>

export interface ImportPorts {
  readonly office: Office
  /** In the order in which they are read. */
  readonly categories: readonly ImportCategory[]
  hasVhost(name: string): boolean
  hasUser(name: string): boolean
  /** Throws a Fault when a virtual host may not have so many more queues. */
  checkRoom(vhost: string, newQueues: readonly string[]): void
  /** Resolves when others have had their turn. */
  rest(): Promise<void>
}

/** Things read before others get their turn. */
const SLICE = 100

interface Group {
  readonly category: ImportCategory
  readonly items: readonly DefinitionItem[]
}

/** Reads definitions: first checks all of them, then does what they say, in RabbitMQ's order. */
export class DefinitionImport {
  readonly #ports: ImportPorts

  constructor(ports: ImportPorts) {
    this.#ports = ports
  }

  async run(actor: Actor, definitions: JsonObject, vhost: string | undefined): Promise<ImportCounts> {
    const { office } = this.#ports
    const { groups, scope } = await this.#checked(actor, definitions, vhost)
    const counts: Record<string, number> = {}
    for (const { category, items } of groups) {
      if (items.length > 0) office.logger.info(`Importing ${items.length} ${category.title}...`)
      counts[category.key] = items.length
    }
    await this.#each(groups, ({ category }, item) => category.apply(item, scope))
    for (const category of new Set(groups.map((group) => group.category))) await category.done?.(scope)
    return counts
  }

  /** Throws what `run` would throw, and does nothing. */
  async check(actor: Actor, definitions: JsonObject, vhost: string | undefined): Promise<void> {
    await this.#checked(actor, definitions, vhost)
  }

  async #checked(
    actor: Actor,
    definitions: JsonObject,
    vhost: string | undefined,
  ): Promise<{ groups: readonly Group[]; scope: ImportScope }> {
    if (vhost !== undefined && !this.#ports.hasVhost(vhost)) {
      throw new Fault('not-found', `Please create virtual host "${vhost}" prior to importing definitions.`)
    }
    const groups = this.#groups(definitions, vhost)
    const scope = this.#scope(actor, groups, vhost)
    await this.#each(groups, ({ category }, item) => category.check(item, scope))
    this.#checkRoom(groups)
    return { groups, scope }
  }

  #groups(definitions: JsonObject, vhost: string | undefined): Group[] {
    return this.#ports.categories
      .filter((category) => vhost === undefined || category.inVhost)
      .map((category) => {
        const { key } = category
        const list: JsonValue = Object.hasOwn(definitions, key) ? (definitions[key] ?? []) : []
        if (!Array.isArray(list)) throw new Fault('precondition-failed', `${key} must be a list`)
        // What is no object is passed over, as in RabbitMQ.
        const items = list.filter((item) => isJsonObject(item)).map((item) => new DefinitionItem(item, key, vhost))
        return { category, items }
      })
  }

  #scope(actor: Actor, groups: readonly Group[], vhost: string | undefined): ImportScope {
    const named = (key: string) =>
      new Set(
        groups
          .filter(({ category }) => category.key === key)
          .flatMap(({ items }) => items.map((item) => item.text('name'))),
      )
    const users = named('users')
    const vhosts = named('vhosts')
    return {
      actor,
      vhost,
      touchedVhosts: new Set(),
      hasVhost: (name) => vhosts.has(name) || this.#ports.hasVhost(name),
      hasUser: (name) => users.has(name) || this.#ports.hasUser(name),
    }
  }

  #checkRoom(groups: readonly Group[]): void {
    const queues = groups.find(({ category }) => category.key === 'queues')?.items ?? []
    const byVhost = new Map<string, string[]>()
    for (const queue of queues) {
      const known = byVhost.get(queue.vhost)
      if (known === undefined) byVhost.set(queue.vhost, [queue.text('name')])
      else known.push(queue.text('name'))
    }
    for (const [vhost, names] of byVhost) this.#ports.checkRoom(vhost, names)
  }

  async #each(
    groups: readonly Group[],
    visit: (group: Group, item: DefinitionItem) => void | Promise<void>,
  ): Promise<void> {
    let count = 0
    for (const group of groups) {
      for (const item of group.items) {
        await visit(group, item)
        if (++count % SLICE === 0) await this.#ports.rest()
      }
    }
  }
}
