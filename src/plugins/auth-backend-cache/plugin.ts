import type { Plugin } from '../../plugin.ts'
import { AnswerCache } from './answer-cache.ts'
import { CachingAuthenticator } from './caching-authenticator.ts'

/** Which backends are remembered, and for how long (`auth_cache`). */
export interface AuthCacheSettings {
  readonly authn: string
  readonly authz: string
  readonly milliseconds: number
  readonly refusals: boolean
}

/** A backend that remembers what others answer. */
export const authBackendCachePlugin: Plugin<AuthCacheSettings> = {
  name: 'rabbitmq_auth_backend_cache',
  start({ broker, add }, settings) {
    const { milliseconds, refusals } = settings
    const named = (name: string) => {
      const found = broker.authenticator(name)
      if (found === undefined) throw new Error(`auth_cache.cached_backend: there is no backend '${name}'`)
      return found
    }
    const backends = () => ({ authn: named(settings.authn), authz: named(settings.authz) })
    const cache = new AnswerCache({ clock: broker.clock, milliseconds, refusals })
    add('authenticator', new CachingAuthenticator(backends, cache, broker.random.bytes(32)))
  },
}
