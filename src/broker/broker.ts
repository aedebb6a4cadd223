import type { Clock } from '../std/clock.ts'
import type { Logger } from '../std/logger.ts'
import type { Random } from '../std/random.ts'
import type { Store } from '../store/log.ts'
import type { Access, ExchangeDeclaration } from './access.ts'
import type { Administration } from './administration/administration.ts'
import type { Alarm } from './alarm.ts'
import type { AuditFormat } from './audit-log.ts'
import type { AuthenticatedUser, Authenticator, Credentials } from './authenticator.ts'
import type { ClosedConnections } from './closed-connections.ts'
import type { FoundDamage } from './damage.ts'
import type { Events } from './events.ts'
import type { ExchangeType } from './exchange-type.ts'
import type { LoginAttempts } from './login-attempts.ts'
import type { LoginBackend } from './login-chain.ts'
import type { LoginLimits } from './login-limit.ts'
import type { ParameterKind } from './parameters.ts'
import type { PolicyKey } from './policies/policy-key.ts'
import type { Owner } from './queue.ts'
import type { QueueType } from './queue-type.ts'
import type { Statistics } from './statistics.ts'
import type { TopicVariables } from './topic-pattern.ts'
import type { Turn } from './turn.ts'
import type { VhostDefaultSettings } from './vhost-defaults.ts'
import type { CountLimits } from './vhost-rules.ts'
import type { VirtualHost } from './virtual-host.ts'

/** Values the broker itself needs; frozen, read once. */
export interface BrokerSettings {
  readonly defaultUser: string
  readonly defaultPassword: string
  readonly defaultVhost: string
  readonly defaultUserTags: readonly string[]
  readonly defaultPermissions: { readonly configure: string; readonly write: string; readonly read: string }
  /** Users that may log in from this machine only. */
  readonly loopbackUsers: readonly string[]
  /** Whom to ask who a client is and what it may do, in this order; the broker's own users when absent. */
  readonly authBackends?: readonly LoginBackend[]
  /** No limits when absent. */
  readonly loginLimits?: LoginLimits
  /** Acknowledgement timeout in milliseconds; undefined switches it off. */
  readonly consumerTimeoutMilliseconds: number | undefined
  readonly messageSizeMax: number
  /** Bytes of message content kept in memory before bodies that are on disk are dropped from it. */
  readonly contentBytesInMemoryMax: number
  /** What the node is called (`rabbit@host`), for texts and names; `rabbit@localhost` when absent. */
  readonly nodeName?: string
  /** What the cluster is called unless somebody has named it at run time; as the node when absent. */
  readonly clusterName?: string | undefined
  /** What it says of itself where that is asked for; the version is that of the RabbitMQ it stands in for. */
  readonly product?: { readonly name: string; readonly version: string }
  /** Type of queues for which neither they nor their virtual host say; `classic` when absent. */
  readonly defaultQueueType?: string
  /** Types of which no new queues are declared. */
  readonly disabledQueueTypes?: readonly string[]
  /** How many of what there may be on the whole; no limits when absent. */
  readonly countLimits?: CountLimits
  /** What new passwords are stored with: `sha256` (when absent), `sha512`, `md5`, `scrypt`. */
  readonly passwordHashing?: string
  /** Bytes a new password must have at least. */
  readonly passwordBytesMin?: number
  /** A regular expression on new passwords; any when absent. */
  readonly passwordPattern?: string | undefined
  /** How changes and logins are written to the audit log; not at all when absent. */
  readonly auditFormat?: AuditFormat | undefined
  /** A new data directory gets no default user and virtual host, because somebody else sees to it. */
  readonly beginsEmpty?: boolean
  /** What new virtual hosts begin with; nothing when absent. */
  readonly vhostDefaults?: VhostDefaultSettings | undefined
}

