import type { AccessKind } from '../permission.ts'
import type { ResourceKind } from '../resource.ts'
import type { TagLevel } from '../user.ts'

/** The parts things play in an operation, and what kind of thing plays them. */
export const roles = {
  queue: 'queue',
  exchange: 'exchange',
  /** Where a binding comes from. */
  source: 'exchange',
  /** The exchange a binding leads to. */
  target: 'exchange',
  alternate: 'exchange',
  deadLetters: 'exchange',
} as const satisfies Record<string, ResourceKind>

export type Role = keyof typeof roles

/**
 * One permission an operation needs: on the resource in role `of` (`any`: one of the three is enough), and if `given`
 * is said only when there is something in that role; or, on a topic exchange, on its routing key.
 */
export type Need =
  | { readonly access: AccessKind | 'any'; readonly of: Role; readonly given?: Role }
  | { readonly topic: 'write' | 'read'; readonly of: Role }

/**
 * What an operation needs. `level` is a tag or one above it. `vhost` says what has to hold of the virtual host:
 * `enters` that the user may log in to it, `sees` that, or that the user watches over all of them (monitoring); an
 * administrator of a row with a level needs neither. `everywhere`: it may be asked of all virtual hosts at once, and
 * then answers of those alone for which that holds. `own`: the owner of the object needs no level but `management`.
 * A row that needs nothing permits nobody.
 */
export interface OperationRow {
  readonly level?: TagLevel
  readonly vhost?: 'enters' | 'sees'
  readonly everywhere?: true
  readonly own?: true
  readonly needs?: readonly Need[]
}

const toQueue = {
  needs: [
    { access: 'write', of: 'queue' },
    { access: 'read', of: 'source' },
    { topic: 'read', of: 'source' },
  ],
} as const
const toExchange = {
  needs: [
    { access: 'write', of: 'target' },
    { access: 'read', of: 'source' },
    { topic: 'read', of: 'source' },
  ],
} as const

const management = { level: 'management' } as const
const administrator = { level: 'administrator' } as const
const visibleList = { level: 'management', vhost: 'sees', everywhere: true } as const
const enteredList = { level: 'management', vhost: 'enters', everywhere: true } as const
const policymaker = { level: 'policymaker', vhost: 'enters' } as const
const policymakerList = { ...policymaker, everywhere: true } as const

