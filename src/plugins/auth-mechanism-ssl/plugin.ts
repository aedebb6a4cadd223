import type { Plugin } from '../../plugin.ts'
import { type CertificateLogin, certificateUser } from './certificate-login.ts'

/** The SASL mechanism EXTERNAL: a client is who its certificate says it is. */
export const authMechanismSslPlugin: Plugin<CertificateLogin> = {
  name: 'rabbitmq_auth_mechanism_ssl',
  start(host, settings) {
    host.add('mechanism', {
      name: 'EXTERNAL',
      // Also offered to a client without a certificate: the log then says what is missing.
      isOffered: ({ tls }) => tls !== undefined,
      credentials: (_response, peer) => ({ user: certificateUser(peer, settings), password: undefined }),
    })
  },
}
