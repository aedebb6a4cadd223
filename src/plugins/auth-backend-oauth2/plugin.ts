import type { Plugin } from '../../plugin.ts'
import { OAuth2Authenticator } from './oauth2-authenticator.ts'
import { ProviderKeys } from './provider-keys.ts'
import type { OAuth2Settings } from './settings.ts'
import { TokenReader } from './token.ts'

/** Clients log in with tokens of an OAuth 2 provider (JWT). */
export const authBackendOAuth2Plugin: Plugin<OAuth2Settings> = {
  name: 'rabbitmq_auth_backend_oauth2',
  start({ broker, logger, add }, settings) {
    const { clock } = broker
    const category = logger.category('oauth2')
    const keys = new Map(
      [...settings.providers].map(([id, provider]) => [id, new ProviderKeys(provider, clock, category)]),
    )
    add('authenticator', new OAuth2Authenticator(new TokenReader({ settings, keys, clock })))
  },
}
