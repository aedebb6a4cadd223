import type { Delivery } from '../../../broker/delivery.ts'
import type { Message } from '../../../broker/message.ts'
import type { NamePattern } from '../../../broker/name-pattern.ts'
import type { Tap, TappedClient, TappedPublish } from '../../../broker/taps.ts'
import { tableToJson } from '../../../std/table-json.ts'
import type { Json, JsonObject } from '../listing.ts'
import { showMessage } from '../message-json.ts'
import type { EventStream } from './event-stream.ts'

/** Which messages are shown, and how much of them. */
export interface TailFilter {
  readonly publishes: boolean
  readonly deliveries: boolean
  readonly exchange: string | undefined
  readonly queue: string | undefined
  readonly user: string | undefined
  readonly routingKey: NamePattern | undefined
  readonly headers: readonly (readonly [name: string, value: Json])[]
  /** Of so many that pass the filter one is shown. */
  readonly oneIn: number
  readonly payloadBytesMax: number
}

/** Messages shown in one second; of more it is told how many there were. */
const PER_SECOND_MAX = 1000

/** Half of what may wait for a reader: what is beyond is passed over, where other streams would end. */
const WAITING_BYTES_MAX = 512 * 1024

/** Shows the messages of a virtual host as they go by. */
export class Tail implements Tap {
  readonly #stream: EventStream
  readonly #filter: TailFilter
  readonly #now: () => number
  #passed = 0
  #shown = 0
  #skipped = 0

  constructor(stream: EventStream, filter: TailFilter, now: () => number) {
    this.#stream = stream
    this.#filter = filter
    this.#now = now
  }

  onPublish({ message, keys, queues, client }: TappedPublish): void {
    const { publishes, queue } = this.#filter
    if (!publishes || (queue !== undefined && !queues.includes(queue)) || !this.#isWanted(message, client)) return
    this.#show('publish', message, client, { routing_keys: keys, queues })
  }

  onDeliver(delivery: Delivery, client: TappedClient | undefined): void {
    const { deliveries, queue } = this.#filter
    const { message, redelivered } = delivery
    const { name } = delivery.queue
    if (!deliveries || (queue !== undefined && name !== queue) || !this.#isWanted(message, client)) return
    this.#show('deliver', message, client, { queue: name, redelivered, consumer_tag: delivery.consumer?.tag ?? null })
  }

  /** A second is over. */
  onSecond(): void {
    if (this.#skipped > 0) this.#stream.send('skipped', JSON.stringify({ messages: this.#skipped }))
    this.#shown = 0
    this.#skipped = 0
  }

  #isWanted(message: Message, client: TappedClient | undefined): boolean {
    const { exchange, user, routingKey, headers } = this.#filter
    const { address } = message
    if (exchange !== undefined && address.exchange !== exchange) return false
    if (user !== undefined && client?.user !== user) return false
    if (routingKey !== undefined && !routingKey.matches(address.routingKey)) return false
    if (headers.length > 0 && !hasHeaders(message, headers)) return false
    return this.#passed++ % this.#filter.oneIn === 0
  }

  #show(event: 'publish' | 'deliver', message: Message, client: TappedClient | undefined, more: JsonObject): void {
    if (this.#shown >= PER_SECOND_MAX || this.#stream.waitingBytes > WAITING_BYTES_MAX) {
      this.#skipped++
      return
    }
    this.#shown++
    const { redelivered: _, ...shown } = showMessage(
      { message, redelivered: false },
      { isText: true, truncate: this.#filter.payloadBytesMax },
    )
    const whose = {
      user: client?.user ?? null,
      connection: client?.connection ?? null,
      channel: client?.channel ?? null,
    }
    this.#stream.send(event, JSON.stringify({ time: this.#now(), ...whose, ...more, ...shown }))
  }
}

function hasHeaders(message: Message, wanted: TailFilter['headers']): boolean {
  const headers = tableToJson(message.properties.headers ?? []) as JsonObject
  return wanted.every(([name, value]) => JSON.stringify(headers[name]) === JSON.stringify(value))
}
