import type { ProtocolLevel } from './packet-type.ts'
import type { Properties } from './properties.ts'

/** How a message is to be delivered: at most once, at least once, exactly once. */
export type Qos = 0 | 1 | 2

/** The message a broker publishes for a client that went without saying goodbye. */
export interface Will {
  readonly topic: string
  readonly payload: Buffer
  readonly qos: Qos
  readonly retain: boolean
  readonly properties: Properties
}

/** §3.1 */
export interface Connect {
  readonly type: 'connect'
  readonly level: ProtocolLevel
  /** A bridge says so in the highest bit of the level (3.1 and 3.1.1, by convention). */
  readonly bridge: boolean
  readonly cleanStart: boolean
  readonly keepAliveSeconds: number
  readonly clientIdentifier: string
  readonly will: Will | undefined
  readonly userName: string | undefined
  readonly password: Buffer | undefined
  readonly properties: Properties
}

/** §3.4 to §3.7: `type` tells which. */
export interface Acknowledgement {
  readonly type: 'puback' | 'pubrec' | 'pubrel' | 'pubcomp'
  readonly packetIdentifier: number
  readonly reasonCode: number
  readonly properties: Properties
}

/** One topic filter of a SUBSCRIBE with its options (§3.8.3.1). */
export interface SubscriptionRequest {
  readonly filter: string
  readonly qos: Qos
  readonly noLocal: boolean
  readonly retainAsPublished: boolean
  /** 0: send retained messages; 1: only for a new subscription; 2: never. */
  readonly retainHandling: 0 | 1 | 2
}

/** §3.8 */
export interface Subscribe {
  readonly type: 'subscribe'
  readonly packetIdentifier: number
  readonly subscriptions: readonly SubscriptionRequest[]
  readonly properties: Properties
}

/** §3.10 */
export interface Unsubscribe {
  readonly type: 'unsubscribe'
  readonly packetIdentifier: number
  readonly filters: readonly string[]
  readonly properties: Properties
}

/** §3.12 */
export interface Pingreq {
  readonly type: 'pingreq'
}

/** §3.14 */
export interface Disconnect {
  readonly type: 'disconnect'
  readonly reasonCode: number
  readonly properties: Properties
}

/** §3.15 */
export interface Auth {
  readonly type: 'auth'
  readonly reasonCode: number
  readonly properties: Properties
}

/** What a client sends, but for PUBLISH, which is read in place (`publish.ts`). */
export type ClientPacket = Connect | Acknowledgement | Subscribe | Unsubscribe | Pingreq | Disconnect | Auth
