import type { WebSocketSettings } from '../protocols/websocket/settings.ts'
import { bytes, flag, integer, text, unlimited, word } from './conf-value.ts'
import { type AnySettingRow, setting, settingFamily } from './setting-row.ts'
import type { Settings, SettingsDraft } from './settings.ts'

/** What is said to each protocol that comes in WebSockets; how long requests may take is said elsewhere. */
export type CarriedSettings = Omit<WebSocketSettings, 'requestMilliseconds'>

/** Protocols by the prefix of their keys, with what they are called. */
const families = {
  web_mqtt: 'Web MQTT',
  web_stomp: 'Web STOMP',
  'lapine.web_amqp': 'AMQP 0-9-1 over WebSocket',
} as const
type Family = keyof typeof families

/** Settings of all of them. */
export type WebSocketsSettings = Readonly<Record<Family, CarriedSettings>>

const bare: CarriedSettings = {
  path: undefined,
  origins: [],
  connectionsMax: undefined,
  idleMilliseconds: undefined,
  messageBytesMax: Number.MAX_SAFE_INTEGER,
  givesText: false,
  httpAuthentication: false,
}

export const webSocketRows: readonly AnySettingRow[] = [
  ...rowsOf('web_mqtt', '/ws'),
  ...rowsOf('web_stomp', '/ws'),
  setting(
    'web_stomp.ws_frame',
    word('text', 'binary'),
    { default: 'text', meaning: 'Kind of the messages that go to Web STOMP clients; what is no UTF-8 is binary.' },
    (draft, value) => change(draft, 'web_stomp', { givesText: value === 'text' }),
  ),
  setting(
    'web_stomp.use_http_auth',
    flag,
    { default: 'false', meaning: 'The login of a Web STOMP client is that of its HTTP request, if that has one.' },
    (draft, value) => change(draft, 'web_stomp', { httpAuthentication: value! }),
  ),
  ...rowsOf('lapine.web_amqp', undefined),
]

/** What the settings say to the transport of one protocol. */
export function webSocketSettings(settings: Settings, family: Family): WebSocketSettings {
  return { ...settings.webSockets[family], requestMilliseconds: settings.handshakeTimeoutMilliseconds }
}

function rowsOf(family: Family, path: string | undefined): AnySettingRow[] {
  const title = families[family]
  return [
    setting(
      `${family}.ws_path`,
      text,
      {
        ...(path === undefined ? {} : { default: path }),
        meaning: `Path of ${title}${path === undefined ? '; any without it' : ''}.`,
      },
      (draft, value) => change(draft, family, { path: value }),
    ),
    settingFamily(
      `${family}.allow_origins.$n`,
      text,
      {
        meaning: `Origins whose pages may use ${title}, or \`*\` for any; without one, pages of the host that is connected to.`,
      },
      (draft, values) => change(draft, family, { origins: [...values.values()] }),
    ),
    setting(
      `${family}.max_connections`,
      unlimited(integer(1, 2 ** 31), 'infinity'),
      { default: 'infinity', meaning: `Connections of ${title} that may be open at a time.` },
      (draft, value) => change(draft, family, { connectionsMax: value }),
    ),
    setting(
      `${family}.ws_opts.max_frame_size`,
      unlimited(bytes(), 'infinity'),
      {
        default: 'infinity',
        meaning: `Largest WebSocket message of ${title}, in bytes; what is in it has limits of its own.`,
      },
      (draft, value) => change(draft, family, { messageBytesMax: value ?? Number.MAX_SAFE_INTEGER }),
    ),
    setting(
      `${family}.ws_opts.idle_timeout`,
      unlimited(integer(1, 2 ** 31), 'infinity'),
      { default: 'infinity', meaning: `Milliseconds without a byte from a client of ${title} after which it is gone.` },
      (draft, value) => change(draft, family, { idleMilliseconds: value }),
    ),
  ]
}

/** Sets some of it. */
function change(draft: SettingsDraft, family: Family, changes: Partial<CarriedSettings>): void {
  const before = draft.webSockets ?? {}
  draft.webSockets = { ...before, [family]: { ...bare, ...before[family], ...changes } }
}
