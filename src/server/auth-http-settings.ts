import type { AuthHttpSettings } from '../plugins/auth-backend-http/settings.ts'
import { type AuthTlsSettings, authTlsRows } from './auth-tls.ts'
import { flag, httpUrl, integer, type ValueKind, word } from './conf-value.ts'
import { backendName } from './login-settings.ts'
import { type AnySettingRow, setting } from './setting-row.ts'
import type { SettingsDraft } from './settings.ts'

/** `auth_http`, before the files of TLS are read. */
export type HttpBackendSettings = Omit<AuthHttpSettings, 'tls'> & { readonly tls: AuthTlsSettings }

/** `auth_cache`: whose answers are remembered. */
export interface CacheBackendSettings {
  readonly authn: string
  readonly authz: string
  readonly milliseconds: number
  readonly refusals: boolean
}

/** Any backend but the cache itself. */
const cachedBackend: ValueKind<string> = {
  name: backendName.name.replace(', cache', ''),
  parse(value) {
    const name = backendName.parse(value)
    if (name === 'cache') throw new Error('a cache does not remember itself')
    return name
  },
}

const paths = [
  ['user_path', 'userPath', 'user', 'who a user is'],
  ['vhost_path', 'vhostPath', 'vhost', 'whether it may enter a virtual host'],
  ['resource_path', 'resourcePath', 'resource', 'whether it may use an exchange or a queue'],
  ['topic_path', 'topicPath', 'topic', 'whether it may use a routing key'],
] as const

export const authHttpRows: readonly AnySettingRow[] = [
  setting(
    'auth_http.http_method',
    word('get', 'post'),
    { default: 'get', meaning: 'How the HTTP service is asked.' },
    (draft, value) => change(draft, { method: value! }),
  ),
  ...paths.map(([key, property, path, what]) =>
    setting(
      `auth_http.${key}`,
      httpUrl,
      { default: `http://localhost:8000/auth/${path}`, meaning: `Where it is asked ${what}.` },
      (draft, value) => change(draft, { [property]: value! }),
    ),
  ),
  setting(
    'auth_http.request_timeout',
    integer(1, 2 ** 31),
    { default: '15000', meaning: 'Milliseconds an answer may take.' },
    (draft, value) => change(draft, { requestMilliseconds: value! }),
  ),
  setting(
    'auth_http.connection_timeout',
    integer(1, 2 ** 31),
    { default: '15000', meaning: 'Milliseconds a connection to it may take.' },
    (draft, value) => change(draft, { connectionMilliseconds: value! }),
  ),
  setting(
    'auth_http.authorization_failure_disclosure',
    flag,
    { default: 'false', meaning: 'Clients are told the reason the service gives for a refusal.' },
    (draft, value) => change(draft, { disclosesReasons: value! }),
  ),
  ...authTlsRows('auth_http.ssl_options', (draft, changes) =>
    change(draft, { tls: { ...draft.authHttp?.tls, ...changes } as AuthTlsSettings }),
  ),
]

export const authCacheRows: readonly AnySettingRow[] = [
  setting(
    'auth_cache.cached_backend',
    cachedBackend,
    { default: 'internal', meaning: 'The backend whose answers are remembered.' },
    (draft, value) => changeCache(draft, { authn: value!, authz: value! }),
  ),
  ...(['authn', 'authz'] as const).map((part) =>
    setting(
      `auth_cache.cached_backend.${part}`,
      cachedBackend,
      { meaning: part === 'authn' ? 'The same, for who a client is.' : 'The same, for what it may do.' },
      (draft, value) => {
        if (value !== undefined) changeCache(draft, { [part]: value })
      },
    ),
  ),
  setting(
    'auth_cache.cache_ttl',
    integer(0, 2 ** 31),
    { default: '15000', meaning: 'Milliseconds an answer is remembered.' },
    (draft, value) => changeCache(draft, { milliseconds: value! }),
  ),
  setting(
    'auth_cache.cache_refusals',
    flag,
    { default: 'false', meaning: 'Refusals are remembered too.' },
    (draft, value) => changeCache(draft, { refusals: value! }),
  ),
]

function change(draft: SettingsDraft, changes: Partial<HttpBackendSettings>): void {
  draft.authHttp = { ...draft.authHttp, ...changes }
}

function changeCache(draft: SettingsDraft, changes: Partial<CacheBackendSettings>): void {
  draft.authCache = { ...draft.authCache, ...changes }
}
