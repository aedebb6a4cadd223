import type { JsonValue } from '../std/json.ts'
import type { Table } from '../std/table.ts'
import { decodeTable, encodeTable } from '../std/table-codec.ts'
import type { PolicyValue } from './effective-policy.ts'

/** A virtual host. What is absent was not known when it was written: no description, no tags, not protected. */
interface VhostDefinition {
  readonly kind: 'vhost'
  readonly name: string
  readonly description?: string
  readonly tags?: readonly string[]
  /** What a queue becomes whose declaration does not say. */
  readonly defaultQueueType?: string
  /** It cannot be deleted. */
  readonly protected?: boolean
  readonly tracing?: boolean
}

/** A user; `passwordHash` is empty for one without a password, `hashing` the short name of a hash (`sha256`). */
interface UserDefinition {
  readonly kind: 'user'
  readonly name: string
  readonly passwordHash: string
  readonly hashing: string
  readonly tags: readonly string[]
}

/** `max-connections` and `max-channels` of a user; negative for no limit. */
interface UserLimitsDefinition {
  readonly kind: 'user-limits'
  readonly user: string
  readonly limits: Readonly<Record<string, number>>
}

/** What a user may do in a virtual host: regular expressions over names. */
interface PermissionDefinition {
  readonly kind: 'permission'
  readonly user: string
  readonly vhost: string
  readonly configure: string
  readonly write: string
  readonly read: string
}

/** What a user may do with an exchange of type topic: regular expressions over routing keys. */
interface TopicPermissionDefinition {
  readonly kind: 'topic-permission'
  readonly user: string
  readonly vhost: string
  readonly exchange: string
  readonly write: string
  readonly read: string
}

interface PolicyContent {
  readonly vhost: string
  readonly name: string
  /** A regular expression over names of queues and exchanges. */
  readonly pattern: string
  /** `all`, `queues`, `classic_queues`, …: as RabbitMQ has them. */
  readonly applyTo: string
  readonly priority: number
  readonly definition: Readonly<Record<string, PolicyValue>>
}

interface PolicyDefinition extends PolicyContent {
  readonly kind: 'policy'
}

interface OperatorPolicyDefinition extends PolicyContent {
  readonly kind: 'operator-policy'
}

/** A runtime parameter of one virtual host. */
interface ParameterDefinition {
  readonly kind: 'parameter'
  readonly vhost: string
  /** `shovel`, `federation-upstream`, `vhost-limits`, … */
  readonly component: string
  readonly name: string
  readonly value: JsonValue
}

interface GlobalParameterDefinition {
  readonly kind: 'global-parameter'
  readonly name: string
  readonly value: JsonValue
}

/** `arguments` of exchanges, queues and bindings are field tables in their wire form, base64. */
interface ExchangeDefinition {
  readonly kind: 'exchange'
  readonly vhost: string
  readonly name: string
  readonly type: string
  /** What the message log calls it; absent for one that keeps nothing there. */
  readonly number?: number
  readonly autoDelete: boolean
  readonly internal: boolean
  readonly arguments: string
}

interface QueueDefinition {
  readonly kind: 'queue'
  readonly vhost: string
  readonly name: string
  readonly type: string
  readonly number: number
  readonly autoDelete: boolean
  readonly arguments: string
  /** Its deliveries have been stopped. */
  readonly paused?: true
}

interface BindingDefinition {
  readonly kind: 'binding'
  readonly vhost: string
  readonly source: string
  readonly destination: string
  readonly destinationKind: 'queue' | 'exchange'
  readonly routingKey: string
  readonly arguments: string
}

/** One durable fact about the broker. */
export type Definition =
  | VhostDefinition
  | UserDefinition
  | UserLimitsDefinition
  | PermissionDefinition
  | TopicPermissionDefinition
  | PolicyDefinition
  | OperatorPolicyDefinition
  | ParameterDefinition
  | GlobalParameterDefinition
  | ExchangeDefinition
  | QueueDefinition
  | BindingDefinition

export type DefinitionKind = Definition['kind']
export type DefinitionOf<K extends DefinitionKind> = Extract<Definition, { kind: K }>

/** What makes a definition the same thing as another, of which it is a newer version. */
const identities: { readonly [K in DefinitionKind]: (definition: DefinitionOf<K>) => readonly string[] } = {
  vhost: ({ name }) => [name],
  user: ({ name }) => [name],
  'user-limits': ({ user }) => [user],
  permission: ({ user, vhost }) => [user, vhost],
  'topic-permission': ({ user, vhost, exchange }) => [user, vhost, exchange],
  policy: ({ vhost, name }) => [vhost, name],
  'operator-policy': ({ vhost, name }) => [vhost, name],
  parameter: ({ vhost, component, name }) => [vhost, component, name],
  'global-parameter': ({ name }) => [name],
  exchange: ({ vhost, name }) => [vhost, name],
  queue: ({ vhost, name }) => [vhost, name],
  binding: ({ vhost, source, destinationKind, destination, routingKey, arguments: arguments_ }) => [
    vhost,
    source,
    destinationKind,
    destination,
    routingKey,
    arguments_,
  ],
}

/** The kinds there are; a definition of any other comes from a later version. */
export const definitionKinds = Object.keys(identities) as readonly DefinitionKind[]

/** A key two definitions of one kind share exactly when one is a newer version of the other. */
export function identityOf(definition: Definition): string {
  const identity = identities[definition.kind] as (definition: Definition) => readonly string[]
  return JSON.stringify(identity(definition))
}

/** A field table as definitions keep it. */
export function packTable(table: Table): string {
  return table.length === 0 ? '' : encodeTable(table).toString('base64')
}

/** The field table of a definition. */
export function unpackTable(packed: string): Table {
  const bytes = Buffer.from(packed, 'base64')
  return decodeTable(bytes, 0, bytes.length)
}
