import { type Claims, claim, valuesAt, words } from './claims.ts'
import { richScopes } from './rich-authorization.ts'
import { literal, regexMatches, wildcardMatches } from './scope-pattern.ts'
import type { ResourceServer } from './settings.ts'

/** More would make every question slow. */
const SCOPES_MAX = 2048

/** Where tokens of a requesting party (UMA) hold their scopes. */
const PARTY_SCOPES = 'authorization.permissions.scopes'

const TAG_PREFIX = 'tag:'

/** The scopes of a token that concern a resource server, without its prefix. Throws an Error when they are too many. */
export function scopesOf(claims: Claims, server: ResourceServer): string[] {
  const named = [
    ...words(claim(claims, 'scope')),
    ...[PARTY_SCOPES, ...server.additionalScopesKeys].flatMap((path) =>
      valuesAt(claims, path).flatMap((value) => scopesIn(value, server)),
    ),
  ]
  const aliased = named.flatMap((scope) => server.scopeAliases.get(scope) ?? [])
  const prefix = server.scopePrefix
  const ours = [...named, ...aliased, ...richScopes(claims, server)].filter((scope) => scope.startsWith(prefix))
  const scopes = new Set(ours.map((scope) => scope.slice(prefix.length)))
  if (scopes.size > SCOPES_MAX) throw new Error('too many scopes')
  return [...scopes]
}

/** Scopes in a claim: a text, a list, or a table with one entry for each resource server. */
function scopesIn(value: unknown, { id }: ResourceServer): string[] {
  const own = claim(value, id)
  return own === undefined ? words(value) : words(own).map((scope) => `${id}.${scope}`)
}

/** The user tags that scopes give. */
export function tagsOf(scopes: readonly string[]): string[] {
  const tags = scopes.filter((scope) => scope.startsWith(TAG_PREFIX)).map((scope) => scope.slice(TAG_PREFIX.length))
  return [...new Set(tags)].sort()
}

export type ScopeAccess = 'configure' | 'write' | 'read'

/** `read:vhost/name`, `write:vhost/name/routing-key`, each part a pattern. */
interface ScopePermission {
  readonly access: ScopeAccess
  readonly vhost: string
  readonly name: string
  readonly routingKey: string | undefined
}

/** What the scopes of one token let its user do. */
export class ScopePermissions {
  readonly #scopes: readonly string[]
  readonly #claims: Claims
  readonly #syntax: ResourceServer['patternSyntax']
  /** By virtual host, as scopes may name it. */
  readonly #byVhost = new Map<string, readonly ScopePermission[]>()

  constructor(scopes: readonly string[], claims: Claims, syntax: ResourceServer['patternSyntax']) {
    this.#scopes = scopes
    this.#claims = claims
    this.#syntax = syntax
  }

  allowsVhost(vhost: string): boolean {
    return this.#in(vhost).length > 0
  }

  allows(access: ScopeAccess, vhost: string, name: string): boolean {
    return this.#in(vhost).some((permission) => permission.access === access && this.#matches(permission.name, name))
  }

  allowsTopic(access: 'write' | 'read', exchange: { vhost: string; name: string }, routingKey: string): boolean {
    return this.#in(exchange.vhost).some(
      (permission) =>
        permission.access === access &&
        permission.routingKey !== undefined &&
        this.#matches(permission.name, exchange.name) &&
        this.#matches(permission.routingKey, routingKey),
    )
  }

  /** Those that concern a virtual host. */
  #in(vhost: string): readonly ScopePermission[] {
    let found = this.#byVhost.get(vhost)
    if (found === undefined) {
      found = this.#scopes
        .map(readPermission)
        .filter((permission) => permission !== undefined)
        .map((permission) => this.#expand(permission, vhost))
        .filter((permission) => this.#matches(permission.vhost, vhost))
      this.#byVhost.set(vhost, found)
    }
    return found
  }

  #expand({ access, vhost: pattern, name, routingKey }: ScopePermission, vhost: string): ScopePermission {
    const fill = (part: string): string => this.#fill(part, vhost)
    return {
      access,
      vhost: fill(pattern),
      name: fill(name),
      routingKey: routingKey === undefined ? undefined : fill(routingKey),
    }
  }

  /** Puts claims for `{name}` and the virtual host for `{vhost}`; both stand for themselves, whatever is in them. */
  #fill(pattern: string, vhost: string): string {
    return pattern.replaceAll(/\{([^{}.*]+)\}/g, (_, name: string) => {
      const value = name === 'vhost' ? vhost : claim(this.#claims, name)
      return literal[this.#syntax](typeof value === 'string' ? value : name)
    })
  }

  #matches(pattern: string, subject: string): boolean {
    return this.#syntax === 'wildcard' ? wildcardMatches(pattern, subject) : regexMatches(pattern, subject)
  }
}

function readPermission(scope: string): ScopePermission | undefined {
  const parts = /^(read|write|configure):([^/]*)\/([^/]*)(?:\/([^/]*))?$/.exec(scope)
  if (parts === null) return undefined
  const [, access, vhost, name, routingKey] = parts
  return { access: access as ScopeAccess, vhost: vhost!, name: name!, routingKey }
}
