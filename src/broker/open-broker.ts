import type { Clock } from '../std/clock.ts'
import type { Logger } from '../std/logger.ts'
import type { Random } from '../std/random.ts'
import type { Access, ExchangeDeclaration } from './access.ts'
import { decidesAtOnce } from './access-control.ts'
import { unrestricted } from './administration/actor.ts'
import type { Administration } from './administration/administration.ts'
import { openAdministration } from './administration/open-administration.ts'
import { type Alarm, Alarms, alarmEvents } from './alarm.ts'
import type { AuthenticatedUser, Authenticator, Credentials } from './authenticator.ts'
import { authorize } from './authorization/authorize.ts'
import type { Broker, BrokerOptions, BrokerSettings } from './broker.ts'
import { type BrokerParts, DEFAULT_QUEUE_TYPE, defaultBounds, makeParts, rest } from './broker-parts.ts'
import { type AccessHouse, ClientAccess, type Grant } from './client-access.ts'
import { ClosedConnections } from './closed-connections.ts'
import type { ConnectionTicket } from './connections.ts'
import { type FoundDamage, foundDamage } from './damage.ts'
import { Definitions } from './definitions.ts'
import type { Events } from './events.ts'
import type { ExchangeType } from './exchange-type.ts'
import { Fault } from './fault.ts'
import { firstDefinitions } from './first-definitions.ts'
import type { LoginAttempts } from './login-attempts.ts'
import type { ParameterKind } from './parameters.ts'
import type { StoredPassword } from './password.ts'
import { passwordRules } from './password-rules.ts'
import type { PolicyKey } from './policies/policy-key.ts'
import type { Owner } from './queue.ts'
import type { QueueType } from './queue-type.ts'
import { recover } from './recovery.ts'
import type { Statistics } from './statistics.ts'
import { removeOrphans } from './stream-opening.ts'
import type { TopicVariables } from './topic-pattern.ts'
import type { Topology } from './topology.ts'
import type { Turn } from './turn.ts'
import { noCountLimits } from './vhost-rules.ts'
import type { VirtualHost } from './virtual-host.ts'
import { WaitingAccess } from './waiting-access.ts'

/** Opens the logs of a broker. It serves nobody before `recover` has run. */
export async function openBroker(options: BrokerOptions): Promise<Broker> {
  const { changesPerSnapshot } = options.bounds ?? defaultBounds
  const definitions = await Definitions.open(await options.store.open('definitions'), changesPerSnapshot)
  const messagesLog = await options.store.open('messages')
  return new NodeBroker(options, makeParts(options, definitions, messagesLog))
}

/** The broker of one node. */
class NodeBroker implements Broker {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly settings: BrokerSettings
  readonly turn: Turn
  readonly events: Events
  readonly statistics: Statistics
  readonly closedConnections = new ClosedConnections()
  readonly administration: Administration
  readonly #options: BrokerOptions
  readonly #parts: BrokerParts
  readonly #alarms = new Alarms()
  readonly #onRecovered: (() => void)[] = []
  /** That of the default user, where there is nothing yet; it takes a while, and not this thread's time. */
  readonly #firstPassword: Promise<StoredPassword> | undefined
  readonly #house: AccessHouse
  #isRecovered = false

