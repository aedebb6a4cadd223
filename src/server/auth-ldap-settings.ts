import type { LdapQuery } from '../plugins/auth-backend-ldap/query.ts'
import { readLdapQuery, readTagQueries } from '../plugins/auth-backend-ldap/query-reader.ts'
import type { LdapBind, LdapSettings } from '../plugins/auth-backend-ldap/settings.ts'
import { type AuthTlsSettings, authTlsRows, readAuthTls } from './auth-tls.ts'
import { flag, integer, text, unlimited, type ValueKind, word } from './conf-value.ts'
import { type AnySettingRow, setting, settingFamily } from './setting-row.ts'
import type { SettingsDraft } from './settings.ts'
import { ExitCode, StartRefusal } from './start-refusal.ts'

/** `auth_ldap` as it is written. */
export interface LdapBackendSettings {
  readonly servers: readonly string[]
  readonly port: number
  readonly usesTls: boolean
  readonly usesStartTls: boolean
  readonly tls: AuthTlsSettings
  readonly milliseconds: number
  readonly connectionsMax: number
  readonly logsDecisions: boolean
  readonly userDnPattern: string
  readonly userBindPattern: string | undefined
  readonly lookupAttribute: string | undefined
  readonly lookupBase: string | undefined
  readonly lookupBind: BindFields
  readonly otherBind: BindFields
  readonly groupBase: string | undefined
  readonly vhostQuery: LdapQuery
  readonly resourceQuery: LdapQuery
  readonly topicQuery: LdapQuery
  readonly tagQueries: ReadonlyMap<string, LdapQuery>
}

interface BindFields {
  readonly as?: 'as_user' | 'anon' | undefined
  readonly dn?: string | undefined
  readonly password?: string | undefined
}

const ldapQuery: ValueKind<LdapQuery> = { name: 'query', parse: readLdapQuery }
const tagQueries: ValueKind<ReadonlyMap<string, LdapQuery>> = { name: 'queries', parse: readTagQueries }
const optionalText = unlimited(text, 'none')

export const authLdapRows: readonly AnySettingRow[] = [
  settingFamily('auth_ldap.servers.$n', text, { meaning: 'LDAP servers, tried in this order.' }, (draft, values) =>
    change(draft, { servers: [...values.values()] }),
  ),
  setting('auth_ldap.port', integer(1, 65535), { default: '389', meaning: 'Their port.' }, (draft, value) =>
    change(draft, { port: value! }),
  ),
  setting('auth_ldap.use_ssl', flag, { default: 'false', meaning: 'Speak TLS from the first byte.' }, (draft, value) =>
    change(draft, { usesTls: value! }),
  ),
  setting(
    'auth_ldap.use_starttls',
    flag,
    { default: 'false', meaning: 'Change to TLS before anything else is said.' },
    (draft, value) => change(draft, { usesStartTls: value! }),
  ),
  ...authTlsRows('auth_ldap.ssl_options', (draft, changes) =>
    change(draft, { tls: { ...draft.ldap?.tls, ...changes } as AuthTlsSettings }),
  ),
  setting(
    'auth_ldap.timeout',
    unlimited(integer(1, 2 ** 31), 'infinity'),
    { default: '15000', meaning: 'Milliseconds a connection, or an answer, may take; `infinity` is an hour.' },
    (draft, value) => change(draft, { milliseconds: value ?? 3_600_000 }),
  ),
  setting(
    'auth_ldap.connection_pool_size',
    integer(1, 10_000),
    { default: '64', meaning: 'Connections to the servers at a time.' },
    (draft, value) => change(draft, { connectionsMax: value! }),
  ),
  setting(
    'auth_ldap.log',
    word('false', 'true', 'network', 'network_unsafe'),
    { default: 'false', meaning: 'Log what is decided; the last two are as `true`.' },
    (draft, value) => change(draft, { logsDecisions: value !== 'false' }),
  ),
  ...namingRows(),
  ...bindRows('dn_lookup_bind', 'lookupBind', 'As whom users are looked for by that attribute'),
  ...bindRows('other_bind', 'otherBind', 'As whom the queries below are asked'),
  ...queryRows(),
]

