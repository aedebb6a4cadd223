import type { Plugin } from '../../plugin.ts'
import { HttpAuthenticator } from './http-authenticator.ts'
import { HttpService } from './service.ts'
import type { AuthHttpSettings } from './settings.ts'

/** An HTTP service decides who somebody is and what they may do. */
export const authBackendHttpPlugin: Plugin<AuthHttpSettings> = {
  name: 'rabbitmq_auth_backend_http',
  start(host, settings) {
    const service = new HttpService(settings, host.broker.clock)
    host.onStop(() => service.close())
    host.add('authenticator', new HttpAuthenticator(settings, service, host.logger.category('http_auth')))
  },
}
