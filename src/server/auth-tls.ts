import type { ConnectionOptions } from 'node:tls'
import { text, word } from './conf-value.ts'
import { type AnySettingRow, setting } from './setting-row.ts'
import type { SettingsDraft } from './settings.ts'
import { readAuthorities, readIdentity } from './tls-files.ts'

/** TLS towards a service that is asked about users, with the files named and not yet read. */
export interface AuthTlsSettings {
  readonly authorityFile: string | undefined
  readonly certificateFile: string | undefined
  readonly keyFile: string | undefined
  readonly password: string | undefined
  /** The certificate of the service is verified. */
  readonly verifies: boolean
  /** The name to ask for and to find in the certificate, where it is not that of the host. */
  readonly serverName: string | undefined
}

/** The rows of `auth_http.ssl_options` and its kin. */
export function authTlsRows(
  prefix: string,
  change: (draft: SettingsDraft, changes: Partial<AuthTlsSettings>) => void,
): AnySettingRow[] {
  const file = (word: string, property: keyof AuthTlsSettings, meaning: string): AnySettingRow =>
    setting(`${prefix}.${word}`, text, { meaning }, (draft, value) => change(draft, { [property]: value }))
  return [
    file(
      'cacertfile',
      'authorityFile',
      'File (PEM) of the authorities its certificate comes from; those Node.js knows by default.',
    ),
    file('certfile', 'certificateFile', 'File (PEM) of a certificate to show it.'),
    file('keyfile', 'keyFile', 'File (PEM) of the private key of that.'),
    file('password', 'password', 'Password of the key file, if it has one.'),
    file('sni', 'serverName', 'Name to find in its certificate, where it is not that of the host.'),
    setting(
      `${prefix}.verify`,
      word('verify_peer', 'verify_none'),
      { default: 'verify_peer', meaning: '`verify_none`: do not look whose certificate it is. Not safe.' },
      (draft, value) => change(draft, { verifies: value === 'verify_peer' }),
    ),
  ]
}

/** What Node.js needs of it. Throws a StartRefusal when a file cannot be used. */
export function readAuthTls(prefix: string, settings: AuthTlsSettings): ConnectionOptions {
  const { authorityFile, certificateFile, serverName, verifies } = settings
  const authorities = readAuthorities(`${prefix}.cacertfile`, authorityFile)
  return {
    minVersion: 'TLSv1.2',
    rejectUnauthorized: verifies,
    ...(authorities.length === 0 ? {} : { ca: authorities.map(String) }),
    ...(certificateFile === undefined ? {} : readIdentity(prefix, settings).options),
    ...(serverName === undefined || serverName === 'none' ? {} : { servername: serverName }),
  }
}
