import type { Clock } from '../std/clock.ts'
import type { Logger } from '../std/logger.ts'
import type { Random } from '../std/random.ts'
import type { Log } from '../store/log.ts'
import type { Access } from './access.ts'
import { type Alarm, Alarms } from './alarm.ts'
import type { AuthenticatedUser, Authenticator, Credentials } from './authenticator.ts'
import { PermissionAuthorizer } from './authorizer.ts'
import { BackendAuthorizer, decideVhost } from './backend-authorizer.ts'
import type { Broker, BrokerBounds, BrokerOptions, BrokerSettings } from './broker.ts'
import { ClientAccess, type Grant } from './client-access.ts'
import { DeadLetterPublisher } from './dead-letter.ts'
import { Definitions } from './definitions.ts'
import { Events } from './events.ts'
import type { ExchangeType } from './exchange-type.ts'
import { coreExchangeTypes } from './exchanges/exchange-types.ts'
import { Fault } from './fault.ts'
import { InternalAuthenticator, InternalAuthorization } from './internal-authenticator.ts'
import { LoginChain } from './login-chain.ts'
import { LoginLimit } from './login-limit.ts'
import { MessageStore } from './message-store.ts'
import type { Authorizer } from './permission.ts'
import type { Owner, Queue } from './queue.ts'
import type { QueueType } from './queue-type.ts'
import { classicQueueType } from './queues/classic-type.ts'
import { recover } from './recovery.ts'
import { Topology } from './topology.ts'
import { Turn } from './turn.ts'
import type { User } from './user.ts'
import { Users } from './users.ts'
import { VirtualHost } from './virtual-host.ts'
import { WaitingAccess } from './waiting-access.ts'

const defaultBounds: BrokerBounds = {
  extentBytes: 16 * 1024 * 1024,
  reserveBytes: 64 * 1024 * 1024,
  notesAhead: 4096,
  changesPerSnapshot: 10_000,
  residence: { count: 64, bytes: 64 * 1024 },
}

/** Exchanges every virtual host is born with. */
const STANDARD_EXCHANGES = [
  { name: 'amq.direct', type: 'direct', internal: false },
  { name: 'amq.fanout', type: 'fanout', internal: false },
  { name: 'amq.topic', type: 'topic', internal: false },
  { name: 'amq.headers', type: 'headers', internal: false },
  { name: 'amq.match', type: 'headers', internal: false },
  { name: 'amq.rabbitmq.trace', type: 'topic', internal: true },
] as const

/** Opens the logs of a broker. It serves nobody before `recover` has run. */
export async function openBroker(options: BrokerOptions): Promise<Broker> {
  const { changesPerSnapshot } = options.bounds ?? defaultBounds
  const definitions = await Definitions.open(await options.store.open('definitions'), changesPerSnapshot)
  const messagesLog = await options.store.open('messages')
  return new NodeBroker(options, definitions, messagesLog)
}

/** The broker of one node. */
class NodeBroker implements Broker {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly settings: BrokerSettings
  readonly turn: Turn
  readonly #options: BrokerOptions
  readonly #definitions: Definitions
  readonly #messagesLog: Log
  readonly #store: MessageStore
  readonly #users: Users
  readonly #logins: LoginChain
  readonly #alarms = new Alarms()
  readonly events: Events
  readonly #exchangeTypes = new Map<string, ExchangeType>()
  readonly #queueTypes = new Map<string, QueueType>()
  readonly #topologies = new Map<string, Topology>()

