import type { Log } from '../store/log.ts'
import { AccessControl } from './access-control.ts'
import { vhostLimits } from './administration/vhost-administration.ts'
import { AuditLog } from './audit-log.ts'
import type { BrokerBounds, BrokerOptions, BrokerSettings } from './broker.ts'
import { type ConnectionLimits, Connections } from './connections.ts'
import { ChurnCounters } from './counters.ts'
import { DeadLetterPublisher } from './dead-letter.ts'
import type { Definitions } from './definitions.ts'
import { Events } from './events.ts'
import type { ExchangeType } from './exchange-type.ts'
import { coreExchangeTypes } from './exchanges/exchange-types.ts'
import { Firehose } from './firehose.ts'
import { MessageStore } from './message-store.ts'
import { Parameters } from './parameters.ts'
import { Policies } from './policies/policies.ts'
import { corePolicyKeys } from './policies/policy-key.ts'
import type { Queue } from './queue.ts'
import type { QueueType } from './queue-type.ts'
import { classicQueueType } from './queues/classic-type.ts'
import { quorumQueueType } from './queues/quorum-type.ts'
import { streamQueueType } from './queues/stream/stream-type.ts'
import { Statistics } from './statistics.ts'
import { StreamLogs } from './stream-opening.ts'
import { Topology } from './topology.ts'
import { Turn } from './turn.ts'
import { TypeRegistry } from './type-registry.ts'
import type { Limits } from './users.ts'
import { VhostDefaults } from './vhost-defaults.ts'
import { noCountLimits, vhostRules } from './vhost-rules.ts'
import { VirtualHost } from './virtual-host.ts'
import { VirtualHosts } from './virtual-hosts.ts'

/** What the broker of a node is made of. */
export interface BrokerParts {
  readonly turn: Turn
  readonly events: Events
  readonly definitions: Definitions
  readonly messagesLog: Log
  readonly store: MessageStore
  readonly audit: AuditLog
  readonly accessControl: AccessControl
  readonly connections: Connections
  readonly parameters: Parameters
  readonly policies: Policies
  readonly vhosts: VirtualHosts
  readonly vhostDefaults: VhostDefaults
  readonly statistics: Statistics
  readonly exchangeTypes: TypeRegistry<ExchangeType>
  readonly queueTypes: TypeRegistry<QueueType>
}

export const defaultBounds: BrokerBounds = {
  extentBytes: 4 * 1024 * 1024,
  reserveBytes: 64 * 1024 * 1024,
  notesAhead: 4096,
  changesPerSnapshot: 10_000,
  residence: { count: 64, bytes: 64 * 1024 },
}

/** The type of queues for which nobody says. */
export const DEFAULT_QUEUE_TYPE = 'classic'

/** Makes the parts of a broker and joins them; nothing is in them yet but what the definitions say of users and the like. */
export function makeParts(options: BrokerOptions, definitions: Definitions, messagesLog: Log): BrokerParts {
  const { clock, random, logger, settings } = options
  const turn = new Turn(clock, logger)
  const events = new Events(clock)
  const churn = new ChurnCounters()
  const audit = new AuditLog(logger.category('audit'), settings.auditFormat, clock)
  const parameters = new Parameters(definitions)
  const policies = new Policies(definitions, corePolicyKeys)
  const accessControl = new AccessControl({
    ...{ definitions, clock, random, logger, audit, events },
    backends: settings.authBackends ?? [{ authn: 'internal', authz: ['internal'] }],
    loopbackUsers: settings.loopbackUsers,
    loginLimits: settings.loginLimits ?? { perUser: undefined, perAddress: undefined },
    passwordHashing: settings.passwordHashing ?? 'sha256',
    onPermissionsChanged(user, name) {
      // Addresses that publishers remember were authorized by what was before.
      const topology = vhosts.topology(name)
      if (topology !== undefined) topology.vhost.topologyVersion++
      for (const { vhost, owner } of connections.ofUser(user)) if (vhost === name) owner.reconsider?.()
    },
  })
  const store = new MessageStore({
    log: messagesLog,
    turn,
    clock,
    logger,
    contentBytesMax: settings.contentBytesInMemoryMax,
    ...(options.bounds ?? defaultBounds),
    definitionsPending: () => definitions.pending(),
  })
  const seeds = { settings: settings.vhostDefaults, logger }
  const vhostDefaults = new VhostDefaults({ parameters, policies, accessControl, ...seeds })
  const limits = settings.countLimits ?? noCountLimits
  const exchangeTypes = new TypeRegistry(coreExchangeTypes)
  const streamLogs = new StreamLogs({ store: options.store, clock, logger: logger.category('queue') })
  const queueTypes = new TypeRegistry([classicQueueType, quorumQueueType, streamQueueType(streamLogs)])
  const connections = new Connections(connectionLimits(settings, { parameters, accessControl }), churn)
  const rulePorts = {
    ...{ policies, limits },
    defaultQueueType: settings.defaultQueueType ?? DEFAULT_QUEUE_TYPE,
    disabledQueueTypes: settings.disabledQueueTypes ?? [],
    vhosts: () => vhosts,
    queuesMax: (vhost: string) => bounded(limitsOf(parameters, vhost)['max-queues']),
  }
  const vhosts: VirtualHosts = new VirtualHosts(
    definitions,
    (name) => {
      const vhost = new VirtualHost(name, { definitions, store, churn, events })
      const ports = { turn, clock, store, logger: logger.category('queue') }
      const unused = (queue: Queue) => {
        if (vhost.queue(queue.name) === queue) vhost.removeQueue(queue, 'queue-deleted')
      }
      return new Topology(vhost, {
        ...{ definitions, store, random, churn },
        exchangeType: (type) => exchangeTypes.get(type),
        queueType: (type) => queueTypes.get(type),
        rules: vhostRules(name, rulePorts),
        context: { ...ports, taps: vhost.taps, deadLetters: new DeadLetterPublisher(vhost, ports), unused },
      })
    },
    {
      rest: () => rest(options),
      begin: (name) => vhostDefaults.apply(name),
      firehose: (vhost) => new Firehose(vhost, { turn, node: settings.nodeName ?? 'rabbit@localhost' }),
    },
  )
  return {
    ...{ turn, events, definitions, messagesLog, store, audit, accessControl, connections },
    ...{ parameters, policies, vhosts, vhostDefaults, exchangeTypes, queueTypes },
    statistics: new Statistics(vhosts, churn),
  }
}

/** Resolves when what has come meanwhile was handled. */
export function rest({ clock }: Pick<BrokerOptions, 'clock'>): Promise<void> {
  return new Promise((resolve) => clock.defer(resolve))
}

function connectionLimits(
  settings: BrokerSettings,
  { parameters, accessControl }: Pick<BrokerParts, 'parameters' | 'accessControl'>,
): ConnectionLimits {
  return {
    vhost: (name) => bounded(limitsOf(parameters, name)['max-connections']),
    userConnections: (name) => bounded(accessControl.users.limits(name)['max-connections']),
    userChannels: (name) => bounded(accessControl.users.limits(name)['max-channels']),
    nodeChannels: settings.countLimits?.channels,
    node: settings.nodeName ?? 'rabbit@localhost',
  }
}

function limitsOf(parameters: Parameters, vhost: string): Limits {
  return (parameters.get(vhost, vhostLimits.component, vhostLimits.name)?.value ?? {}) as Limits
}

/** A negative limit is none. */
function bounded(limit: number | undefined): number | undefined {
  return limit === undefined || limit < 0 ? undefined : limit
}
