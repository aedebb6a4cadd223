import type { MqttSettings } from '../protocols/mqtt/settings.ts'
import { bytes, flag, integer, text, unlimited, word, zeroOr } from './conf-value.ts'
import { type AnySettingRow, setting } from './setting-row.ts'
import type { Settings, SettingsDraft } from './settings.ts'

/** What is said to the MQTT head under `mqtt.*`; who anonymous is, is said elsewhere. */
export type MqttHeadSettings = Omit<MqttSettings, 'anonymousUser' | 'anonymousPassword'>

const count = integer(1, 2 ** 31)

/** Sets some of it. */
function change(draft: SettingsDraft, changes: Partial<MqttHeadSettings>): void {
  draft.mqtt = { ...draft.mqtt, ...changes }
}

const places = [
  setting(
    'mqtt.vhost',
    text,
    { default: '/', meaning: 'Virtual host of MQTT clients that name none.' },
    (draft, value) => change(draft, { vhost: value! }),
  ),
  setting(
    'mqtt.exchange',
    text,
    { default: 'amq.topic', meaning: 'Topic exchange that MQTT clients publish to and subscribe from.' },
    (draft, value) => change(draft, { exchange: value! }),
  ),
  setting(
    'mqtt.sparkplug',
    flag,
    { default: 'false', meaning: 'Topics of Sparkplug keep the dot of `spBv1.0`.' },
    (draft, value) => change(draft, { sparkplug: value! }),
  ),
]

const logins = [
  setting(
    'mqtt.allow_anonymous',
    flag,
    { default: 'true', meaning: 'MQTT clients without user and password log in as `anonymous_login_user`.' },
    (draft, value) => change(draft, { allowAnonymous: value! }),
  ),
  setting(
    'mqtt.ssl_cert_login',
    flag,
    { default: 'false', meaning: "An MQTT client's certificate is its login." },
    (draft, value) => change(draft, { certificateLogin: value! }),
  ),
  setting(
    'mqtt.ssl_cert_client_id_from',
    word('distinguished_name', 'subject_alternative_name', 'common_name'),
    { meaning: 'Which name of its certificate an MQTT client has to have as its identifier; any without it.' },
    (draft, value) => change(draft, { clientIdentifierFrom: value }),
  ),
  setting(
    'mqtt.login_timeout',
    integer(1, 2 ** 31),
    { default: '10000', meaning: 'Milliseconds an MQTT client has to log in.' },
    (draft, value) => change(draft, { loginMilliseconds: value! }),
  ),
  setting(
    'mqtt.max_connections',
    unlimited(count, 'infinity'),
    { default: 'infinity', meaning: 'MQTT connections that may be open at a time.' },
    (draft, value) => change(draft, { connectionsMax: value }),
  ),
  setting(
    'mqtt.disconnect_on_unauthorized',
    flag,
    {
      default: 'true',
      meaning: 'A publish that is not permitted ends the MQTT connection; else it is refused or dropped.',
    },
    (draft, value) => change(draft, { disconnectsUnauthorized: value! }),
  ),
]

const sessions = [
  setting(
    'mqtt.max_session_expiry_interval_seconds',
    unlimited(zeroOr(integer(1, 0xffff_fffe)), 'infinity'),
    { default: '86400', meaning: 'Longest an MQTT session outlives its connection.' },
    (draft, value) => change(draft, { sessionExpirySecondsMax: value }),
  ),
  setting(
    'mqtt.prefetch',
    integer(1, 65535),
    { default: '10', meaning: 'Deliveries of QoS 1 and 2 an MQTT client may have unacknowledged.' },
    (draft, value) => change(draft, { prefetch: value! }),
  ),
  setting(
    'mqtt.mailbox_soft_limit',
    integer(0, 2 ** 31),
    { default: '200', meaning: 'Messages of QoS 0 that wait for an MQTT client that does not read.' },
    (draft, value) => change(draft, { mailboxSoftLimit: value! }),
  ),
  setting(
    'mqtt.durable_queue_type',
    word('classic', 'quorum'),
    { default: 'classic', meaning: 'Type of the queues of MQTT sessions that last.' },
    (draft, value) => change(draft, { durableQueueType: value! }),
  ),
  setting(
    'lapine.mqtt_receive_maximum',
    integer(1, 65535),
    { default: '1024', meaning: 'Messages of QoS 1 and 2 an MQTT 5 client may send before it has their answers.' },
    (draft, value) => change(draft, { receiveMaximum: value! }),
  ),
  setting(
    'lapine.mqtt_server_reference',
    text,
    {
      meaning: 'Server (`host:port`) that MQTT 5 clients are sent to when there is no room, or when this broker stops.',
    },
    (draft, value) => change(draft, { serverReference: value }),
  ),
  setting(
    'lapine.mqtt_maximum_qos',
    word('1', '2'),
    { default: '2', meaning: '1: QoS 2 is refused or lowered, as RabbitMQ does.' },
    (draft, value) => change(draft, { maximumQos: value === '1' ? 1 : 2 }),
  ),
]

const packets = [
  setting(
    'mqtt.max_packet_size_unauthenticated',
    integer(16, 268_435_456),
    { default: '65536', meaning: 'Largest MQTT packet before the login, in bytes.' },
    (draft, value) => change(draft, { packetBytesMaxUnauthenticated: value! }),
  ),
  setting(
    'mqtt.max_packet_size_authenticated',
    integer(16, 268_435_456),
    { default: '16777216', meaning: 'Largest MQTT packet after it.' },
    (draft, value) => change(draft, { packetBytesMaxAuthenticated: value! }),
  ),
  setting(
    'mqtt.topic_alias_maximum',
    integer(0, 65535),
    { default: '16', meaning: 'Topic aliases of an MQTT connection, in each direction.' },
    (draft, value) => change(draft, { topicAliasesMax: value! }),
  ),
  setting(
    'mqtt.retained_message_store.max_messages',
    integer(0, 2 ** 31),
    { default: '100000', meaning: 'Retained messages of a virtual host; further topics are not retained.' },
    (draft, value) => change(draft, { retainedMessagesMax: value! }),
  ),
  setting(
    'mqtt.retained_message_store.max_size_bytes',
    bytes(),
    { default: '1GiB', meaning: 'Bytes they may have together.' },
    (draft, value) => change(draft, { retainedBytesMax: value! }),
  ),
]

export const mqttRows: readonly AnySettingRow[] = [...places, ...logins, ...sessions, ...packets]

/** What the settings say to the MQTT head. */
export function mqttSettings({ mqtt, anonymousUser, anonymousPassword }: Settings): MqttSettings {
  return { ...mqtt, anonymousUser, anonymousPassword }
}
