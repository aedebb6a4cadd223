import type { Plugin } from '../../plugin.ts'
import { Directory } from './directory.ts'
import { LdapAuthenticator } from './ldap-authenticator.ts'
import type { LdapSettings } from './settings.ts'

/** An LDAP directory decides who somebody is and what they may do. */
export const authBackendLdapPlugin: Plugin<LdapSettings> = {
  name: 'rabbitmq_auth_backend_ldap',
  start({ logger, add }, settings) {
    add('authenticator', new LdapAuthenticator(settings, new Directory(settings), logger.category('ldap')))
  },
}
