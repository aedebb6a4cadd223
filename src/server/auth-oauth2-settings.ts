import type { ResourceServer } from '../plugins/auth-backend-oauth2/settings.ts'
import { type AuthTlsSettings, authTlsRows } from './auth-tls.ts'
import { flag, httpUrl, text, type ValueKind, word } from './conf-value.ts'
import { type AnySettingRow, setting, settingFamily, splitNames } from './setting-row.ts'
import type { SettingsDraft } from './settings.ts'

/** `auth_oauth2` as it is written; `''` stands for what has no name of its own. */
export interface OAuth2BackendSettings {
  readonly servers: ReadonlyMap<string, ServerFields>
  readonly providers: ReadonlyMap<string, ProviderFields>
}

/** What is said of one resource server; the rest is as for the one without a name. */
export interface ServerFields {
  readonly id?: string
  readonly scopePrefix?: string
  readonly additionalScopesKey?: string
  readonly type?: string
  readonly patternSyntax?: ResourceServer['patternSyntax']
  readonly verifiesAudience?: boolean
  readonly requiresExpiry?: boolean
  readonly provider?: string
  readonly usernameClaims?: ReadonlyMap<string, string>
  /** Scopes with blanks between them, by alias. */
  readonly aliases?: ReadonlyMap<string, string>
  /** The same in two keys, by index. */
  readonly aliasNames?: ReadonlyMap<string, string>
  readonly aliasScopes?: ReadonlyMap<string, string>
}

/** What is said of one provider. */
export interface ProviderFields {
  readonly issuer?: string
  readonly jwksUri?: string
  readonly discoveryPath?: string
  readonly discoveryParameters?: ReadonlyMap<string, string>
  readonly keyFiles?: ReadonlyMap<string, string>
  readonly defaultKey?: string
  readonly algorithms?: ReadonlyMap<string, string>
  readonly tls?: AuthTlsSettings
}

/** One line: key words, value, property, meaning. Where the two key words differ, the second is that of named ones. */
type Field<T> = readonly [
  words: string | readonly [string, string],
  kind: ValueKind<unknown>,
  property: keyof T,
  meaning: string,
]

const serverFields: readonly Field<ServerFields>[] = [
  [['resource_server_id', 'id'], text, 'id', 'Audience that tokens for this broker name.'],
  ['scope_prefix', text, 'scopePrefix', 'What scopes for this broker begin with; the audience and a dot by default.'],
  ['additional_scopes_key', text, 'additionalScopesKey', 'Further claims that hold scopes, with blanks between them.'],
  ['resource_server_type', text, 'type', 'Type by which rich authorization requests name it.'],
  [
    'scope_pattern_syntax',
    word('wildcard', 'regex'),
    'patternSyntax',
    'How scopes are written; `wildcard` by default.',
  ],
  ['verify_aud', flag, 'verifiesAudience', 'Tokens have to name the audience; `true` by default.'],
  ['require_exp', flag, 'requiresExpiry', 'Tokens without an end are refused; `true` by default.'],
  [['default_oauth_provider', 'oauth_provider_id'], text, 'provider', 'Id of the provider whose tokens are taken.'],
]

const serverLists: readonly Field<ServerFields>[] = [
  [
    'preferred_username_claims.$n',
    text,
    'usernameClaims',
    "Claims that the user's name is looked for in, before `sub` and `client_id`.",
  ],
  ['scope_aliases.$alias', text, 'aliases', 'Scopes, with blanks between them, that another one stands for.'],
  ['scope_aliases.$n.alias', text, 'aliasNames', 'The same in two keys: the scope that stands for others,'],
  ['scope_aliases.$n.scope', text, 'aliasScopes', 'and what it stands for.'],
]

const providerFields: readonly Field<ProviderFields>[] = [
  ['issuer', httpUrl, 'issuer', 'Address of the provider, where the address of its keys is asked for.'],
  ['jwks_uri', httpUrl, 'jwksUri', 'Address of its keys (JWKS).'],
  [
    'discovery_endpoint_path',
    text,
    'discoveryPath',
    'Path behind the issuer; `.well-known/openid-configuration` by default.',
  ],
  ['default_key', text, 'defaultKey', 'Id of the key for tokens that name none.'],
]

