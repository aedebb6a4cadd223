import type { BrokerEvent } from '../../../broker/events.ts'
import type { Queue } from '../../../broker/queue.ts'
import { hasLevel, type User } from '../../../broker/user.ts'
import type { EventStream } from './event-stream.ts'
import type { LiveFigures } from './live-figures.ts'
import { type EventTopic, type Onlooker, topicOf, visibleEvent } from './visible-event.ts'

/** Events a subscriber is told of in one second; of more it learns how many there were. */
const EVENTS_PER_SECOND_MAX = 500

/** A queue somebody looks at. */
export interface QueuePlace {
  readonly vhost: string
  readonly name: string
}

/** What a client wants to be told. */
export interface Wanted {
  readonly overview: boolean
  readonly alarms: boolean
  readonly topics: ReadonlySet<EventTopic>
  readonly queues: readonly QueuePlace[]
}

/** An event with the number it has in the history of live events. */
export interface NumberedEvent {
  readonly id: string
  readonly event: BrokerEvent
}

export interface SubscriptionOptions {
  readonly user: User
  readonly stream: EventStream
  readonly wanted: Wanted
  /** Virtual hosts the user may look at. */
  readonly visible: ReadonlySet<string>
  find(place: QueuePlace): Queue | undefined
}

/** One client that is told what changes, as far as it may know. */
export class Subscription implements Onlooker {
  readonly user: User
  readonly stream: EventStream
  readonly #wanted: Wanted
  readonly #find: SubscriptionOptions['find']
  #visible: ReadonlySet<string>
  /** What was told last of each queue. */
  readonly #told: (string | undefined)[]
  #events = 0
  #missed = 0

  constructor({ user, stream, wanted, visible, find }: SubscriptionOptions) {
    this.user = user
    this.stream = stream
    this.#wanted = wanted
    this.#visible = visible
    this.#find = find
    this.#told = wanted.queues.map(() => undefined)
  }

  sees(vhost: string): boolean {
    return this.#visible.has(vhost) || hasLevel(this.user, 'monitoring')
  }

  /** Whether all it looks at may still be looked at, by what the user may see now. */
  renew(visible: ReadonlySet<string>): boolean {
    this.#visible = visible
    return this.#wanted.queues.every(({ vhost }) => this.sees(vhost))
  }

  /** What has changed within the last second. */
  tell(figures: LiveFigures): void {
    if (this.#missed > 0) this.stream.send('missed', JSON.stringify({ events: this.#missed }))
    this.#events = 0
    this.#missed = 0
    if (this.#wanted.overview) {
      const seesAll = hasLevel(this.user, 'monitoring')
      this.stream.send('overview', seesAll ? figures.whole() : figures.part(this.#visible))
    }
    const rows = this.#changedRows(figures)
    if (rows.length > 0) this.stream.send('queues', `[${rows.join()}]`)
  }

  tellAlarms(json: string): void {
    if (this.#wanted.alarms) this.stream.send('alarms', json)
  }

  tellEvent({ id, event }: NumberedEvent): void {
    const topic = topicOf(event.type)
    if (topic === undefined || !this.#wanted.topics.has(topic)) return
    const shown = visibleEvent(event, this)
    if (shown === undefined) return
    if (this.#events++ < EVENTS_PER_SECOND_MAX) this.stream.send(topic, JSON.stringify(shown), id)
    else this.#missed++
  }

  #changedRows(figures: LiveFigures): string[] {
    const rows: string[] = []
    for (const [index, place] of this.#wanted.queues.entries()) {
      const queue = this.#find(place)
      const row = queue === undefined ? JSON.stringify({ ...place, state: 'deleted' }) : figures.row(queue)
      if (row === this.#told[index]) continue
      this.#told[index] = row
      rows.push(row)
    }
    return rows
  }
}
