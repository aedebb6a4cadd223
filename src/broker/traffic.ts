import { addTo, type MessageTotals, noMessages, PublishCounters } from './counters.ts'

/** Upper bounds of the sizes that are told apart, in bytes, as RabbitMQ has them. */
export const messageSizeBounds: readonly number[] = [100, 1e3, 1e4, 1e5, 1e6, 1e7, 5e7, 1e8]

/** How many messages of which size came: one place for each bound, and one for those beyond the last. */
export class MessageSizes {
  readonly counts = new Float64Array(messageSizeBounds.length + 1)
  sum = 0

  add(size: number): void {
    // For every message that comes: most are small, and need two looks.
    this.counts[size <= 1e3 ? (size <= 100 ? 0 : 1) : placeOf(size)]!++
    this.sum += size
  }

  addAll({ counts, sum }: MessageSizes): void {
    counts.forEach((count, place) => {
      this.counts[place]! += count
    })
    this.sum += sum
  }
}

function placeOf(size: number): number {
  let place = 2
  while (place < messageSizeBounds.length && size > messageSizeBounds[place]!) place++
  return place
}

/** What consumers of one protocol got from queues of one type. */
export class DeliveryTally {
  deliver = 0
  deliverNoAck = 0
  redeliver = 0
  ack = 0

  onDelivered(redelivered: boolean, settled: boolean): void {
    if (settled) this.deliverNoAck++
    else this.deliver++
    if (redelivered) this.redeliver++
  }
}

/** What clients of one protocol do. */
export class ProtocolTraffic {
  readonly publishing = new PublishCounters()
  readonly sizes = new MessageSizes()
  /** By type of queue. */
  readonly deliveries = new Map<string, DeliveryTally>()

  /** Where deliveries from queues of one type are counted. */
  tally(queueType: string): DeliveryTally {
    const tally = this.deliveries.get(queueType) ?? new DeliveryTally()
    this.deliveries.set(queueType, tally)
    return tally
  }
}

/** The protocol of whoever does not say: what comes from within is published over AMQP 0-9-1, as RabbitMQ counts it. */
export const DEFAULT_PROTOCOL = 'amqp091'

/** What goes in and out of a virtual host (or all), by protocol and by type of queue. */
export class Traffic {
  readonly #byProtocol = new Map<string, ProtocolTraffic>()
  /** What was counted in queues that are gone. */
  readonly #past = new Map<string, MessageTotals>()

  /** `amqp091`, `mqtt311`, …: as Prometheus is told. */
  of(protocol: string): ProtocolTraffic {
    const traffic = this.#byProtocol.get(protocol) ?? new ProtocolTraffic()
    this.#byProtocol.set(protocol, traffic)
    return traffic
  }

  get protocols(): Iterable<readonly [protocol: string, traffic: ProtocolTraffic]> {
    return this.#byProtocol
  }

  get past(): Iterable<readonly [queueType: string, totals: MessageTotals]> {
    return this.#past
  }

  /** A queue of that type is gone. */
  addPast(queueType: string, counters: Parameters<typeof addTo>[1]): void {
    const totals = this.#past.get(queueType) ?? noMessages()
    this.#past.set(queueType, totals)
    addTo(totals, counters)
  }

  /** Adds what was counted elsewhere. */
  add(other: Traffic): void {
    for (const [protocol, { publishing, sizes, deliveries }] of other.protocols) {
      const own = this.of(protocol)
      addPublishing(own.publishing, publishing)
      own.sizes.addAll(sizes)
      for (const [type, tally] of deliveries) addTally(own.tally(type), tally)
    }
    for (const [type, totals] of other.past) this.addPast(type, totals)
  }

  /** Of all publishers together. */
  publishing(): PublishCounters {
    const sum = new PublishCounters()
    for (const { publishing } of this.#byProtocol.values()) addPublishing(sum, publishing)
    return sum
  }
}

function addPublishing(to: PublishCounters, from: PublishCounters): void {
  to.publish += from.publish
  to.confirm += from.confirm
  to.returnUnroutable += from.returnUnroutable
  to.dropUnroutable += from.dropUnroutable
}

function addTally(to: DeliveryTally, from: DeliveryTally): void {
  to.deliver += from.deliver
  to.deliverNoAck += from.deliverNoAck
  to.redeliver += from.redeliver
  to.ack += from.ack
}
