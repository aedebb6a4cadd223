import type { LoginBackend } from '../broker/login-chain.ts'
import type { LoginLimits } from '../broker/login-limit.ts'
import type { CertificateLogin } from '../plugins/auth-mechanism-ssl/certificate-login.ts'
import { integer, unlimited, type ValueKind, word } from './conf-value.ts'
import { type AnySettingRow, setting, settingFamily } from './setting-row.ts'
import type { SettingsDraft } from './settings.ts'

/** Who is asked who a client is, and how often a client may be wrong. */
export interface LoginSettings {
  /** By their number in `auth_backends`. */
  readonly backends: ReadonlyMap<string, BackendChoice>
  readonly limits: LoginLimits
  /** Which name in a certificate is the user's (EXTERNAL). */
  readonly certificate: CertificateLogin
}

export interface BackendChoice {
  readonly authn?: string
  readonly authz?: string
}

/** The backends there are, by what `rabbitmq.conf` may call them. */
const backendNames: ReadonlyMap<string, string> = new Map([
  ...['internal', 'internal_loopback', 'http', 'ldap', 'oauth2', 'cache'].flatMap((name) => [
    [name, name] as const,
    [`rabbit_auth_backend_${name}`, name] as const,
  ]),
  ['oauth', 'oauth2'],
])

/** The name of an authentication backend. */
export const backendName: ValueKind<string> = {
  name: [...new Set(backendNames.values())].join(', '),
  parse(value) {
    const name = backendNames.get(value)
    if (name === undefined) throw new Error(`there is no authentication backend '${value}'`)
    return name
  },
}

export const loginRows: readonly AnySettingRow[] = [
  settingFamily(
    'auth_backends.$n',
    backendName,
    {
      meaning:
        'Backends asked in this order who a client is and what it may do; `internal` when none is given. Naming one switches its plug-in on.',
    },
    (draft, values) => {
      const backends = new Map([...values].map(([n, name]) => [n, { authn: name, authz: name }]))
      draft.login = { ...draft.login, backends }
    },
  ),
  ...(['authn', 'authz'] as const).map((part) =>
    settingFamily(
      `auth_backends.$n.${part}`,
      backendName,
      { meaning: part === 'authn' ? 'The same, for who a client is.' : 'The same, for what it may do.' },
      (draft, values) => {
        const backends = new Map(draft.login.backends)
        for (const [n, name] of values) backends.set(n, { ...backends.get(n), [part]: name })
        draft.login = { ...draft.login, backends }
      },
    ),
  ),
  setting(
    'ssl_cert_login_from',
    word('distinguished_name', 'common_name', 'subject_alternative_name', 'subject_alt_name'),
    { default: 'distinguished_name', meaning: "Which name in a client's certificate is the user's, for EXTERNAL." },
    (draft, value) =>
      changeCertificate(draft, { from: value === 'subject_alt_name' ? 'subject_alternative_name' : value! }),
  ),
  setting(
    'ssl_cert_login_san_type',
    word('dns', 'ip', 'email', 'uri', 'other_name'),
    { default: 'dns', meaning: 'Type of the alternative name.' },
    (draft, value) => changeCertificate(draft, { type: value! }),
  ),
  setting(
    'ssl_cert_login_san_index',
    integer(0, 1000),
    { default: '0', meaning: 'Which of that type, where a certificate has several.' },
    (draft, value) => changeCertificate(draft, { index: value! }),
  ),
  limitRow('lapine.login_failures_per_user', 'perUser', '10', 'of one user from one address'),
  limitRow('lapine.login_failures_per_address', 'perAddress', '100', 'from one address'),
]

function limitRow(key: string, property: keyof LoginLimits, fallback: string, whose: string): AnySettingRow {
  return setting(
    key,
    unlimited(integer(1, 2 ** 31), 'infinity'),
    { default: fallback, meaning: `Failed logins ${whose} within a minute, before further ones are refused unseen.` },
    (draft, value) => {
      draft.login = { ...draft.login, limits: { ...draft.login.limits, [property]: value } }
    },
  )
}

function changeCertificate(draft: SettingsDraft, changes: Partial<CertificateLogin>): void {
  draft.login = { ...draft.login, certificate: { ...draft.login.certificate, ...changes } }
}

/** The backends in the order of their numbers. One that is named for one purpose alone serves the other too. */
export function loginBackends({ backends }: LoginSettings): LoginBackend[] {
  if (backends.size === 0) return [{ authn: 'internal', authz: ['internal'] }]
  const ordered = [...backends].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
  return ordered.map(([, { authn, authz }]) => ({ authn: (authn ?? authz)!, authz: [(authz ?? authn)!] }))
}

/** The names of all backends that are asked. */
export function backendsNamed(login: LoginSettings): ReadonlySet<string> {
  return new Set(loginBackends(login).flatMap(({ authn, authz }) => [authn, ...authz]))
}
