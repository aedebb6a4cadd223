import { randomBytes } from 'node:crypto'
import type { Actor } from '../../../broker/administration/actor.ts'
import { expiryOf } from '../../../broker/authenticator.ts'
import type { Broker } from '../../../broker/broker.ts'
import type { ClosedConnection } from '../../../broker/closed-connections.ts'
import type { BrokerEvent, EventProperties } from '../../../broker/events.ts'
import type { Node } from '../../../plugin.ts'
import type { Timer } from '../../../std/clock.ts'
import { HttpError } from '../http-error.ts'
import { showClosedConnection } from '../routes/closed-connections.ts'
import { EventStream } from './event-stream.ts'
import { LiveFigures } from './live-figures.ts'
import { type NumberedEvent, type QueuePlace, Subscription, type Wanted } from './subscription.ts'
import { changesRightsOf, topicOf } from './visible-event.ts'

const SECOND = 1000

/** Seconds between signs of life where there is nothing to say. */
const BEAT_SECONDS = 15

/** Seconds after which it is asked again what a user may see. */
const RENEWAL_SECONDS = 30

/** Seconds for which events are kept after the last client has gone, for one that comes back. */
const LINGER_SECONDS = 60

/** Events kept for clients that come back. */
const HISTORY_MAX = 1000

/** Streams there may be at a time. */
const STREAMS_MAX = 500

const CONNECTION_CLOSED = 'connection.closed'

/** Who subscribes. */
export interface Subscriber {
  readonly actor: Actor
  /** The last event the client has seen, as it says when it comes back. */
  readonly lastEventId: string | undefined
}

/**
 * Everybody who is told what changes while it does. One timer and one listener for all of them, and neither while
 * there is nobody.
 */
export class LiveUpdates {
  readonly #broker: Broker
  readonly #figures: LiveFigures
  readonly #subscriptions = new Map<Subscription, Actor>()
  /** Numbers of another process are none of ours. */
  readonly #epoch = randomBytes(4).toString('hex')
  #history: NumberedEvent[] = []
  #number = 0
  #timer: Timer | undefined
  #stopListening: (() => void) | undefined
  #seconds = 0
  #idleSince = 0

  constructor(broker: Broker, node: Node) {
    this.#broker = broker
    this.#figures = new LiveFigures(broker, node)
  }

