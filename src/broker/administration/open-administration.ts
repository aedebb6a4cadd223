import type { Clock } from '../../std/clock.ts'
import type { Logger } from '../../std/logger.ts'
import type { Access } from '../access.ts'
import type { AccessControl } from '../access-control.ts'
import type { AuditLog } from '../audit-log.ts'
import type { AuthenticatedUser } from '../authenticator.ts'
import type { Connections } from '../connections.ts'
import type { Definitions } from '../definitions.ts'
import type { Events } from '../events.ts'
import { Fault } from '../fault.ts'
import type { Parameters } from '../parameters.ts'
import type { Policies } from '../policies/policies.ts'
import { applyPolicies } from '../policies/policy-application.ts'
import type { Owner } from '../queue.ts'
import { type CountLimits, queueCount } from '../vhost-rules.ts'
import type { VirtualHosts } from '../virtual-hosts.ts'
import type { Actor } from './actor.ts'
import type { Administration } from './administration.ts'
import { AuditAdministration } from './audit-administration.ts'
import { ConnectionAdministration } from './connection-administration.ts'
import { DefinitionAdministration } from './definition-administration.ts'
import type { Origin } from './definition-export.ts'
import { DefinitionImport } from './definition-import.ts'
import { FeatureFlagAdministration } from './feature-flags.ts'
import { importCategories } from './import-categories.ts'
import { limitProblems } from './limit-names.ts'
import { MessageAdministration } from './message-administration.ts'
import { Office } from './office.ts'
import { GlobalParameterAdministration, ParameterAdministration } from './parameter-administration.ts'
import { PermissionAdministration } from './permission-administration.ts'
import { PolicyAdministration } from './policy-administration.ts'
import { TopologyAdministration } from './topology-administration.ts'
import { UserAdministration } from './user-administration.ts'
import { VhostAdministration, vhostLimits } from './vhost-administration.ts'

/** What the administration administers. */
export interface AdministrationPorts {
  readonly definitions: Definitions
  readonly events: Events
  readonly audit: AuditLog
  readonly logger: Logger
  readonly accessControl: AccessControl
  readonly clock: Clock
  readonly store: { flush(): Promise<void> }
  readonly vhosts: VirtualHosts
  readonly policies: Policies
  readonly parameters: Parameters
  readonly connections: Connections
  readonly limits: CountLimits
  readonly defaultQueueType: string
  checkPassword(name: string, password: string): void
  isQueueType(name: string): boolean
  isExchangeType(name: string): boolean
  origin(): Origin
  open(user: AuthenticatedUser | undefined, vhost: string, owner: Owner): Promise<Access>
  rest(): Promise<void>
}

/** Puts the rooms of the administration together. */
export function openAdministration(ports: AdministrationPorts): Administration {
  const { users, permissions, passwords } = ports.accessControl
  const { vhosts, policies, parameters, connections, defaultQueueType } = ports
  const office = new Office({ ...ports, authorizer: (user, vhost) => ports.accessControl.authorizer(user, vhost) })
  const hasVhost = (name: string) => vhosts.record(name) !== undefined
  const apply = async (vhost: string, actor: Actor): Promise<void> => {
    const topology = vhosts.topology(vhost)
    if (topology !== undefined) await applyPolicies(topology, actor.user.name, ports)
  }
  const vhostRoom = new VhostAdministration({ ...ports, office, permissions, countMax: ports.limits.vhosts })
  parameters.addKind({
    component: vhostLimits.component,
    validate: ({ name, value }) => limitProblems(name, 'vhost', Object(value)),
  })
  const categories = importCategories({ ...ports, office, users, passwords, permissions, applyPolicies: apply })
  const definitionImport = new DefinitionImport({
    office,
    categories,
    hasVhost,
    hasUser: (name) => users.get(name) !== undefined,
    checkRoom: (vhost, names) => checkRoom(vhost, names, vhosts, vhostRoom.limits(vhost)['max-queues']),
    rest: ports.rest,
  })
  const topology = new TopologyAdministration({ office, vhosts, open: ports.open })
  const exported = { users, permissions, vhosts, policies, parameters, defaultQueueType, origin: ports.origin }
  return {
    users: new UserAdministration({ ...ports, office, users, permissions, passwords }),
    permissions: new PermissionAdministration({ office, users, permissions, hasVhost }),
    vhosts: vhostRoom,
    policies: new PolicyAdministration('policy', { office, policies, hasVhost, apply }),
    operatorPolicies: new PolicyAdministration('operator-policy', { office, policies, hasVhost, apply }),
    parameters: new ParameterAdministration({ office, parameters, hasVhost }),
    globalParameters: new GlobalParameterAdministration({ office, parameters, hasVhost }),
    topology,
    messages: new MessageAdministration({
      ...{ office, vhosts, clock: ports.clock },
      open: (actor, vhost) => topology.open(actor, vhost),
      flush: () => ports.store.flush(),
    }),
    connections: new ConnectionAdministration(office, connections),
    definitions: new DefinitionAdministration(
      office,
      { ...exported, vhostLimits: (name) => vhostRoom.limits(name) },
      definitionImport,
    ),
    audit: new AuditAdministration(office, ports.audit),
    featureFlags: new FeatureFlagAdministration(office),
    authorize: (matter) => office.authorize(matter),
    sees: (actor, vhost) => office.sees(actor, vhost),
  }
}

/** Throws a Fault when so many more queues are more than a virtual host may have. */
function checkRoom(vhost: string, names: readonly string[], vhosts: VirtualHosts, max: number | undefined): void {
  const topology = vhosts.topology(vhost)
  if (topology === undefined || max === undefined || max < 0) return
  const added = names.filter((name) => topology.vhost.queue(name) === undefined).length
  const known = queueCount(vhosts, vhost)
  if (added === 0 || added + known <= max) return
  throw new Fault(
    'precondition-failed',
    `Adding ${added} queue(s) to virtual host "${vhost}" would exceed the limit of ${max} queue(s).\n\n` +
      `This virtual host currently has ${known} queue(s) defined.\n\nImport aborted!`,
  )
}
