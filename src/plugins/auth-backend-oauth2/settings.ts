import type { KeyObject } from 'node:crypto'
import type { ConnectionOptions } from 'node:tls'

/** Tokens of OAuth 2 as credentials (`auth_oauth2`). */
export interface OAuth2Settings {
  /** A token is for one of them, which its audience names. */
  readonly resourceServers: readonly ResourceServer[]
  /** Who issues tokens, by id; `''` for the one that has none. */
  readonly providers: ReadonlyMap<string, OAuthProvider>
}

/** Whom tokens are for, and how their claims are read. */
export interface ResourceServer {
  readonly id: string
  /** Type by which rich authorization requests name it. */
  readonly type: string | undefined
  /** The audience of a token has to name it. */
  readonly verifiesAudience: boolean
  readonly requiresExpiry: boolean
  /** What scopes that concern it begin with. */
  readonly scopePrefix: string
  /** Further claims that hold scopes; dots lead into them. */
  readonly additionalScopesKeys: readonly string[]
  /** Claims the user's name is looked for in, in this order. */
  readonly usernameClaims: readonly string[]
  /** Scopes that stand for others. */
  readonly scopeAliases: ReadonlyMap<string, readonly string[]>
  readonly patternSyntax: 'wildcard' | 'regex'
  /** Id of the provider. */
  readonly provider: string
}

export interface OAuthProvider {
  /** Where the address of the keys is asked for, unless `jwksUrl` says. */
  readonly discoveryUrl: string | undefined
  readonly jwksUrl: string | undefined
  /** Keys that are known, by id. */
  readonly keys: ReadonlyMap<string, KeyObject>
  /** Id of the key for tokens that name none. */
  readonly defaultKey: string | undefined
  /** Algorithms of signatures; every asymmetric one that is safe when empty. */
  readonly algorithms: readonly string[]
  readonly tls: ConnectionOptions
}
