import type { Authenticator, Credentials } from '../../broker/authenticator.ts'
import { Fault } from '../../broker/fault.ts'
import type { Plugin } from '../../plugin.ts'

/** The internal backend for clients on this machine only. */
export const authBackendInternalLoopbackPlugin: Plugin = {
  name: 'rabbitmq_auth_backend_internal_loopback',
  start({ broker, add }) {
    const internal = (credentials: Credentials): Authenticator => {
      if (!credentials.peer.loopback) {
        throw new Fault('access-refused', `user '${credentials.user}' can only connect via localhost`)
      }
      return broker.authenticator('internal')!
    }
    add('authenticator', {
      name: 'internal_loopback',
      authenticate: async (credentials) => internal(credentials).authenticate(credentials),
      authorize: async (name, credentials) => internal(credentials).authorize(name, credentials),
    })
  },
}
