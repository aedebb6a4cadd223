import { Fault } from '../fault.ts'
import type { Authorizer } from '../permission.ts'
import { hasLevel, type TagLevel, type User } from '../user.ts'
import {
  type Need,
  type Operation,
  type OperationRow,
  operations,
  type ResourceOf,
  type Role,
  roles,
} from './operations.ts'

/** Who asks, and what that lets them do in the virtual host it is about. */
export interface Subject {
  readonly user: User
  /** Undefined when the user may not enter the virtual host, or the operation is about none. */
  readonly authorizer: Authorizer | undefined
  /** It is about all virtual hosts; the answer is cut down to those the user may know of. */
  readonly everywhere?: boolean
}

/** What an operation is about, whatever the operation. */
type AnyResource = { readonly [R in Role]?: string | undefined } & {
  readonly topicKey?: string | undefined
  readonly owner?: string
}

/** What RabbitMQ tells those who lack a tag. */
const refusals: Readonly<Record<TagLevel, string>> = {
  management: 'Not management user',
  policymaker: 'User not authorised to access object',
  monitoring: 'Not monitor user',
  administrator: 'Not administrator user',
}

/**
 * The one question of the broker: may they do that? Throws a Fault with RabbitMQ's text when they may not, and
 * `Undecided` when a backend has to be asked first. What no row of `operations` permits is refused.
 */
export function authorize<O extends Operation>(operation: O, subject: Subject, resource: ResourceOf<O>): void {
  const row: OperationRow | undefined = Object.hasOwn(operations, operation) ? operations[operation] : undefined
  if (row === undefined || (row.level === undefined && row.vhost === undefined && row.needs === undefined)) {
    throw new Fault('access-refused', `nobody may do '${operation}'`)
  }
  if (row.level !== undefined) requireLevel(row.level, row, subject, resource)
  if (row.vhost !== undefined) requireVhost(row, subject)
  if (row.needs === undefined) return
  if (subject.authorizer === undefined) throw new Fault('access-refused', 'User not authorised to access virtual host')
  for (const need of row.needs) require(need, subject.authorizer, resource)
}

function requireLevel(level: TagLevel, row: OperationRow, { user }: Subject, { owner }: AnyResource): void {
  if (hasLevel(user, level)) return
  if (row.own && owner === user.name && hasLevel(user, 'management')) return
  throw new Fault('access-refused', row.own ? 'User not authorised to access object' : refusals[level])
}

function requireVhost({ level, vhost, ...row }: OperationRow, { user, authorizer, everywhere }: Subject): void {
  if (row.everywhere && everywhere) return
  if (authorizer !== undefined || (level !== undefined && hasLevel(user, 'administrator'))) return
  if (vhost === 'sees' && hasLevel(user, 'monitoring')) return
  const refusal = level === 'policymaker' ? 'User not authorised to access object' : undefined
  throw new Fault('access-refused', refusal ?? 'User not authorised to access virtual host')
}

function require(need: Need, authorizer: Authorizer, resource: AnyResource): void {
  const name = resource[need.of]
  if ('topic' in need) {
    if (resource.topicKey !== undefined) authorizer.requireTopic(need.topic, name!, resource.topicKey)
    return
  }
  if (need.given !== undefined && resource[need.given] === undefined) return
  if (name === undefined) throw new Error(`an operation does not say its ${need.of}`)
  if (need.access === 'any') authorizer.requireAny(roles[need.of], name)
  else authorizer.require(need.access, roles[need.of], name)
}
