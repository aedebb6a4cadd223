import { Fault } from '../../broker/fault.ts'
import { type Message, withProperties } from '../../broker/message.ts'
import { longString, tableSet } from '../../std/table.ts'
import { PacketError } from '../../wire/mqtt/packet-error.ts'
import type { Qos, Subscribe, SubscriptionRequest, Unsubscribe } from '../../wire/mqtt/packets.ts'
import { ReasonCode } from '../../wire/mqtt/reason-codes.ts'
import { sharedFilter, topicMatches } from '../../wire/mqtt/topic.ts'
import { faultReason } from './codes.ts'
import type { Deliveries } from './deliveries.ts'
import type { Head } from './head.ts'
import { Header } from './headers.ts'
import type { PacketNotes } from './packet-notes.ts'
import { TOPIC_BYTES_MAX } from './publisher.ts'
import type { Session } from './session.ts'
import type { Subscription } from './subscriptions.ts'
import { isSystemTopic } from './system-topics.ts'

/** What SUBACK before MQTT 5 says of a filter that was refused. */
const FAILURE = 0x80

/** What subscribing needs of its connection. */
export interface SubscribingPort {
  readonly head: Head
  readonly level: number
  readonly session: Session
  readonly notes: PacketNotes
  readonly deliveries: Deliveries
}

/** How one filter of a SUBSCRIBE went. */
interface Granted {
  readonly code: number
  /** To be sent what is retained; undefined where nothing is. */
  readonly subscription?: Subscription
}

/** Carries a SUBSCRIBE out; answers the codes of its SUBACK, and what remains to be done after that was written. */
export async function subscribe(
  port: SubscribingPort,
  { subscriptions, properties }: Subscribe,
): Promise<{ readonly codes: readonly number[]; readonly sendRetained: () => Promise<void> }> {
  const granted: Granted[] = []
  const identifier = properties.subscriptionIdentifier?.[0]
  for (const request of subscriptions) granted.push(await grant(port, request, identifier))
  const retained = granted.flatMap(({ subscription }) => subscription ?? [])
  return { codes: granted.map(({ code }) => code), sendRetained: () => sendRetained(port, retained) }
}

/** Carries an UNSUBSCRIBE out; answers the codes of its UNSUBACK. */
export async function unsubscribe(port: SubscribingPort, { filters }: Unsubscribe): Promise<readonly number[]> {
  const codes: number[] = []
  for (const given of filters) {
    try {
      const { filter, share } = partsOf(port.head, given)
      const wasThere = await port.session.unsubscribe(filter, share)
      codes.push(wasThere ? ReasonCode.success : ReasonCode.noSubscriptionExisted)
    } catch (error) {
      codes.push(codeOf(port, error))
    }
  }
  port.deliveries.consume()
  return codes
}

async function grant(
  port: SubscribingPort,
  request: SubscriptionRequest,
  identifier: number | undefined,
): Promise<Granted> {
  const { head, session, deliveries } = port
  try {
    const { filter, share } = partsOf(head, request.filter)
    if (isSystemTopic(filter)) checkWatcher(session)
    const qos = Math.min(request.qos, head.settings.maximumQos) as Qos
    const { noLocal, retainAsPublished, retainHandling } = request
    const queue = session.queueFor(filter, qos, share)
    const subscription = { filter, share, qos, noLocal, retainAsPublished, identifier, queue }
    const isNew = session.subscriptions.get(filter, share) === undefined
    if (qos === 2 && port.notes.needsOpening) await port.notes.open(false)
    await session.subscribe(subscription)
    deliveries.consume()
    head.system.follow(session)
    const isTold = share === undefined && (retainHandling === 0 || (retainHandling === 1 && isNew))
    return { code: qos, ...(isTold ? { subscription } : {}) }
  } catch (error) {
    return { code: codeOf(port, error) }
  }
}

/** A filter as it is known here, and the group it shares its messages with. Throws a PacketError. */
function partsOf({ topics }: Head, given: string): { readonly filter: string; readonly share: string | undefined } {
  const shared = sharedFilter(given)
  const key = topics.key(shared?.filter ?? given)
  if (Buffer.byteLength(key) > TOPIC_BYTES_MAX) {
    throw new PacketError(ReasonCode.topicFilterInvalid, `a topic filter is longer than ${TOPIC_BYTES_MAX} bytes`)
  }
  return { filter: topics.topic(key), share: shared?.share }
}

/** The broker's own figures are for those who may watch it. */
function checkWatcher({ access }: Session): void {
  const { name, tags } = access.user
  if (tags.includes('administrator') || tags.includes('monitoring')) return
  throw new PacketError(ReasonCode.notAuthorized, `user '${name}' may not watch the broker`)
}

function codeOf({ level, head }: SubscribingPort, error: unknown): number {
  const reason = faultReason(error)
  if (reason === undefined) throw error
  head.logger.warning(`MQTT subscription refused: ${(error as Error).message}`)
  return level === 5 ? reason : FAILURE
}

/** Puts what is retained into the queue of the subscription, so that it is delivered as everything is. */
async function sendRetained({ head, session }: SubscribingPort, subscriptions: readonly Subscription[]): Promise<void> {
  if (subscriptions.length === 0) return
  const store = await head.retained.of(session.access.vhost)
  for (const { filter, queue } of subscriptions) {
    if (isSystemTopic(filter)) {
      for (const message of head.system.matching(filter)) {
        if (session.queue(queue) === undefined) return
        session.access.enqueue(queue, retainedCopy(message, filter, Number.POSITIVE_INFINITY))
      }
      continue
    }
    const isPattern = filter.includes('+') || filter.includes('#')
    const wanted = isPattern ? (key: string) => topicMatches(filter, head.topics.topic(key)) : head.topics.key(filter)
    for (const { message, millisecondsLeft } of store.matching(wanted)) {
      // The session may have gone while the store was being opened.
      if (session.queue(queue) === undefined) return
      try {
        session.access.enqueue(queue, retainedCopy(message, filter, millisecondsLeft))
      } catch (error) {
        if (!(error instanceof Fault)) throw error
      }
    }
  }
}

/** The copy of a retained message that goes to one subscription. */
function retainedCopy(message: Message, filter: string, millisecondsLeft: number): Message {
  const headers = tableSet(message.properties.headers ?? [], Header.retained, longString(filter))
  if (millisecondsLeft === Number.POSITIVE_INFINITY) return withProperties(message, { headers })
  return withProperties(message, { headers, expiration: String(Math.ceil(millisecondsLeft)) })
}
