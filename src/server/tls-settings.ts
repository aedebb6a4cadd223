import { flag, integer, text, word } from './conf-value.ts'
import { type AnySettingRow, setting, settingFamily } from './setting-row.ts'
import type { SettingsDraft } from './settings.ts'

/** Protocol versions a `rabbitmq.conf` may name; those that are no longer safe are never offered. */
export type TlsVersion = 'tlsv1.3' | 'tlsv1.2' | 'tlsv1.1' | 'tlsv1'

/** A certificate and its key, in files. */
export interface TlsIdentity {
  readonly certificateFile: string | undefined
  readonly keyFile: string | undefined
  readonly password: string | undefined
}

/** `ssl_options`: what TLS listeners show, and what they ask of clients. */
export interface TlsSettings extends TlsIdentity {
  readonly authorityFile: string | undefined
  /** Certificates of clients are asked for and verified. */
  readonly verifiesPeer: boolean
  /** Clients without one are sent away. */
  readonly requiresPeer: boolean
  readonly versions: readonly TlsVersion[]
  /** OpenSSL's names, in order of preference; none for those Node.js prefers. */
  readonly ciphers: readonly string[]
  readonly honorsCipherOrder: boolean
  /** Certificates of clients have to come from the authorities themselves (`depth = 0`): Node.js shows no longer chains. */
  readonly directOnly: boolean
  readonly checksRevocation: boolean
  readonly revocationFiles: readonly string[]
  /** Other identities, shown to clients that ask for a name, by an id. */
  readonly serverNames: ReadonlyMap<string, TlsServerName>
  /** How often files are looked at for a change; 0 for never. */
  readonly reloadSeconds: number
}

export interface TlsServerName extends TlsIdentity {
  /** `broker.example.com`, `*.example.com`. */
  readonly host: string
}

/** The words behind `lapine.server_names.$id`: what each sets, and what it means. */
const serverNameRows = [
  [
    'host',
    'host',
    'Name a client asks for (SNI), such as `broker.example.com` or `*.example.com`, to be shown another certificate.',
  ],
  ['certfile', 'certificateFile', 'File (PEM) of that certificate.'],
  ['keyfile', 'keyFile', 'File (PEM) of its private key.'],
  ['password', 'password', 'Password of the key file, if it has one.'],
] as const

/** The rows of `ssl_options` and what belongs to it. */
export const tlsRows: readonly AnySettingRow[] = [
  textRow('ssl_options.certfile', 'certificateFile', 'File (PEM) of the certificate that TLS listeners show.'),
  textRow('ssl_options.keyfile', 'keyFile', 'File (PEM) of its private key.'),
  textRow('ssl_options.password', 'password', 'Password of the key file, if it has one.'),
  textRow(
    'ssl_options.cacertfile',
    'authorityFile',
    'File (PEM) of the authorities that certificates of clients come from.',
  ),
  setting(
    'ssl_options.verify',
    word('verify_none', 'verify_peer'),
    { default: 'verify_none', meaning: '`verify_peer`: ask clients for a certificate and verify it.' },
    (draft, value) => change(draft, { verifiesPeer: value === 'verify_peer' }),
  ),
  setting(
    'ssl_options.fail_if_no_peer_cert',
    flag,
    { default: 'false', meaning: 'Send clients without a certificate away.' },
    (draft, value) => change(draft, { requiresPeer: value! }),
  ),
  settingFamily(
    'ssl_options.versions.$n',
    word('tlsv1.3', 'tlsv1.2', 'tlsv1.1', 'tlsv1'),
    {
      defaults: { '1': 'tlsv1.3', '2': 'tlsv1.2' },
      meaning: 'Versions of TLS; `tlsv1.1` and `tlsv1` are taken without effect, as they are not safe.',
    },
    (draft, values) => change(draft, { versions: [...new Set(values.values())] }),
  ),
  settingFamily(
    'ssl_options.ciphers.$n',
    text,
    { meaning: "Cipher suites by OpenSSL's names, in order of preference; those Node.js prefers when none is given." },
    (draft, values) => change(draft, { ciphers: [...values.values()] }),
  ),
  setting(
    'ssl_options.honor_cipher_order',
    flag,
    { default: 'true', meaning: "Our preference of cipher suites counts, not the client's." },
    (draft, value) => change(draft, { honorsCipherOrder: value! }),
  ),
  setting(
    'ssl_options.depth',
    integer(0, 255),
    {
      meaning:
        "0: no intermediate certificate between a client's and a trusted one. Other numbers have no effect: any length is taken.",
    },
    (draft, value) => change(draft, { directOnly: value === 0 }),
  ),
  setting(
    'ssl_options.crl_check',
    word('false', 'true', 'peer', 'best_effort'),
    { default: 'false', meaning: 'Refuse revoked certificates of clients; needs `ssl_options.crl_sources`.' },
    (draft, value) => change(draft, { checksRevocation: value !== 'false' }),
  ),
  settingFamily(
    'ssl_options.crl_sources.$n.path',
    text,
    { meaning: 'Files (PEM) of revocation lists.' },
    (draft, values) => change(draft, { revocationFiles: [...values.values()] }),
  ),
  ...serverNameRows.map(([word, property, meaning]) =>
    settingFamily(`lapine.server_names.$id.${word}`, text, { meaning }, (draft, values) =>
      changeServerNames(draft, property, values),
    ),
  ),
  setting(
    'lapine.ssl_reload_interval',
    integer(0, 86400),
    {
      default: '10',
      meaning: 'Seconds between two looks at the files of TLS; changed ones are used for new connections. 0 for never.',
    },
    (draft, value) => change(draft, { reloadSeconds: value! }),
  ),
]

function textRow(key: string, property: keyof TlsSettings, meaning: string): AnySettingRow {
  return setting(key, text, { meaning }, (draft, value) => change(draft, { [property]: value }))
}

function change(draft: SettingsDraft, changes: Partial<TlsSettings>): void {
  draft.tls = { ...draft.tls, ...changes }
}

function changeServerNames(draft: SettingsDraft, property: string, values: ReadonlyMap<string, string>): void {
  const none = { host: '', certificateFile: undefined, keyFile: undefined, password: undefined }
  const serverNames = new Map(draft.tls.serverNames)
  for (const [id, value] of values) serverNames.set(id, { ...(serverNames.get(id) ?? none), [property]: value })
  change(draft, { serverNames })
}
