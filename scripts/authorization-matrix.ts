import { authorize, type Subject } from '../src/broker/authorization/authorize.ts'
import {
  type Operation,
  type OperationRow,
  operations,
  type Role,
  roles,
} from '../src/broker/authorization/operations.ts'
import { PermissionAuthorizer } from '../src/broker/authorizer.ts'
import { Fault } from '../src/broker/fault.ts'
import { NameGrants } from '../src/broker/name-grants.ts'
import type { AccessKind } from '../src/broker/permission.ts'
import type { UserTag } from '../src/broker/user.ts'

/** Who may do what, found by asking `authorize` for everybody; the golden file test/golden/authorization-matrix.txt. */
export function authorizationMatrix(): string {
  const names = Object.keys(operations) as Operation[]
  const isClients = (name: Operation) => (operations[name] as OperationRow).level === undefined
  return [
    'Made by `npm run generate`. What changes here changes who may do what.',
    '',
    'Operations of clients: the permissions that are enough, and none fewer. A user of another virtual host may do none.',
    '',
    ...names.filter(isClients).flatMap(clientLines),
    '',
    'Operations of operators, by tag. `in`: with permissions in the virtual host; `out`: without any there;',
    '`own`: on what belongs to the user itself (in).',
    '',
    `${'operation'.padEnd(28)}${tags.map((tag) => (tag ?? 'no tag').padEnd(15)).join('')}`.trimEnd(),
    ...names.filter((name) => !isClients(name)).map(operatorLine),
    '',
  ].join('\n')
}

const user = { name: 'u', tags: [] as string[] }
const vhost = 'v'
const key = 'the.key'

/** One permission on one resource, or on the routing key of a topic exchange. */
interface Grant {
  readonly on: Role
  readonly access: AccessKind | 'topic-write' | 'topic-read'
}

/** One line for each form of the operation: without and with what it may have beside. */
function clientLines(name: Operation): string[] {
  const needs = (operations[name] as OperationRow).needs ?? []
  const given = [...new Set(needs.flatMap((need) => ('given' in need && need.given !== undefined ? [need.given] : [])))]
  const hasTopic = needs.some((need) => 'topic' in need)
  const forms: (readonly Extra[])[] = [[], ...given.map((role) => [role]), ...(hasTopic ? [['topic'] as const] : [])]
  return forms.map((form) => {
    const title = form.length === 0 ? name : `${name} (${form.join(', ')})`
    return `${title.padEnd(34)}${minimal(name, form).join('  or  ')}`
  })
}

type Extra = Role | 'topic'

/** The smallest sets of grants with which the operation is permitted. */
function minimal(name: Operation, form: readonly Extra[]): string[] {
  const needs = (operations[name] as OperationRow).needs ?? []
  const inPlay = [...new Set(needs.map((need) => need.of))].filter(
    (role) => isNeeded(role, name) || form.includes(role),
  )
  const accesses: readonly Grant['access'][] = ['configure', 'write', 'read', 'topic-write', 'topic-read']
  const all = inPlay.flatMap((on) => accesses.map((access): Grant => ({ on, access })))
  const found: (readonly Grant[])[] = []
  for (let size = 0; size <= 4; size++) {
    for (const grants of subsets(all, size)) {
      if (found.some((smaller) => smaller.every((grant) => grants.includes(grant)))) continue
      if (permits(name, form, grants)) found.push(grants)
    }
  }
  if (isPermitted(name, { user, authorizer: undefined }, resource(form))) return ['WITHOUT ENTERING THE VIRTUAL HOST']
  return found.map((grants) => grants.map(({ on, access }) => `${access}:${on}`).join(' + ') || 'entering')
}

function isNeeded(role: Role, name: Operation): boolean {
  return ((operations[name] as OperationRow).needs ?? []).some((need) => need.of === role && !('given' in need))
}

function* subsets<T>(all: readonly T[], size: number, from = 0): Iterable<readonly T[]> {
  if (size === 0) return yield []
  for (let index = from; index < all.length; index++) {
    for (const rest of subsets(all, size - 1, index + 1)) yield [all[index]!, ...rest]
  }
}

function permits(name: Operation, form: readonly Extra[], grants: readonly Grant[]): boolean {
  const pattern = (access: Grant['access']) => {
    const named = grants.filter((grant) => grant.access === access).map(({ on }) => `the-${on}`)
    return named.length === 0 ? '^$' : `^(${named.join('|')})$`
  }
  const topic = (access: Grant['access'], exchange: string) =>
    grants.some((grant) => grant.access === access && `the-${grant.on}` === exchange) ? '.*' : '^$'
  const authorizer = new PermissionAuthorizer(user, vhost, {
    version: 0,
    grants: (name, place) =>
      new NameGrants(name, place, { configure: pattern('configure'), write: pattern('write'), read: pattern('read') }),
    topic: (_user, _vhost, exchange) => ({
      write: topic('topic-write', exchange),
      read: topic('topic-read', exchange),
    }),
  })
  return isPermitted(name, { user, authorizer }, resource(form))
}

/** Everything by the name of its role; what an operation may have beside only when it has. */
function resource(form: readonly Extra[]): Record<string, string | undefined> {
  const optional: readonly string[] = ['alternate', 'deadLetters']
  const named = Object.keys(roles).map((role): [string, string | undefined] => {
    return [role, optional.includes(role) && !form.includes(role as Role) ? undefined : `the-${role}`]
  })
  return { ...Object.fromEntries(named), topicKey: form.includes('topic') ? key : undefined, owner: 'somebody' }
}

const tags: readonly (UserTag | undefined)[] = [
  undefined,
  'impersonator',
  'management',
  'policymaker',
  'monitoring',
  'administrator',
]

function operatorLine(name: Operation): string {
  const cells = tags.map((tag) => {
    const operator = { name: 'u', tags: tag === undefined ? [] : [tag] }
    const all = { configure: '.*', write: '.*', read: '.*' }
    const grants = () => new NameGrants(operator.name, vhost, all)
    const authorizer = new PermissionAuthorizer(operator, vhost, { version: 0, grants, topic: () => undefined })
    const own = { ...resource([]), owner: operator.name }
    const permitted = [
      isPermitted(name, { user: operator, authorizer }, resource([])) ? 'in' : '',
      isPermitted(name, { user: operator, authorizer: undefined }, resource([])) ? 'out' : '',
      (operations[name] as OperationRow).own && isPermitted(name, { user: operator, authorizer }, own) ? 'own' : '',
    ].filter((where) => where !== '')
    return (permitted.join(' ') || '-').padEnd(15)
  })
  return `${name.padEnd(28)}${cells.join('')}`.trimEnd()
}

function isPermitted(name: Operation, subject: Subject, about: Record<string, string | undefined>): boolean {
  try {
    authorize(name, subject, about as never)
    return true
  } catch (error) {
    if (error instanceof Fault && error.kind === 'access-refused') return false
    throw error
  }
}