const providerLists: readonly Field<ProviderFields>[] = [
  ['discovery_endpoint_params.$name', text, 'discoveryParameters', 'Parameters of that request.'],
  ['signing_keys.$id', text, 'keyFiles', 'Files (PEM) of public keys, by id.'],
  ['algorithms.$n', text, 'algorithms', 'Algorithms of signatures; every asymmetric one that is safe by default.'],
]

const SERVERS = 'auth_oauth2.resource_servers.$server'
const PROVIDERS = 'auth_oauth2.oauth_providers.$provider'

export const authOAuth2Rows: readonly AnySettingRow[] = [
  ...serverFields.flatMap((field) => rowsOf(field, SERVERS, changeServer)),
  ...serverLists.flatMap((field) => listRowsOf(field, SERVERS, changeServer)),
  ...providerFields.flatMap((field) => rowsOf(field, PROVIDERS, changeProvider)),
  // An older name of the same.
  setting('auth_oauth2.jwks_url', httpUrl, { meaning: 'The same as `auth_oauth2.jwks_uri`.' }, (draft, value) => {
    if (value !== undefined) changeProvider(draft, '', { jwksUri: value })
  }),
  ...providerLists.flatMap((field) => listRowsOf(field, PROVIDERS, changeProvider)),
  ...authTlsRows('auth_oauth2.https', (draft, changes) => {
    const tls = { ...draft.oauth2?.providers.get('')?.tls, ...changes } as AuthTlsSettings
    changeProvider(draft, '', { tls })
  }),
]

type Change<T> = (draft: SettingsDraft, name: string, changes: T) => void

/** A key of its own, and one for each named. */
function rowsOf<T>([words, kind, property, meaning]: Field<T>, named: string, change: Change<T>): AnySettingRow[] {
  const [own, other] = typeof words === 'string' ? [words, words] : words
  return [
    setting(`auth_oauth2.${own}`, kind, { meaning }, (draft, value) => {
      if (value !== undefined) change(draft, '', { [property]: value } as T)
    }),
    settingFamily(`${named}.${other}`, kind, { meaning: sameFor(named, meaning) }, (draft, values) => {
      for (const [name, value] of values) change(draft, name, { [property]: value } as T)
    }),
  ]
}

/** The same for keys with many values. */
function listRowsOf<T>([words, kind, property, meaning]: Field<T>, named: string, change: Change<T>): AnySettingRow[] {
  return [
    settingFamily(`auth_oauth2.${String(words)}`, kind, { meaning }, (draft, values) => {
      if (values.size > 0) change(draft, '', { [property]: values } as T)
    }),
    settingFamily(`${named}.${String(words)}`, kind, { meaning: sameFor(named, meaning) }, (draft, values) => {
      const byName = new Map<string, Map<string, unknown>>()
      for (const [joined, value] of values) {
        const [name = '', key = ''] = splitNames(joined)
        byName.set(name, (byName.get(name) ?? new Map<string, unknown>()).set(key, value))
      }
      for (const [name, list] of byName) change(draft, name, { [property]: list } as T)
    }),
  ]
}

function sameFor(named: string, meaning: string): string {
  return named === SERVERS ? `For one of several audiences: ${meaning}` : `For one of several providers: ${meaning}`
}

function changeServer(draft: SettingsDraft, name: string, changes: ServerFields): void {
  const servers = new Map(draft.oauth2?.servers)
  servers.set(name, { ...servers.get(name), ...changes })
  draft.oauth2 = { servers, providers: draft.oauth2?.providers ?? new Map() }
}

function changeProvider(draft: SettingsDraft, name: string, changes: ProviderFields): void {
  const providers = new Map(draft.oauth2?.providers)
  providers.set(name, { ...providers.get(name), ...changes })
  draft.oauth2 = { servers: draft.oauth2?.servers ?? new Map(), providers }
}