/** Every operation there is, of every protocol and every route. What has no row here, nobody may do. */
export const operations = {
  'vhost.open': { vhost: 'enters' },
  'exchange.declare': {
    needs: [
      { access: 'configure', of: 'exchange' },
      { access: 'read', of: 'exchange', given: 'alternate' },
      { access: 'write', of: 'alternate', given: 'alternate' },
    ],
  },
  'exchange.check': { needs: [{ access: 'any', of: 'exchange' }] },
  'exchange.delete': { needs: [{ access: 'configure', of: 'exchange' }] },
  'exchange.bind': toExchange,
  'exchange.unbind': toExchange,
  'queue.declare': {
    needs: [
      { access: 'configure', of: 'queue' },
      { access: 'read', of: 'queue', given: 'deadLetters' },
      { access: 'write', of: 'deadLetters', given: 'deadLetters' },
    ],
  },
  'queue.check': { needs: [{ access: 'any', of: 'queue' }] },
  'queue.delete': { needs: [{ access: 'configure', of: 'queue' }] },
  'queue.pause': { needs: [{ access: 'configure', of: 'queue' }] },
  'queue.purge': { needs: [{ access: 'read', of: 'queue' }] },
  'queue.bind': toQueue,
  'queue.unbind': toQueue,
  'basic.publish': {
    needs: [
      { access: 'write', of: 'exchange' },
      { topic: 'write', of: 'exchange' },
    ],
  },
  'basic.consume': { needs: [{ access: 'read', of: 'queue' }] },
  'basic.get': { needs: [{ access: 'read', of: 'queue' }] },

  'users.list': administrator,
  'users.get': administrator,
  'users.put': administrator,
  'users.delete': administrator,
  'users.setTags': administrator,
  'users.changePassword': administrator,
  'users.clearPassword': administrator,
  'users.authenticate': administrator,
  'users.hashPassword': management,
  'users.listLimits': management,
  'users.setLimits': administrator,
  'users.clearLimits': administrator,

  'permissions.list': administrator,
  'permissions.set': administrator,
  'permissions.clear': administrator,
  'permissions.listTopic': administrator,
  'permissions.setTopic': administrator,
  'permissions.clearTopic': administrator,

  'vhosts.list': management,
  'vhosts.get': administrator,
  'vhosts.put': administrator,
  'vhosts.delete': administrator,
  'vhosts.protect': administrator,
  'vhosts.listLimits': visibleList,
  'vhosts.setLimits': administrator,
  'vhosts.clearLimits': administrator,

  'policies.list': enteredList,
  'policies.get': policymaker,
  'policies.set': policymaker,
  'policies.delete': policymaker,
  'operatorPolicies.list': enteredList,
  'operatorPolicies.get': administrator,
  'operatorPolicies.set': administrator,
  'operatorPolicies.delete': administrator,

  'parameters.list': policymakerList,
  'parameters.get': policymaker,
  'parameters.set': policymaker,
  'parameters.clear': policymaker,
  'globalParameters.list': { level: 'policymaker' },
  'globalParameters.get': { level: 'policymaker' },
  'globalParameters.set': { level: 'policymaker' },
  'globalParameters.clear': { level: 'policymaker' },

  'topology.listExchanges': visibleList,
  'topology.listQueues': visibleList,
  'topology.listBindings': visibleList,
  'topology.previewRoute': { level: 'management', vhost: 'sees' },
  'topology.browse': { level: 'management', vhost: 'enters', needs: [{ access: 'read', of: 'queue' }] },
  'messages.transfer': { level: 'management', vhost: 'enters', needs: [{ access: 'read', of: 'queue' }] },
  'topology.getExchange': { level: 'management', vhost: 'sees' },
  'topology.getQueue': { level: 'management', vhost: 'sees' },
  'topology.open': { level: 'management', vhost: 'enters' },

  'node.look': { level: 'monitoring' },
  'node.resetLoginAttempts': administrator,
  'node.rebalance': administrator,
  'node.control': administrator,
  'damage.list': { level: 'monitoring' },
  'live.listen': management,
  'findings.list': management,
  'audit.list': administrator,
  'messages.tail': {
    level: 'monitoring',
    vhost: 'enters',
    needs: [
      { access: 'read', of: 'queue', given: 'queue' },
      { access: 'read', of: 'exchange', given: 'exchange' },
    ],
  },
  'jobs.look': management,

  'connections.list': management,
  'connections.listOfVhost': { level: 'management', vhost: 'sees' },
  'connections.close': { level: 'administrator', own: true },
  'connections.closeAllOfUser': { level: 'administrator', own: true },
  'connections.closeAllOfVhost': administrator,

  'definitions.export': administrator,
  'definitions.import': administrator,
  'definitions.plan': administrator,

  'featureFlags.list': administrator,
  'featureFlags.enable': administrator,
} as const satisfies Record<string, OperationRow>

export type Operation = keyof typeof operations

type NeedOf<O extends Operation> = (typeof operations)[O] extends { readonly needs: readonly (infer N)[] } ? N : never
type RolesIn<N> =
  | (N extends { readonly of: infer R extends Role } ? R : never)
  | (N extends { readonly given: infer R extends Role } ? R : never)

/**
 * What an operation is about: a name for every role of its needs (undefined where nothing plays it), the routing key
 * where a topic exchange looks at it (undefined when the exchange is of another type), and the owner of what has one.
 */
export type ResourceOf<O extends Operation> = { readonly [R in RolesIn<NeedOf<O>>]: string | undefined } & ([
  Extract<NeedOf<O>, { readonly topic: unknown }>,
] extends [never]
  ? unknown
  : { readonly topicKey: string | undefined }) &
  ((typeof operations)[O] extends { readonly own: true } ? { readonly owner: string } : unknown)