  /** Rejects with a Fault or an HttpError where the client may not look at what it wants. */
  async subscribe({ actor, lastEventId }: Subscriber, wanted: Wanted): Promise<EventStream> {
    if (this.#subscriptions.size >= STREAMS_MAX)
      throw new HttpError(503, 'too_many_streams', `there are ${STREAMS_MAX} already`)
    const visible = await this.#visible(actor, wanted)
    const stream = new EventStream()
    const subscription = new Subscription({
      user: actor.user,
      stream,
      wanted,
      visible,
      find: ({ vhost, name }: QueuePlace) => this.#broker.virtualHost(vhost)?.queue(name),
    })
    this.#wake()
    this.#subscriptions.set(subscription, actor)
    stream.onClose(() => this.#leave(subscription))
    this.#welcome(subscription, lastEventId)
    return stream
  }

  /** Ends them all. */
  close(): void {
    for (const { stream } of [...this.#subscriptions.keys()]) stream.end()
    this.#rest()
  }

  /** How it is now; and what was told since the client went, if that is still known. */
  #welcome(subscription: Subscription, lastEventId: string | undefined): void {
    const { stream } = subscription
    const missed = lastEventId === undefined ? [] : this.#since(lastEventId)
    stream.send('hello', JSON.stringify({ resumed: lastEventId !== undefined && missed !== undefined }), this.#lastId)
    for (const event of missed ?? []) subscription.tellEvent(event)
    subscription.tellAlarms(JSON.stringify(this.#broker.alarms))
    subscription.tell(this.#figures)
  }

  #since(id: string): readonly NumberedEvent[] | undefined {
    if (id === this.#lastId) return []
    const index = this.#history.findIndex((event) => event.id === id)
    return index < 0 ? undefined : this.#history.slice(index + 1)
  }

  get #lastId(): string {
    return `${this.#epoch}-${this.#number}`
  }

  async #visible(actor: Actor, { queues }: Wanted): Promise<ReadonlySet<string>> {
    const { administration } = this.#broker
    await administration.authorize({ operation: 'live.listen', actor, resource: {} })
    for (const vhost of new Set(queues.map((place) => place.vhost))) {
      await administration.authorize({ operation: 'topology.getQueue', actor, vhost, resource: {} })
    }
    return new Set((await administration.vhosts.list(actor)).map(({ name }) => name))
  }

  #wake(): void {
    this.#idleSince = 0
    if (this.#timer !== undefined) return
    this.#figures.advance()
    this.#timer = this.#broker.clock.every(SECOND, () => this.#onSecond())
    const { events, closedConnections } = this.#broker
    const stops = [
      // Of connections that end, the list of them tells why.
      events.listen((event) => event.type === CONNECTION_CLOSED || this.#onEvent(event)),
      closedConnections.listen((closed) => this.#onEvent(closedEvent(closed))),
      this.#broker.onAlarm((alarms) => this.#tellAll((one) => one.tellAlarms(JSON.stringify(alarms)))),
    ]
    this.#stopListening = () => {
      for (const stop of stops) stop()
    }
  }

  #leave(subscription: Subscription): void {
    this.#subscriptions.delete(subscription)
    if (this.#subscriptions.size === 0) this.#idleSince = this.#seconds
  }

  #rest(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#stopListening?.()
    this.#stopListening = undefined
    // What happens from now on is missed, so nobody can go on from what was before.
    this.#history = []
    this.#number++
    this.#figures.rest()
  }

  #onSecond(): void {
    this.#seconds++
    if (this.#subscriptions.size === 0) {
      if (this.#seconds - this.#idleSince >= LINGER_SECONDS) this.#rest()
      return
    }
    this.#figures.advance()
    this.#sendExpiredAway()
    this.#tellAll((one) => one.tell(this.#figures))
    if (this.#seconds % BEAT_SECONDS === 0) this.#tellAll(({ stream }) => stream.beat())
    if (this.#seconds % RENEWAL_SECONDS === 0) {
      for (const [one, actor] of this.#subscriptions) this.#renew(one, actor)
    }
  }

  /** Ends the streams of those who may not see any more what they look at. */
  #renew(subscription: Subscription, actor: Actor): void {
    this.#broker.administration.vhosts.list(actor).then(
      (vhosts) => {
        if (!subscription.renew(new Set(vhosts.map(({ name }) => name)))) subscription.stream.end()
      },
      () => subscription.stream.end(),
    )
  }

  #sendExpiredAway(): void {
    const now = this.#broker.clock.now()
    for (const [{ stream }, { authenticated }] of this.#subscriptions) {
      const expiry = authenticated === undefined ? undefined : expiryOf(authenticated)
      if (expiry !== undefined && now >= expiry) stream.end()
    }
  }

  #onEvent(event: BrokerEvent): void {
    this.#endOf(event)
    if (topicOf(event.type) === undefined) return
    this.#number++
    const numbered = { id: this.#lastId, event }
    this.#history.push(numbered)
    if (this.#history.length >= 2 * HISTORY_MAX) this.#history = this.#history.slice(-HISTORY_MAX)
    this.#tellAll((one) => one.tellEvent(numbered))
  }

  /** Whose rights have changed has to log in again. */
  #endOf(event: BrokerEvent): void {
    const user = changesRightsOf(event)
    if (user === undefined) return
    for (const one of [...this.#subscriptions.keys()]) if (one.user.name === user) one.stream.end()
  }

  #tellAll(tell: (subscription: Subscription) => void): void {
    for (const one of [...this.#subscriptions.keys()]) tell(one)
  }
}

function closedEvent(closed: ClosedConnection): BrokerEvent {
  const { closed_at: time, ...shown } = showClosedConnection(closed)
  const properties = { ...shown, user_who_performed_action: closed.user }
  return { type: CONNECTION_CLOSED, time, properties: properties as EventProperties }
}
