import type { Connections, TrackedConnection } from '../connections.ts'
import { Fault } from '../fault.ts'
import { hasLevel } from '../user.ts'
import type { Actor } from './actor.ts'
import type { Office } from './office.ts'

/** What RabbitMQ tells a client whose connection somebody closes. */
const CLOSED_BY_OPERATOR = 'Closed via management plugin'

/** The connections that are in virtual hosts, of every protocol. */
export class ConnectionAdministration {
  readonly #office: Office
  readonly #connections: Connections

  constructor(office: Office, connections: Connections) {
    this.#office = office
    this.#connections = connections
  }

  /** All, for those who watch over the broker; else the actor's own. */
  async list(actor: Actor): Promise<readonly TrackedConnection[]> {
    await this.#office.authorize({ operation: 'connections.list', actor, resource: {} })
    const seesAll = hasLevel(actor.user, 'monitoring')
    return [...this.#connections].filter(({ user }) => seesAll || user === actor.user.name)
  }

  /** Closes the connection of that name (or all, should there be more). Throws a Fault('not-found') when there is none. */
  async close(actor: Actor, name: string, reason = CLOSED_BY_OPERATOR): Promise<void> {
    const found = [...this.#connections].filter((connection) => connection.name === name)
    if (found.length === 0) {
      // Whoever may close none at all does not learn which there are.
      const resource = { owner: actor.user.name }
      await this.#office.carryOut(
        { operation: 'connections.close', actor, what: `connection '${name}'`, resource },
        () => {
          throw new Fault('not-found', `connection '${name}' does not exist`)
        },
      )
    }
    for (const { user, vhost, owner } of found) {
      const matter = {
        operation: 'connections.close',
        actor,
        what: `connection '${name}'`,
        vhost,
        resource: { owner: user },
      } as const
      await this.#office.carryOut(matter, () => owner.end?.(reason))
    }
  }

  /** Closes every connection of a user; answers how many. */
  closeAllOfUser(actor: Actor, user: string, reason = CLOSED_BY_OPERATOR): Promise<number> {
    const matter = {
      operation: 'connections.closeAllOfUser',
      actor,
      what: `connections of user '${user}'`,
      resource: { owner: user },
    } as const
    return this.#office.carryOut(matter, () => end(this.#connections.ofUser(user), reason))
  }

  /** Closes every connection to a virtual host; answers how many. */
  closeAllOfVhost(actor: Actor, vhost: string, reason = CLOSED_BY_OPERATOR): Promise<number> {
    const matter = {
      operation: 'connections.closeAllOfVhost',
      actor,
      what: `connections to vhost '${vhost}'`,
      vhost,
      resource: {},
    } as const
    return this.#office.carryOut(matter, () => end(this.#connections.ofVhost(vhost), reason))
  }
}

function end(connections: readonly TrackedConnection[], reason: string): number {
  for (const { owner } of connections) owner.end?.(reason)
  return connections.length
}
