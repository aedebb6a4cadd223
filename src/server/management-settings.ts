import type { WebSecurity } from '../plugins/management/web-security.ts'
import { flag, integer, text } from './conf-value.ts'
import { type AnySettingRow, setting, settingFamily } from './setting-row.ts'
import type { SettingsDraft } from './settings.ts'

const seconds = integer(0, 2 ** 31)

/** Which pages of others may use the HTTP API, what browsers are told, and how people log in. */
export const managementSecurityRows: readonly AnySettingRow[] = [
  settingFamily(
    'management.cors.allow_origins.$n',
    text,
    { meaning: 'Origins whose pages may use the HTTP API, or `*` for any; none without it.' },
    (draft, values) => change(draft, { origins: [...values.values()] }),
  ),
  setting(
    'management.cors.max_age',
    seconds,
    { default: '1800', meaning: 'Seconds for which browsers may remember what such pages may do.' },
    (draft, value) => change(draft, { preflightSeconds: value! }),
  ),
  ...(
    [
      ['management.csp.policy', 'content-security-policy', 'what pages may load'],
      ['management.hsts.policy', 'strict-transport-security', 'browsers come by TLS only'],
      ['management.headers.content_type_options', 'x-content-type-options', 'browsers do not guess types'],
      ['management.headers.frame_options', 'x-frame-options', 'whose frame pages may be in'],
      ['management.headers.referrer_policy', 'referrer-policy', 'what links tell of where they are'],
      ['management.headers.xss_protection', 'x-xss-protection', 'for old browsers'],
    ] as const
  ).map(([key, header, why]) =>
    setting(
      key,
      text,
      { meaning: `The header \`${header}\` of every answer of the HTTP API: ${why}.` },
      (draft, value) => {
        const headers = { ...draft.managementSecurity?.headers }
        if (value !== undefined) headers[header] = value
        change(draft, { headers })
      },
    ),
  ),
  setting(
    'management.oauth_enabled',
    flag,
    { default: 'false', meaning: 'The login page offers to log in by OAuth 2.' },
    (draft, value) => changeOauth(draft, { oauth_enabled: value! }),
  ),
  setting(
    'management.oauth_disable_basic_auth',
    flag,
    { default: 'true', meaning: 'With that, the login page offers nothing else.' },
    (draft, value) => changeOauth(draft, { oauth_disable_basic_auth: value! }),
  ),
  ...(
    [
      ['oauth_client_id', 'Whom the login page says it is.'],
      ['oauth_provider_url', 'Where the login page sends people.'],
      ['oauth_metadata_url', 'Where the login page finds out about the provider.'],
      ['oauth_scopes', 'What the login page asks for.'],
      ['oauth_response_type', 'How the provider answers the login page.'],
      ['oauth_initiated_logon_type', '`sp_initiated` or `idp_initiated`: who begins.'],
    ] as const
  ).map(([name, meaning]) =>
    setting(`management.${name}`, text, { meaning }, (draft, value) =>
      changeOauth(draft, value === undefined ? {} : { [name]: value }),
    ),
  ),
]

function change(draft: SettingsDraft, changes: Partial<WebSecurity>): void {
  const bare: WebSecurity = { origins: [], preflightSeconds: 0, headers: {}, oauth: {} }
  draft.managementSecurity = { ...bare, ...draft.managementSecurity, ...changes }
}

function changeOauth(draft: SettingsDraft, changes: WebSecurity['oauth']): void {
  change(draft, { oauth: { ...draft.managementSecurity?.oauth, ...changes } })
}
