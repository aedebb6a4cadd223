import { readAuthTls } from './auth-tls.ts'
import { type Installation, install } from './host.ts'
import { backendsNamed } from './login-settings.ts'
import type { Settings } from './settings.ts'

/** The plug-in of each backend and mechanism, loaded only where the settings name it: some bring dependencies. */
const plugins: Readonly<Record<string, (settings: Settings) => Promise<Installation>>> = {
  async EXTERNAL(settings) {
    const { authMechanismSslPlugin } = await import('../plugins/auth-mechanism-ssl/plugin.ts')
    return install(authMechanismSslPlugin, settings.login.certificate)
  },
  async internal_loopback() {
    const { authBackendInternalLoopbackPlugin } = await import('../plugins/auth-backend-internal-loopback/plugin.ts')
    return install(authBackendInternalLoopbackPlugin, undefined)
  },
  async http({ authHttp }) {
    const { authBackendHttpPlugin } = await import('../plugins/auth-backend-http/plugin.ts')
    const tls = readAuthTls('auth_http.ssl_options', authHttp.tls)
    return install(authBackendHttpPlugin, { ...authHttp, tls })
  },
  async oauth2(settings) {
    const [{ authBackendOAuth2Plugin }, { oauth2Settings }] = await Promise.all([
      import('../plugins/auth-backend-oauth2/plugin.ts'),
      import('./auth-oauth2.ts'),
    ])
    return install(authBackendOAuth2Plugin, oauth2Settings(settings.oauth2))
  },
  async ldap(settings) {
    const [{ authBackendLdapPlugin }, { ldapSettings }] = await Promise.all([
      import('../plugins/auth-backend-ldap/plugin.ts'),
      import('./auth-ldap-settings.ts'),
    ])
    return install(authBackendLdapPlugin, ldapSettings(settings.ldap))
  },
  async cache({ authCache }) {
    const { authBackendCachePlugin } = await import('../plugins/auth-backend-cache/plugin.ts')
    return install(authBackendCachePlugin, authCache)
  },
}

/** Plug-ins for all that the settings name. Rejects with a StartRefusal when the files of one cannot be used. */
export async function authPlugins(settings: Settings): Promise<Installation[]> {
  const named = new Set([...backendsNamed(settings.login), ...settings.authMechanisms])
  if (named.has('cache')) {
    named.add(settings.authCache.authn)
    named.add(settings.authCache.authz)
  }
  if (settings.mqtt.certificateLogin || settings.stomp.certificateLogin) named.add('EXTERNAL')
  const loaders = [...named].flatMap((name) => plugins[name] ?? [])
  return await Promise.all(loaders.map((load) => load(settings)))
}
