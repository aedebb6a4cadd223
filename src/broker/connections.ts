import type { ChurnCounters } from './counters.ts'
import { Fault } from './fault.ts'
import type { Owner } from './queue.ts'

/** One connection that has entered a virtual host, of whatever protocol. */
export interface TrackedConnection {
  /** As management tools name it: `127.0.0.1:50000 -> 127.0.0.1:5672`. */
  readonly name: string
  readonly user: string
  readonly vhost: string
  readonly owner: Owner
  /** Wall time in milliseconds at which it entered. */
  readonly since: number
  /** Channels (or sessions) it has open. */
  readonly channels: number
}

/** What may be limited of connections; every limit undefined for none. */
export interface ConnectionLimits {
  /** Connections of a virtual host. */
  vhost(name: string): number | undefined
  userConnections(name: string): number | undefined
  userChannels(name: string): number | undefined
  /** Channels of the whole node. */
  readonly nodeChannels: number | undefined
  /** The node's name, for the text. */
  readonly node: string
}

/** The connections that are in virtual hosts now, counted where limits are. */
export class Connections {
  readonly #limits: ConnectionLimits
  readonly #churn: ChurnCounters
  readonly #all = new Set<ConnectionTicket>()
  readonly #byVhost = new Map<string, Set<ConnectionTicket>>()
  readonly #byUser = new Map<string, Set<ConnectionTicket>>()
  readonly #channelsByUser = new Map<string, number>()
  #channels = 0

  constructor(limits: ConnectionLimits, churn: ChurnCounters) {
    this.#limits = limits
    this.#churn = churn
  }

  [Symbol.iterator](): Iterator<TrackedConnection> {
    return this.#all.values()
  }

  get count(): number {
    return this.#all.size
  }

  ofVhost(name: string): readonly TrackedConnection[] {
    return [...(this.#byVhost.get(name) ?? [])]
  }

  ofUser(name: string): readonly TrackedConnection[] {
    return [...(this.#byUser.get(name) ?? [])]
  }

  /** Throws a Fault with RabbitMQ's text when the virtual host or the user has as many connections as it may have. */
  check(user: string, vhost: string): void {
    const vhostMax = this.#limits.vhost(vhost)
    if (vhostMax !== undefined && (this.#byVhost.get(vhost)?.size ?? 0) >= vhostMax) {
      const refusal = `access to vhost '${vhost}' refused for user '${user}'`
      throw new Fault('not-allowed', `${refusal}: connection limit (${vhostMax}) is reached`)
    }
    const userMax = this.#limits.userConnections(user)
    if (userMax !== undefined && (this.#byUser.get(user)?.size ?? 0) >= userMax) {
      const refusal = `connection refused for user '${user}'`
      throw new Fault('not-allowed', `${refusal}: user connection limit (${userMax}) is reached`)
    }
  }

  /** Counts a connection from now until its ticket is given back. */
  enter(connection: Omit<TrackedConnection, 'channels' | 'name'>): ConnectionTicket {
    const ticket = new ConnectionTicket(connection, this)
    this.#all.add(ticket)
    this.#churn.connectionsCreated++
    add(this.#byVhost, ticket.vhost, ticket)
    add(this.#byUser, ticket.user, ticket)
    return ticket
  }

  leave(ticket: ConnectionTicket): void {
    if (!this.#all.delete(ticket)) return
    remove(this.#byVhost, ticket.vhost, ticket)
    remove(this.#byUser, ticket.user, ticket)
    this.#countChannels(ticket.user, -ticket.channels)
    this.#churn.channelsClosed += ticket.channels
    this.#churn.connectionsClosed++
  }

  /** Throws a Fault with RabbitMQ's text when the user or the node has as many channels as it may have. */
  openChannel(user: string): void {
    const userMax = this.#limits.userChannels(user)
    if (userMax !== undefined && (this.#channelsByUser.get(user) ?? 0) >= userMax) {
      const opened = `number of channels opened for user '${user}'`
      throw new Fault('not-allowed', `${opened} has reached the maximum allowed user limit of ${userMax}`)
    }
    const { nodeChannels, node } = this.#limits
    if (nodeChannels !== undefined && this.#channels >= nodeChannels) {
      const opened = `number of channels opened on node '${node}'`
      throw new Fault('not-allowed', `${opened} has reached the maximum allowed limit of ${nodeChannels}`)
    }
    this.#countChannels(user, 1)
    this.#churn.channelsCreated++
  }

  closeChannel(user: string): void {
    this.#countChannels(user, -1)
    this.#churn.channelsClosed++
  }

  #countChannels(user: string, change: number): void {
    this.#channels += change
    const count = (this.#channelsByUser.get(user) ?? 0) + change
    if (count === 0) this.#channelsByUser.delete(user)
    else this.#channelsByUser.set(user, count)
  }
}

/** A connection that is counted. */
export class ConnectionTicket implements TrackedConnection {
  readonly user: string
  readonly vhost: string
  readonly owner: Owner
  readonly since: number
  channels = 0
  readonly #connections: Connections
  #left = false

  constructor(connection: Omit<TrackedConnection, 'channels' | 'name'>, connections: Connections) {
    this.user = connection.user
    this.vhost = connection.vhost
    this.owner = connection.owner
    this.since = connection.since
    this.#connections = connections
  }

  get name(): string {
    return this.owner.name
  }

  /** Throws a Fault when there are as many as there may be. */
  openChannel(): void {
    this.#connections.openChannel(this.user)
    this.channels++
  }

  closeChannel(): void {
    if (this.#left) return
    this.channels--
    this.#connections.closeChannel(this.user)
  }

  /** Idempotent. */
  leave(): void {
    if (this.#left) return
    this.#left = true
    this.#connections.leave(this)
  }
}

function add(tickets: Map<string, Set<ConnectionTicket>>, key: string, ticket: ConnectionTicket): void {
  const known = tickets.get(key)
  if (known === undefined) tickets.set(key, new Set([ticket]))
  else known.add(ticket)
}

function remove(tickets: Map<string, Set<ConnectionTicket>>, key: string, ticket: ConnectionTicket): void {
  const known = tickets.get(key)
  known?.delete(ticket)
  if (known?.size === 0) tickets.delete(key)
}
