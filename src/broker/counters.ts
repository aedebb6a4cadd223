/**
 * How often what happened, since a thing was made: plain integers that only grow, incremented on the way of a message
 * and read by whoever shows them. The names are RabbitMQ's of message statistics (`deliver_no_ack` is `deliverNoAck`).
 */

/** Of one queue: `queue.counters`. */
export class QueueCounters {
  /** Messages routed to it, dead-lettered and delayed ones too, also those its overflow rule refused. */
  publish = 0
  /** To consumers that acknowledge, and to those that do not. */
  deliver = 0
  deliverNoAck = 0
  /** To whoever polls likewise, and how often there was nothing. */
  get = 0
  getNoAck = 0
  getEmpty = 0
  /** Those of the four above that had been delivered before. */
  redeliver = 0
  /** Settled as accepted by whoever had them; not what needed no acknowledgement. */
  ack = 0
  /** Messages read back from disk, and written there. */
  diskReads = 0
  diskWrites = 0
  /** Messages thrown out, by why, whether there was a dead-letter exchange or not. */
  expired = 0
  rejected = 0
  maxlen = 0
  deliveryLimit = 0
  /** Dead letters that all queues they lead to have taken, where they are published at least once. */
  deadLettersConfirmed = 0
}

/** Of one exchange: `exchange.counters`; of the default one `VirtualHost.defaultExchange`. What clients published to it, by name. */
export class ExchangeCounters {
  /** Messages published to it, and places in queues it found for them (also through exchanges bound to it). */
  publishIn = 0
  publishOut = 0
  /** Unroutable ones that went back, and those that did not. */
  returnUnroutable = 0
  dropUnroutable = 0
}

/** Of the publishers of one protocol in one virtual host: `VirtualHost.traffic`. */
export class PublishCounters {
  publish = 0
  /** Answered with a confirm. */
  confirm = 0
  /** Unroutable ones that went back, and those that did not. */
  returnUnroutable = 0
  dropUnroutable = 0
}

/** What came and went on a node since its start: `broker.statistics.churn`. */
export class ChurnCounters {
  connectionsCreated = 0
  connectionsClosed = 0
  channelsCreated = 0
  channelsClosed = 0
  /** Declarations of queues, also of such that were there. */
  queuesDeclared = 0
  queuesCreated = 0
  queuesDeleted = 0
}

/** Of a virtual host or the node, over everything that ever was in it: deleting a queue takes nothing back. `publish` is that of publishers. */
export type MessageTotals = { -readonly [name in keyof (QueueCounters & PublishCounters)]: number }

/** Totals of nothing. */
export function noMessages(): MessageTotals {
  return { ...new QueueCounters(), ...new PublishCounters() }
}

/** Adds what was counted elsewhere. */
export function addTo(totals: MessageTotals, counters: QueueCounters | MessageTotals): void {
  // Of thousands of queues, and often: no list of entries for each.
  for (const name in counters) {
    totals[name as keyof MessageTotals] += (counters as MessageTotals)[name as keyof MessageTotals]
  }
}

/** A queue throws a message out. */
export function countDeath(
  counters: QueueCounters,
  reason: 'rejected' | 'expired' | 'maxlen' | 'delivery_limit',
): void {
  if (reason === 'delivery_limit') counters.deliveryLimit++
  else counters[reason]++
}
