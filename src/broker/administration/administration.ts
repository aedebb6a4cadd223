import type { Operation, ResourceOf } from '../authorization/operations.ts'
import type { Actor } from './actor.ts'
import type { AuditAdministration } from './audit-administration.ts'
import type { ConnectionAdministration } from './connection-administration.ts'
import type { DefinitionAdministration } from './definition-administration.ts'
import type { FeatureFlagAdministration } from './feature-flags.ts'
import type { MessageAdministration } from './message-administration.ts'
import type { GlobalParameterAdministration, ParameterAdministration } from './parameter-administration.ts'
import type { PermissionAdministration } from './permission-administration.ts'
import type { PolicyAdministration } from './policy-administration.ts'
import type { TopologyAdministration } from './topology-administration.ts'
import type { UserAdministration } from './user-administration.ts'
import type { VhostAdministration } from './vhost-administration.ts'

/**
 * Everything an administrator can do, whether by the HTTP API, the command line or a file of definitions; one room
 * for each kind of thing. Every operation is done on behalf of an `Actor` (`operator(user, 'http', peer)` or
 * `internalActor('boot')`), is authorized as the table of operations says, and rejects with a Fault ('access-refused',
 * 'not-found', 'precondition-failed') that has RabbitMQ's text. What changes something resolves when it is durable,
 * is told as an event (`Broker.events`) under RabbitMQ's name, and is written to the audit log, also when it fails.
 */
export interface Administration {
  readonly users: UserAdministration
  readonly permissions: PermissionAdministration
  readonly vhosts: VhostAdministration
  readonly policies: PolicyAdministration
  readonly operatorPolicies: PolicyAdministration
  readonly parameters: ParameterAdministration
  readonly globalParameters: GlobalParameterAdministration
  readonly topology: TopologyAdministration
  readonly messages: MessageAdministration
  readonly connections: ConnectionAdministration
  readonly definitions: DefinitionAdministration
  readonly audit: AuditAdministration
  readonly featureFlags: FeatureFlagAdministration
  /** Rejects with a Fault unless the actor may do that; for what has no room here, such as looking at statistics. */
  authorize<O extends Operation>(matter: {
    readonly operation: O
    readonly actor: Actor
    readonly vhost?: string
    readonly resource: ResourceOf<O>
  }): Promise<void>
  /** Whether the actor may see what is in a virtual host. */
  sees(actor: Actor, vhost: string): Promise<boolean>
}
