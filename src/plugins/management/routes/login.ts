import { Fault } from '../../../broker/fault.ts'
import { hasLevel } from '../../../broker/user.ts'
import { notAuthenticated, notAuthorised } from '../http-error.ts'
import { bodyObject, type Call, type Route, textField } from '../route.ts'
import type { Surroundings } from '../surroundings.ts'

/** How somebody gets in: asked by those who are not in yet. */
export function loginRoutes({ broker, oauth }: Surroundings): Route[] {
  return [
    {
      method: 'GET',
      path: '/auth',
      isPublic: true,
      handle: async () => (oauth.oauth_enabled === true ? { ...oauth } : { oauth_enabled: false }),
    },
    {
      method: 'POST',
      path: '/login',
      isPublic: true,
      // Nothing is kept of it, here or in a cookie: every request says again who asks.
      handle: async (call) => {
        const body = bodyObject(call)
        const user = textField(body, 'username') ?? ''
        const password = textField(body, 'password') ?? ''
        const found = await broker
          .authenticate({ user, password, peer: peerOf(call), context: { protocol: 'http' } })
          .catch((error: unknown) => {
            if (error instanceof Fault) throw notAuthenticated()
            throw error
          })
        if (!hasLevel(found, 'management')) throw notAuthorised('Not management user')
        return { name: found.name, tags: found.tags }
      },
    },
  ]
}

function peerOf({ peer }: Call) {
  const { remoteAddress, remotePort, loopback } = peer
  return { address: `${remoteAddress}:${remotePort}`, ip: remoteAddress, loopback }
}