  constructor(options: BrokerOptions, definitions: Definitions, messagesLog: Log) {
    const { clock, random, logger, settings } = options
    this.#options = options
    this.clock = clock
    this.random = random
    this.logger = logger
    this.settings = settings
    this.turn = new Turn(clock, logger)
    this.#definitions = definitions
    this.#messagesLog = messagesLog
    this.#users = new Users(definitions, random)
    this.#logins = this.#loginChain()
    this.#store = new MessageStore({
      log: messagesLog,
      turn: this.turn,
      clock,
      logger,
      contentBytesMax: settings.contentBytesInMemoryMax,
      ...(options.bounds ?? defaultBounds),
      definitionsPending: () => definitions.pending(),
    })
    this.events = new Events(clock)
    for (const type of coreExchangeTypes) this.addExchangeType(type)
    this.addQueueType(classicQueueType)
    const onFull = (full: boolean) => (full ? this.raiseAlarm('store', 'low on disk') : this.clearAlarm('store'))
    options.store.onFull = onFull
    onFull(options.store.full)
  }

  async recover(): Promise<void> {
    const names = [...this.#definitions.all('vhost')].map((vhost) => vhost.name)
    if (names.length === 0) this.#bootstrap()
    for (const name of names) this.#topologies.set(name, this.#topology(name))
    await recover({
      definitions: this.#definitions,
      log: this.#messagesLog,
      logger: this.logger,
      topology: (vhost) => this.#topologies.get(vhost),
    })
    await this.#definitions.pending()
  }

  addExchangeType(type: ExchangeType): void {
    this.#exchangeTypes.set(type.name, type)
  }

  removeExchangeType(name: string): void {
    this.#exchangeTypes.delete(name)
  }

  addQueueType(type: QueueType): void {
    this.#queueTypes.set(type.name, type)
  }

  removeQueueType(name: string): void {
    this.#queueTypes.delete(name)
  }

  addAuthenticator(authenticator: Authenticator): void {
    this.#logins.add(authenticator)
  }

  removeAuthenticator(name: string): void {
    this.#logins.remove(name)
  }

  authenticator(name: string): Authenticator | undefined {
    return this.#logins.get(name)
  }

  authenticate(credentials: Credentials): Promise<AuthenticatedUser> {
    return this.#logins.logIn(credentials)
  }

  async access(user: AuthenticatedUser, vhost: string, owner: Owner): Promise<Access> {
    const topology = this.#topologies.get(vhost)
    if (topology === undefined) throw new Fault('not-allowed', `vhost ${vhost} not found`)
    const access = new ClientAccess({
      ...(await this.#grant(user, vhost)),
      owner,
      topology,
      definitions: this.#definitions,
      messageSizeMax: this.settings.messageSizeMax,
      renew: async (current, secret) => this.#grant(await this.#logins.renew(current, secret), vhost),
    })
    return isInternal(user) ? access : new WaitingAccess(access)
  }

  get mark(): number {
    return this.#store.mark
  }

  get durable(): number {
    return this.#store.durable
  }

  onceDurable(listener: (durable: number) => void): void {
    this.#store.onceDurable(listener)
  }

  flush(): Promise<void> {
    return this.#store.flush()
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
    await this.#store.close()
    await this.#options.store.close()
  }

  /** A new data directory: the default virtual host, and the default user in it. */
  #bootstrap(): void {
    const { defaultVhost, defaultUser, defaultPassword, defaultUserTags, defaultPermissions } = this.settings
    this.#definitions.put({ kind: 'vhost', name: defaultVhost })
    const topology = this.#topology(defaultVhost)
    this.#topologies.set(defaultVhost, topology)
    for (const exchange of STANDARD_EXCHANGES) {
      topology.addExchange({ ...exchange, durable: true, autoDelete: false, arguments: [] })
    }
    this.#users.add(defaultUser, defaultPassword, defaultUserTags)
    this.#users.permit({ kind: 'permission', user: defaultUser, vhost: defaultVhost, ...defaultPermissions })
  }

  #loginChain(): LoginChain {
    const { clock, logger, settings } = this
    const { loopbackUsers, authBackends = [{ authn: 'internal', authz: ['internal'] }] } = settings
    const limit = new LoginLimit(clock, settings.loginLimits ?? { perUser: undefined, perAddress: undefined })
    const chain = new LoginChain({ backends: authBackends, loopbackUsers, limit, logger })
    chain.add(
      new InternalAuthenticator({
        find: (name) => this.#users.find(name),
        authenticate: (name, password) => this.#users.authenticate(name, password),
        authorizer: (user, vhost) => this.#permissions(user, vhost),
      }),
    )
    return chain
  }

  /** Throws a Fault when the user may not enter the virtual host. */
  async #grant(user: AuthenticatedUser, vhost: string): Promise<Grant> {
    await decideVhost(user, vhost)
    if (!isInternal(user)) return { user, authorizer: new BackendAuthorizer(user, vhost) }
    return { user, authorizer: this.#permissions(user, vhost)! }
  }

  #permissions(user: User, vhost: string): Authorizer | undefined {
    const permission = this.#users.permission(user.name, vhost)
    return permission === undefined ? undefined : new PermissionAuthorizer(user, vhost, permission)
  }

  #topology(name: string): Topology {
    const vhost = new VirtualHost(name, this.#definitions, this.#store)
    const ports = { turn: this.turn, clock: this.clock, store: this.#store, logger: this.logger.category('queue') }
    return new Topology(vhost, {
      definitions: this.#definitions,
      store: this.#store,
      random: this.random,
      exchangeType: (type) => this.#exchangeTypes.get(type),
      queueType: (type) => this.#queueTypes.get(type),
      context: {
        ...ports,
        deadLetters: new DeadLetterPublisher(vhost, ports),
        unused: (queue: Queue) => {
          if (vhost.queue(queue.name) === queue) vhost.removeQueue(queue, 'queue-deleted')
        },
      },
    })
  }
}

/** The broker's own permissions decide alone, and at once. */
function isInternal(user: AuthenticatedUser): boolean {
  return user.authorizations.length === 1 && user.authorizations[0] instanceof InternalAuthorization
}
