import type { Qos } from '../../wire/mqtt/packets.ts'

/** What can be set about the MQTT head. */
export interface MqttSettings {
  /** Where clients land that name no virtual host. */
  readonly vhost: string
  /** The topic exchange that messages are published to and subscriptions bound to. */
  readonly exchange: string
  /** Deliveries of QoS 1 and 2 that may be outstanding, unless the client allows fewer. */
  readonly prefetch: number
  /** A client without user name and password logs in as `anonymousUser`. */
  readonly allowAnonymous: boolean
  readonly anonymousUser: string | undefined
  readonly anonymousPassword: string
  /** Longest a session outlives its connection; undefined for as long as the client asks for. */
  readonly sessionExpirySecondsMax: number | undefined
  /** Messages of QoS 0 that may wait for a client that does not read; further ones are dropped. */
  readonly mailboxSoftLimit: number
  readonly packetBytesMaxUnauthenticated: number
  readonly packetBytesMaxAuthenticated: number
  /** Topic aliases in each direction; 0 for none. */
  readonly topicAliasesMax: number
  readonly loginMilliseconds: number
  readonly connectionsMax: number | undefined
  /** A publish that is not permitted ends the connection, before MQTT 5 too; else it is answered, or dropped. */
  readonly disconnectsUnauthorized: boolean
  readonly durableQueueType: 'classic' | 'quorum'
  /** The client's certificate is its login (mechanism EXTERNAL). */
  readonly certificateLogin: boolean
  /** Which name of the certificate the client identifier has to be; undefined for any identifier. */
  readonly clientIdentifierFrom: 'distinguished_name' | 'subject_alternative_name' | 'common_name' | undefined
  /** Topics that begin with `spBv1.0` keep their dot. */
  readonly sparkplug: boolean
  /** Retained messages of a virtual host. */
  readonly retainedMessagesMax: number
  readonly retainedBytesMax: number
  /** Messages of QoS 1 and 2 that an MQTT 5 client may send before it has their answers. */
  readonly receiveMaximum: number
  /** Where MQTT 5 clients are sent that there is no room for, or when the broker stops. */
  readonly serverReference: string | undefined
  /** 1: QoS 2 is treated as RabbitMQ treats it. */
  readonly maximumQos: Qos
}
