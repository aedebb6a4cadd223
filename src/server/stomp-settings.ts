import type { StompSettings } from '../protocols/stomp/settings.ts'
import { flag, integer, text, unlimited } from './conf-value.ts'
import { type AnySettingRow, setting } from './setting-row.ts'
import type { Settings, SettingsDraft } from './settings.ts'

/** What is said to the STOMP head under `stomp.*`. */
export type StompHeadSettings = Omit<StompSettings, 'server'>

const frameBytes = integer(256, 512 * 1024 * 1024)

/** Sets some of it. */
function change(draft: SettingsDraft, changes: Partial<StompHeadSettings>): void {
  draft.stomp = { ...draft.stomp, ...changes }
}

export const stompRows: readonly AnySettingRow[] = [
  setting(
    'stomp.default_vhost',
    text,
    { default: '/', meaning: 'Virtual host of STOMP clients that name no `host`.' },
    (draft, value) => change(draft, { vhost: value! }),
  ),
  setting(
    'stomp.default_topic_exchange',
    text,
    { default: 'amq.topic', meaning: 'Topic exchange behind `/topic`.' },
    (draft, value) => change(draft, { topicExchange: value! }),
  ),
  setting(
    'stomp.default_user',
    text,
    { default: 'guest', meaning: 'User of STOMP clients that name no `login`.' },
    (draft, value) => change(draft, { defaultUser: value! }),
  ),
  setting(
    'stomp.default_pass',
    text,
    { default: 'guest', meaning: 'Password of STOMP clients that name no `passcode`.' },
    (draft, value) => change(draft, { defaultPassword: value! }),
  ),
  setting(
    'stomp.implicit_connect',
    flag,
    { default: 'false', meaning: 'STOMP clients may go without CONNECT, as `stomp.default_user`.' },
    (draft, value) => change(draft, { implicitConnect: value! }),
  ),
  setting(
    'stomp.ssl_cert_login',
    flag,
    { default: 'false', meaning: "A STOMP client's certificate is its login." },
    (draft, value) => change(draft, { certificateLogin: value! }),
  ),
  setting(
    'stomp.login_timeout',
    integer(1, 2 ** 31),
    { default: '10000', meaning: 'Milliseconds a STOMP client has to log in.' },
    (draft, value) => change(draft, { loginMilliseconds: value! }),
  ),
  setting(
    'stomp.max_connections',
    unlimited(integer(1, 2 ** 31), 'infinity'),
    { default: 'infinity', meaning: 'STOMP connections that may be open at a time.' },
    (draft, value) => change(draft, { connectionsMax: value }),
  ),
  setting(
    'stomp.max_frame_size_unauthenticated',
    frameBytes,
    { default: '65536', meaning: 'Largest STOMP frame before the login, in bytes.' },
    (draft, value) => change(draft, { frameBytesMaxUnauthenticated: value! }),
  ),
  setting(
    'stomp.max_frame_size',
    frameBytes,
    { default: '4194304', meaning: 'Largest STOMP frame after it.' },
    (draft, value) => change(draft, { frameBytesMaxAuthenticated: value! }),
  ),
  setting(
    'stomp.default_nack_requeue',
    flag,
    { default: 'true', meaning: 'NACK without a `requeue` header puts the message back.' },
    (draft, value) => change(draft, { nackRequeues: value! }),
  ),
  setting(
    'stomp.hide_server_info',
    flag,
    { default: 'false', meaning: 'CONNECTED does not say which server this is.' },
    (draft, value) => change(draft, { hidesServer: value! }),
  ),
]

/** What the settings say to the STOMP head. */
export function stompSettings({ stomp, productName, productVersion }: Settings): StompSettings {
  return { ...stomp, server: `${productName}/${productVersion}` }
}
