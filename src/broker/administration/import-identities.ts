import { Fault } from '../fault.ts'
import { namePattern } from '../name-pattern.ts'
import { isStoredPassword, type Passwords, passwordHashing, type StoredPassword } from '../password.ts'
import type { Permissions } from '../permissions.ts'
import { withoutVariables } from '../topic-pattern.ts'
import type { Limits, Users } from '../users.ts'
import type { VhostRecord, VirtualHosts } from '../virtual-hosts.ts'
import type { ImportCategory, ImportScope } from './definition-category.ts'
import type { DefinitionItem } from './definition-item.ts'
import { checkLimits } from './limit-names.ts'
import type { Office } from './office.ts'

export interface IdentityPorts {
  readonly office: Office
  readonly users: Users
  readonly passwords: Passwords
  readonly permissions: Permissions
  readonly vhosts: VirtualHosts
  /** What queues are where neither they nor their virtual host say. */
  readonly defaultQueueType: string
  isQueueType(name: string): boolean
}

export function users(ports: IdentityPorts): ImportCategory {
  return {
    key: 'users',
    title: 'users',
    inVhost: false,
    check(item) {
      item.text('name')
      tagsOf(item)
      limitsOf(item)
      givenPassword(item)
    },
    async apply(item, { actor }) {
      const name = item.text('name')
      const tags = tagsOf(item)
      const given = givenPassword(item)
      const known = ports.users.get(name)
      const stored = 'password' in given ? await ports.passwords.hash(given.password) : given
      ports.users.put({ kind: 'user', name, hashing: stored.hashing, passwordHash: stored.passwordHash, tags })
      if (known === undefined) ports.office.emit('user.created', actor, { name })
      else ports.office.emit('user.password.changed', actor, { name })
      ports.office.emit('user.tags.set', actor, { name, tags })
      const limits = limitsOf(item)
      if (Object.keys(limits).length === 0) return
      ports.users.setLimits(name, { ...ports.users.limits(name), ...limits })
      ports.office.emit('user.limits.set', actor, { ...limits, name: 'limits', username: name })
    },
  }
}

function tagsOf(item: DefinitionItem): string[] {
  if (!item.has('tags') && !item.has('administrator')) throw new Fault('precondition-failed', 'tags_not_present')
  // Files of RabbitMQ 2 say no more than that.
  if (!item.has('tags')) return item.flag('administrator', false) ? ['administrator'] : []
  return [...new Set(item.tags('tags'))]
}

function limitsOf(item: DefinitionItem): Limits {
  return checkLimits(item.text('name'), 'user', item.object('limits'))
}

function givenPassword(item: DefinitionItem): { readonly password: string } | StoredPassword {
  const name = item.text('name')
  if (item.has('password') && item.has('password_hash')) {
    throw new Fault('precondition-failed', 'both_password_and_password_hash_are_provided')
  }
  if (item.has('password')) return { password: item.text('password') }
  const algorithm = item.text('hashing_algorithm', 'rabbit_password_hashing_sha256')
  const hashing = passwordHashing(algorithm)
  if (hashing === undefined) {
    throw new Fault('precondition-failed', `user '${name}' has the unknown hashing algorithm '${algorithm}'`)
  }
  const stored = { hashing, passwordHash: item.text('password_hash', '') }
  if (isStoredPassword(stored)) return stored
  throw new Fault('precondition-failed', `the password hash of user '${name}' is no ${algorithm}`)
}

export function vhosts(ports: IdentityPorts): ImportCategory {
  const read = (item: DefinitionItem): VhostRecord => {
    const name = item.text('name')
    const metadata = item.object('metadata')
    const description = item.value('description') ?? metadata.description
    const tags = item.has('tags') ? item.tags('tags') : metadata.tags
    const type = item.value('default_queue_type') ?? metadata.default_queue_type
    // Everybody says it, whether somebody has chosen it or not.
    const isChosen = typeof type === 'string' && type !== 'undefined' && type !== ports.defaultQueueType
    const defaultQueueType = isChosen ? type : undefined
    if (defaultQueueType !== undefined && !ports.isQueueType(defaultQueueType)) {
      throw new Fault('precondition-failed', `Unsupported default queue type '${defaultQueueType}'`)
    }
    return {
      kind: 'vhost',
      name,
      ...(typeof description === 'string' ? { description } : {}),
      ...(Array.isArray(tags) ? { tags: tags.filter((tag) => typeof tag === 'string') } : {}),
      ...(defaultQueueType === undefined ? {} : { defaultQueueType }),
      ...(item.has('tracing') ? { tracing: item.flag('tracing', false) } : {}),
    }
  }
  return {
    key: 'vhosts',
    title: 'vhosts',
    inVhost: false,
    check(item) {
      if (read(item).name === '') throw new Fault('precondition-failed', 'a vhost has no name')
    },
    apply(item, { actor }) {
      const record = read(item)
      const known = ports.vhosts.record(record.name)
      if (known === undefined) ports.vhosts.create(record, actor.user.name)
      else ports.vhosts.update({ ...known, ...record })
      ports.office.emit(known === undefined ? 'vhost.created' : 'vhost.updated', actor, { name: record.name })
    },
  }
}

export function permissions(ports: IdentityPorts): ImportCategory {
  return {
    key: 'permissions',
    title: 'permissions',
    inVhost: false,
    check(item, scope) {
      requirePlace(item, scope)
      for (const access of ['configure', 'write', 'read']) requirePattern(item.text(access))
    },
    apply(item, { actor }) {
      const user = item.text('user')
      const { vhost } = item
      const patterns = { configure: item.text('configure'), write: item.text('write'), read: item.text('read') }
      ports.permissions.set({ kind: 'permission', user, vhost, ...patterns })
      ports.office.emit('permission.created', actor, { user, vhost, ...patterns })
    },
  }
}

export function topicPermissions(ports: IdentityPorts): ImportCategory {
  return {
    key: 'topic_permissions',
    title: 'topic permissions',
    inVhost: false,
    check(item, scope) {
      requirePlace(item, scope)
      item.text('exchange')
      for (const access of ['write', 'read']) requirePattern(withoutVariables(item.text(access)))
    },
    apply(item, { actor }) {
      const place = { user: item.text('user'), vhost: item.vhost, exchange: item.text('exchange') }
      const patterns = { write: item.text('write'), read: item.text('read') }
      ports.permissions.setTopic({ kind: 'topic-permission', ...place, ...patterns })
      ports.office.emit('topic.permission.created', actor, { ...place, ...patterns })
    },
  }
}

function requirePlace(item: DefinitionItem, scope: ImportScope): void {
  const user = item.text('user')
  if (!scope.hasUser(user)) throw new Fault('precondition-failed', `no_such_user: ${user}`)
  requireVhost(item, scope)
}

/** Throws a Fault unless the virtual host is there, or will be. */
export function requireVhost(item: DefinitionItem, scope: ImportScope): void {
  if (scope.hasVhost(item.vhost)) return
  throw new Fault('precondition-failed', `Please create virtual host "${item.vhost}" prior to importing definitions.`)
}

function requirePattern(source: string): void {
  try {
    namePattern(source)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new Fault('precondition-failed', `invalid regular expression '${source}': ${error.message}`)
  }
}