/** Sizes at which the broker does what it seldom does; a simulation makes them small. */
export interface BrokerBounds {
  /** Length of the stretches of the message log in which space is accounted for and given back. */
  readonly extentBytes: number
  /** What the message log may take beyond twice what is live. */
  readonly reserveBytes: number
  /** Sequences by which the note of what a queue handed out runs ahead. */
  readonly notesAhead: number
  /** Changes of definitions before the whole is written as a snapshot. */
  readonly changesPerSnapshot: number
  /** Messages, and bytes of their bodies, that a queue keeps in memory while memory is short. */
  readonly residence: { readonly count: number; readonly bytes: number }
}

export interface BrokerOptions {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly store: Store
  readonly settings: BrokerSettings
  readonly bounds?: BrokerBounds
}

/** Virtual hosts, users and everything durable; what a plug-in is given. `openBroker(options)` makes one. */
export interface Broker {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly turn: Turn
  readonly settings: BrokerSettings
  readonly events: Events
  readonly statistics: Statistics
  /** Heads note there what ended. */
  readonly closedConnections: ClosedConnections

  /**
   * Reads definitions and messages back. Call it once, after plug-ins added what the definitions
   * need (exchange types) and before anybody connects.
   */
  recover(): Promise<void>
  /** Calls `listener` once everything has been read back; at once when that was before. */
  onRecovered(listener: () => void): void
  addExchangeType(type: ExchangeType): void
  removeExchangeType(name: string): void
  readonly exchangeTypes: Iterable<ExchangeType>
  /** The exchange type of that name, for types that build on others. */
  exchangeType(name: string): ExchangeType | undefined
  /** What is in a virtual host; whoever looks here was authorized elsewhere. */
  virtualHost(name: string): VirtualHost | undefined
  readonly virtualHosts: Iterable<VirtualHost>
  /** Makes an exchange of the broker's own, whose name may be reserved; nothing where there is no such virtual host. */
  addExchange(vhost: string, declaration: ExchangeDeclaration): void
  addQueueType(type: QueueType): void
  removeQueueType(name: string): void

  addParameterKind(kind: ParameterKind): void
  removeParameterKind(component: string): void
  addPolicyKey(key: PolicyKey): void
  removePolicyKey(name: string): void

  addAuthenticator(authenticator: Authenticator): void
  removeAuthenticator(name: string): void
  /** The authentication backend of that name, for backends that pass questions on. */
  authenticator(name: string): Authenticator | undefined

  readonly loginAttempts: LoginAttempts
  /** Throws Fault('access-refused', reason for the log) when user or password is wrong, or the peer not allowed. */
  authenticate(credentials: Credentials): Promise<AuthenticatedUser>
  /**
   * Opens a virtual host for a connection, which counts towards limits until it is closed; throws Fault('not-allowed',
   * RabbitMQ's text). `variables` are what topic permissions may refer to beside user and virtual host (`client_id`).
   */
  access(user: AuthenticatedUser, vhost: string, owner: Owner, variables?: TopicVariables): Promise<Access>
  /** Everything an administrator can do. */
  readonly administration: Administration

  /** Mark behind everything stored so far; a publish answered `stored` is on disk once `durable` reaches the mark read right after it. */
  readonly mark: number
  readonly durable: number
  /** Bytes of messages stored that are not on disk yet, for heads to hold publishers up that are faster than the disk. */
  readonly pendingBytes: number
  /** Calls `listener` once, in the turn after `durable` next advanced. */
  onceDurable(listener: (durable: number) => void): void
  /** Resolves when all stored so far is durable. */
  flush(): Promise<void>

  /** What did not verify on disk, since the start, and what that cost; the most of it where it is very much. */
  readonly damage: readonly FoundDamage[]
  /** How much of that there was on the whole; it only grows. */
  readonly damageCount: number

  /** Why publishers must pause now (`low on memory`, `low on disk`); empty when they need not. */
  readonly alarms: readonly Alarm[]
  /** A watcher of a resource says that it ran short; publishers pause until it takes that back. */
  raiseAlarm(source: string, alarm: Alarm): void
  clearAlarm(source: string): void
  /** Observer of alarms; answers how to stop observing. */
  onAlarm(listener: (alarms: readonly Alarm[]) => void): () => void

  /** Stops timers and closes the store. Heads are closed before. */
  close(): Promise<void>
}
