import { createPublicKey, type KeyObject } from 'node:crypto'
import type { ConnectionOptions } from 'node:tls'
import type { OAuth2Settings, OAuthProvider, ResourceServer } from '../plugins/auth-backend-oauth2/settings.ts'
import type { OAuth2BackendSettings, ProviderFields, ServerFields } from './auth-oauth2-settings.ts'
import { readAuthTls } from './auth-tls.ts'
import { ExitCode, StartRefusal } from './start-refusal.ts'
import { readFileOf } from './tls-files.ts'

/** Claims that hold a name in any token. */
const commonUsernameClaims = ['sub', 'client_id']

/** What the plug-in is started with. Throws a StartRefusal when something is missing, or a file cannot be used. */
export function oauth2Settings({ servers, providers }: OAuth2BackendSettings): OAuth2Settings {
  const root = servers.get('') ?? {}
  const named = [...servers].filter(([name]) => name !== '')
  const resourceServers = [
    ...(root.id === undefined ? [] : [resourceServer(root.id, root, root)]),
    ...named.map(([name, fields]) => resourceServer(fields.id ?? name, fields, root)),
  ]
  if (resourceServers.length === 0) {
    throw refusal('auth_oauth2.resource_server_id', 'has to be set, as tokens have to be for somebody')
  }
  const tls = readAuthTls('auth_oauth2.https', providers.get('')!.tls!)
  const used = new Set(resourceServers.map(({ provider }) => provider))
  const read = [...used].map((id) => {
    const fields = providers.get(id)
    if (fields === undefined) throw refusal('auth_oauth2.oauth_providers', `there is no provider '${id}'`)
    return [id, provider(id, fields, tls)] as const
  })
  return { resourceServers, providers: new Map(read) }
}

function resourceServer(id: string, fields: ServerFields, root: ServerFields): ResourceServer {
  const merged = { ...root, ...fields }
  return {
    id,
    type: merged.type,
    verifiesAudience: merged.verifiesAudience ?? true,
    requiresExpiry: merged.requiresExpiry ?? true,
    scopePrefix: merged.scopePrefix ?? `${id}.`,
    additionalScopesKeys: wordsOf(merged.additionalScopesKey ?? ''),
    usernameClaims: [...new Set([...(merged.usernameClaims?.values() ?? []), ...commonUsernameClaims])],
    scopeAliases: aliasesOf(merged),
    patternSyntax: merged.patternSyntax ?? 'wildcard',
    provider: merged.provider ?? '',
  }
}

function aliasesOf({ aliases, aliasNames, aliasScopes }: ServerFields): ReadonlyMap<string, readonly string[]> {
  const found = new Map([...(aliases ?? [])].map(([alias, scopes]) => [alias, wordsOf(scopes)]))
  for (const [index, alias] of aliasNames ?? []) found.set(alias, wordsOf(aliasScopes?.get(index) ?? ''))
  return found
}

function provider(id: string, fields: ProviderFields, tls: ConnectionOptions): OAuthProvider {
  const prefix = id === '' ? 'auth_oauth2' : `auth_oauth2.oauth_providers.${id}`
  const { issuer, jwksUri, keyFiles = new Map<string, string>() } = fields
  if (issuer === undefined && jwksUri === undefined && keyFiles.size === 0) {
    throw refusal(prefix, 'one of issuer, jwks_uri and signing_keys has to be set')
  }
  return {
    discoveryUrl: issuer === undefined ? undefined : discoveryUrl(issuer, fields),
    jwksUrl: jwksUri,
    keys: new Map([...keyFiles].map(([key, file]) => [key, readKey(`${prefix}.signing_keys.${key}`, file)])),
    defaultKey: fields.defaultKey,
    algorithms: [...(fields.algorithms?.values() ?? [])],
    tls,
  }
}

function discoveryUrl(issuer: string, { discoveryPath, discoveryParameters }: ProviderFields): string {
  const path = discoveryPath ?? '.well-known/openid-configuration'
  const url = new URL(`${issuer.replace(/\/$/, '')}/${path.replace(/^\//, '')}`)
  for (const [name, value] of discoveryParameters ?? []) url.searchParams.set(name, value)
  return url.href
}

function readKey(setting: string, file: string): KeyObject {
  const pem = readFileOf(setting, file)
  try {
    return createPublicKey(pem)
  } catch (error) {
    throw refusal(setting, `${file} holds no public key that can be read: ${(error as Error).message}`)
  }
}

function wordsOf(text: string): string[] {
  return text.split(' ').filter((word) => word !== '')
}

function refusal(setting: string, reason: string): StartRefusal {
  return new StartRefusal(ExitCode.config, `${setting}: ${reason}`)
}
