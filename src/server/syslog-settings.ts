import { hostname } from 'node:os'
import { type AuthTlsSettings, authTlsRows } from './auth-tls.ts'
import { integer, text, word } from './conf-value.ts'
import { type AnySettingRow, setting } from './setting-row.ts'
import type { SettingsDraft } from './settings.ts'

/** The facilities of syslog (RFC 5424 §6.2.1), by their numbers. */
const facilities = [
  ...['kern', 'user', 'mail', 'daemon', 'auth', 'syslog', 'lpr', 'news', 'uucp', 'cron', 'authpriv', 'ftp', 'ntp'],
  ...['audit', 'alert', 'clock', 'local0', 'local1', 'local2', 'local3', 'local4', 'local5', 'local6', 'local7'],
] as const

/** A syslog server, and how it is spoken to. */
export interface SyslogSettings {
  readonly host: string
  readonly port: number
  readonly transport: 'udp' | 'tcp' | 'tls'
  readonly protocol: 'rfc3164' | 'rfc5424'
  /** Number of the facility. */
  readonly facility: number
  /** Name of the application. */
  readonly identity: string
  /** Our own name. */
  readonly from: string
  readonly tls: AuthTlsSettings
}

export const defaultSyslog: SyslogSettings = {
  ...{ host: '127.0.0.1', port: 514, transport: 'udp', protocol: 'rfc5424', facility: 3, identity: 'rabbitmq' },
  from: hostname(),
  tls: {
    ...{ authorityFile: undefined, certificateFile: undefined, keyFile: undefined, password: undefined },
    ...{ verifies: true, serverName: undefined },
  },
}

export const syslogRows: readonly AnySettingRow[] = [
  ...['log.syslog.host', 'log.syslog.ip'].map((key) =>
    setting(key, text, { meaning: 'Host of the syslog server; this machine by default.' }, (draft, host) => {
      if (host !== undefined) change(draft, { host })
    }),
  ),
  setting(
    'log.syslog.transport',
    word('udp', 'tcp', 'tls'),
    { default: 'udp', meaning: 'How lines get there; over `tcp` and `tls` framed by their length (RFC 5425).' },
    (draft, transport) => change(draft, { transport: transport!, port: transport === 'tls' ? 6514 : 514 }),
  ),
  setting('log.syslog.port', integer(1, 65535), { meaning: 'Its port; 514, or 6514 with `tls`.' }, (draft, port) => {
    if (port !== undefined) change(draft, { port })
  }),
  setting(
    'log.syslog.protocol',
    word('rfc3164', 'rfc5424'),
    { default: 'rfc5424', meaning: 'Form of the lines around what the formatter writes.' },
    (draft, protocol) => change(draft, { protocol: protocol! }),
  ),
  setting(
    'log.syslog.facility',
    word(...facilities),
    { default: 'daemon', meaning: 'Facility they say.' },
    (draft, facility) => change(draft, { facility: facilities.indexOf(facility!) }),
  ),
  setting(
    'log.syslog.identity',
    text,
    { default: 'rabbitmq', meaning: 'Name of the application they say.' },
    (draft, identity) => change(draft, { identity: identity! }),
  ),
  ...authTlsRows('log.syslog.ssl_options', (draft, changes) => {
    const { syslog } = draft.log
    if (syslog !== undefined) change(draft, { tls: { ...syslog.tls, ...changes } })
  }),
]

function change(draft: SettingsDraft, changes: Partial<SyslogSettings>): void {
  const { syslog } = draft.log
  if (syslog !== undefined) draft.log.syslog = { ...syslog, ...changes }
}