  constructor(options: BrokerOptions, parts: BrokerParts) {
    this.#options = options
    this.#parts = parts
    const { definitions, accessControl } = parts
    this.#house = {
      definitions,
      messageSizeMax: options.settings.messageSizeMax,
      renew: async (user, secret, { vhost, variables }) =>
        this.#grant(await accessControl.logins.renew(user, secret), vhost, variables),
    }
    this.clock = options.clock
    this.random = options.random
    this.logger = options.logger
    this.settings = options.settings
    this.turn = parts.turn
    this.events = parts.events
    this.statistics = parts.statistics
    this.administration = this.#administration()
    const isNew = !this.settings.beginsEmpty && [...parts.definitions.all('vhost')].length === 0
    if (isNew) this.#firstPassword = parts.accessControl.passwords.hash(this.settings.defaultPassword)
    this.#alarms.listen(alarmEvents(this.events, options.settings.nodeName ?? 'rabbit@localhost'))
    const onFull = (full: boolean) => (full ? this.raiseAlarm('store', 'low on disk') : this.clearAlarm('store'))
    options.store.onFull = onFull
    onFull(options.store.full)
  }

  async recover(): Promise<void> {
    const { definitions, vhosts, vhostDefaults, messagesLog, accessControl, store } = this.#parts
    vhosts.restore()
    await vhostDefaults.prepare()
    if (this.#firstPassword !== undefined)
      await firstDefinitions(this.settings, { accessControl, vhosts }, this.#firstPassword)
    await removeOrphans(this.#options.store, definitions, this.logger)
    await recover({
      definitions,
      log: messagesLog,
      logger: this.logger,
      losses: store.losses,
      topology: (vhost) => vhosts.topology(vhost),
    })
    await definitions.pending()
    this.#isRecovered = true
    for (const listener of this.#onRecovered) listener()
  }

  onRecovered(listener: () => void): void {
    if (this.#isRecovered) listener()
    else this.#onRecovered.push(listener)
  }

  addExchangeType(type: ExchangeType): void {
    this.#parts.exchangeTypes.add(type)
  }

  removeExchangeType(name: string): void {
    this.#parts.exchangeTypes.remove(name)
  }

  exchangeType(name: string): ExchangeType | undefined {
    return this.#parts.exchangeTypes.get(name)
  }

  get exchangeTypes(): Iterable<ExchangeType> {
    return this.#parts.exchangeTypes
  }

  get virtualHosts(): Iterable<VirtualHost> {
    return Array.from(this.#parts.vhosts.topologies, ({ vhost }) => vhost)
  }

  virtualHost(name: string): VirtualHost | undefined {
    return this.#parts.vhosts.topology(name)?.vhost
  }

  addExchange(vhost: string, declaration: ExchangeDeclaration): void {
    this.#parts.vhosts.topology(vhost)?.addExchange(declaration)
  }

  addQueueType(type: QueueType): void {
    this.#parts.queueTypes.add(type)
  }

  removeQueueType(name: string): void {
    this.#parts.queueTypes.remove(name)
  }

  addParameterKind(kind: ParameterKind): void {
    this.#parts.parameters.addKind(kind)
  }

  removeParameterKind(component: string): void {
    this.#parts.parameters.removeKind(component)
  }

  addPolicyKey(key: PolicyKey): void {
    this.#parts.policies.addKey(key)
  }

  removePolicyKey(name: string): void {
    this.#parts.policies.removeKey(name)
  }

  addAuthenticator(authenticator: Authenticator): void {
    this.#parts.accessControl.logins.add(authenticator)
  }

  removeAuthenticator(name: string): void {
    this.#parts.accessControl.logins.remove(name)
  }

  authenticator(name: string): Authenticator | undefined {
    return this.#parts.accessControl.logins.get(name)
  }

  get loginAttempts(): LoginAttempts {
    return this.#parts.accessControl.attempts
  }

  authenticate(credentials: Credentials): Promise<AuthenticatedUser> {
    return this.#parts.accessControl.logIn(credentials)
  }

  async access(user: AuthenticatedUser, vhost: string, owner: Owner, variables?: TopicVariables): Promise<Access> {
    this.#requireVhost(vhost)
    const { connections } = this.#parts
    connections.check(user.name, vhost)
    const grant = await this.#grant(user, vhost, variables)
    // Others may have come in while backends were asked.
    connections.check(user.name, vhost)
    const topology = this.#requireVhost(vhost)
    const ticket = connections.enter({ user: user.name, vhost, owner, since: this.clock.now() })
    return this.#open(grant, { topology, owner, ticket, variables })
  }

  get mark(): number {
    return this.#parts.store.mark
  }

  get durable(): number {
    return this.#parts.store.durable
  }

  get pendingBytes(): number {
    return this.#parts.messagesLog.pendingBytes
  }

  onceDurable(listener: (durable: number) => void): void {
    this.#parts.store.onceDurable(listener)
  }

  flush(): Promise<void> {
    return this.#parts.store.flush()
  }

  get damage(): readonly FoundDamage[] {
    const { store, definitions } = this.#parts
    return foundDamage(this.#options.store.damage, store.losses, definitions)
  }

  get damageCount(): number {
    return this.#options.store.damageCount + this.#parts.store.losses.count
  }

  get alarms(): readonly Alarm[] {
    return this.#alarms.all
  }

  raiseAlarm(source: string, alarm: Alarm): void {
    this.#alarms.raise(source, alarm)
  }

  clearAlarm(source: string): void {
    this.#alarms.clear(source)
  }

  onAlarm(listener: (alarms: readonly Alarm[]) => void): () => void {
    return this.#alarms.listen(listener)
  }

  async close(): Promise<void> {
    await this.#parts.store.close()
    await this.#options.store.close()
  }

  #requireVhost(name: string): Topology {
    const topology = this.#parts.vhosts.topology(name)
    if (topology === undefined) throw new Fault('not-allowed', `vhost ${name} not found`)
    return topology
  }

  async #grant(user: AuthenticatedUser, vhost: string, variables: TopicVariables | undefined): Promise<Grant> {
    const grant = { user, authorizer: await this.#parts.accessControl.authorizer(user, vhost, variables) }
    authorize('vhost.open', grant, {})
    return grant
  }

  #open(
    grant: Grant,
    place: {
      readonly topology: Topology
      readonly owner: Owner
      readonly ticket: ConnectionTicket | undefined
      readonly variables: TopicVariables | undefined
    },
  ): Access {
    const access = new ClientAccess({ ...place, grant, house: this.#house })
    return grant.authorizer === unrestricted || decidesAtOnce(grant.user) ? access : new WaitingAccess(access)
  }

  #administration(): Administration {
    const { parameters, queueTypes, exchangeTypes } = this.#parts
    const { settings } = this
    const { nodeName = 'rabbit@localhost', clusterName, product = { name: 'Lapine', version: '0.0.0' } } = settings
    return openAdministration({
      ...this.#parts,
      logger: this.logger,
      clock: this.clock,
      limits: settings.countLimits ?? noCountLimits,
      defaultQueueType: settings.defaultQueueType ?? DEFAULT_QUEUE_TYPE,
      checkPassword: passwordRules(settings),
      isQueueType: (name) => queueTypes.has(name) && !settings.disabledQueueTypes?.includes(name),
      isExchangeType: (name) => exchangeTypes.has(name),
      origin: () => ({
        productName: product.name,
        productVersion: product.version,
        rabbitmqVersion: product.version,
        clusterName: String(parameters.global('cluster_name')?.value ?? clusterName ?? nodeName),
      }),
      open: async (user, vhost, owner) => {
        const nobody = { name: owner.name, tags: ['administrator'], authorizations: [] }
        const grant =
          user === undefined ? { user: nobody, authorizer: unrestricted } : await this.#grant(user, vhost, undefined)
        return this.#open(grant, {
          topology: this.#requireVhost(vhost),
          owner,
          ticket: undefined,
          variables: undefined,
        })
      },
      rest: () => rest(this),
    })
  }
}