function namingRows(): AnySettingRow[] {
  return [
    setting(
      'auth_ldap.user_dn_pattern',
      text,
      {
        default: `\${username}`,
        meaning: `Name of a user's entry, such as \`cn=\${username},ou=People,dc=example,dc=com\`.`,
      },
      (draft, value) => change(draft, { userDnPattern: value! }),
    ),
    setting(
      'auth_ldap.user_bind_pattern',
      optionalText,
      { meaning: `Name to log in with, where it is another, such as \`\${username}@example.com\`.` },
      (draft, value) => change(draft, { userBindPattern: value }),
    ),
    setting(
      'auth_ldap.dn_lookup_attribute',
      optionalText,
      { meaning: "Attribute by which a user's entry is looked for." },
      (draft, value) => change(draft, { lookupAttribute: value }),
    ),
    setting('auth_ldap.dn_lookup_base', optionalText, { meaning: 'Where it is looked for.' }, (draft, value) =>
      change(draft, { lookupBase: value }),
    ),
    setting(
      'auth_ldap.group_lookup_base',
      optionalText,
      { meaning: 'Where groups are looked for that hold groups; `auth_ldap.dn_lookup_base` by default.' },
      (draft, value) => change(draft, { groupBase: value }),
    ),
  ]
}

function bindRows(key: string, property: 'lookupBind' | 'otherBind', meaning: string): AnySettingRow[] {
  const changeBind = (draft: SettingsDraft, changes: BindFields): void =>
    change(draft, { [property]: { ...draft.ldap?.[property], ...changes } })
  return [
    setting(
      `auth_ldap.${key}`,
      word('as_user', 'anon'),
      { meaning: `${meaning}: the user (by default), nobody, or the user of the next two keys.` },
      (draft, value) => changeBind(draft, { as: value }),
    ),
    setting(`auth_ldap.${key}.user_dn`, text, { meaning: 'Name of its entry.' }, (draft, value) =>
      changeBind(draft, { dn: value }),
    ),
    setting(`auth_ldap.${key}.password`, text, { meaning: 'Its password.' }, (draft, value) =>
      changeBind(draft, { password: value }),
    ),
  ]
}

function queryRows(): AnySettingRow[] {
  const rows = [
    ['vhost_access', 'vhostQuery', 'whether a user may enter a virtual host'],
    ['resource_access', 'resourceQuery', 'whether it may use an exchange or a queue'],
    ['topic_access', 'topicQuery', 'whether it may use a routing key'],
  ] as const
  return [
    ...rows.map(([key, property, what]) =>
      setting(
        `auth_ldap.queries.${key}`,
        ldapQuery,
        { default: '{constant, true}', meaning: `What decides ${what}.` },
        (draft, value) => change(draft, { [property]: value! }),
      ),
    ),
    setting(
      'auth_ldap.queries.tags',
      tagQueries,
      { default: '[{administrator, {constant, false}}]', meaning: 'What decides which tags a user has.' },
      (draft, value) => change(draft, { tagQueries: value! }),
    ),
  ]
}

function change(draft: SettingsDraft, changes: Partial<LdapBackendSettings>): void {
  draft.ldap = { ...draft.ldap, ...changes }
}

/** What the plug-in is started with. Throws a StartRefusal when something is missing, or a file cannot be used. */
export function ldapSettings(ldap: LdapBackendSettings): LdapSettings {
  const { servers, port, milliseconds, connectionsMax, logsDecisions, userDnPattern, userBindPattern, groupBase } = ldap
  if (servers.length === 0) throw refusal('auth_ldap.servers', 'has to name a server')
  if (ldap.usesTls && ldap.usesStartTls) throw refusal('auth_ldap.use_starttls', 'makes no sense with use_ssl')
  const isSecure = ldap.usesTls || ldap.usesStartTls
  return {
    servers,
    port,
    milliseconds,
    connectionsMax,
    logsDecisions,
    userDnPattern,
    userBindPattern,
    groupBase,
    encryption: ldap.usesTls ? 'tls' : ldap.usesStartTls ? 'starttls' : 'none',
    tls: isSecure ? readAuthTls('auth_ldap.ssl_options', ldap.tls) : {},
    lookup: lookupOf(ldap),
    otherBind: bindOf(ldap.otherBind),
    queries: {
      vhost: ldap.vhostQuery,
      resource: ldap.resourceQuery,
      topic: ldap.topicQuery,
      tags: ldap.tagQueries,
    },
  }
}

function lookupOf({ lookupAttribute, lookupBase, lookupBind }: LdapBackendSettings): LdapSettings['lookup'] {
  if (lookupAttribute === undefined) return undefined
  if (lookupBase === undefined) throw refusal('auth_ldap.dn_lookup_base', 'has to be set with dn_lookup_attribute')
  return { attribute: lookupAttribute, base: lookupBase, bind: bindOf(lookupBind) }
}

function bindOf({ as, dn, password }: BindFields): LdapBind {
  if (as !== undefined) return as
  return dn === undefined || password === undefined ? 'as_user' : { dn, password }
}

function refusal(setting: string, reason: string): StartRefusal {
  return new StartRefusal(ExitCode.config, `${setting}: ${reason}`)
}
