/** How the consumers of a workload take their messages. */
export interface Consumption {
  /** Unacknowledged messages allowed, 0 without limit. */
  readonly prefetch: number
  /** One cumulative acknowledgement per so many deliveries; 0 consumes with auto-ack. */
  readonly ackEvery: number
}

/** One situation a broker is measured in. Everything the generator does follows from these fields. */
export interface Workload {
  readonly name: string
  readonly title: string
  /** Payload bytes, at least 9 where delivery latency is wanted (a flag and a time go into them). */
  readonly bodySize: number
  /** Durable queue and persistent messages, or neither. */
  readonly durable: boolean
  /** Connections that publish. */
  readonly publishers: number
  /** Messages handed to the socket at once; `fill` takes as many as fit into 32 KiB. */
  readonly publishesPerWrite: number | 'fill'
  /** Unconfirmed messages allowed per publisher; absent without confirms. */
  readonly confirmWindow?: number
  /** Messages per second over all publishers; absent means as fast as the broker takes them. */
  readonly ratePerSecond?: number
  /** Connections that consume; absent leaves the messages in the queue. */
  readonly consumers?: number
  readonly consumption?: Consumption
  /** Messages that may be published and not yet delivered: keeps every broker's queue short alike. */
  readonly aheadMax?: number
  /** Length of the measured part: a time, or a number of messages. */
  readonly length: { readonly seconds: number } | { readonly messages: number }
  /** Messages put into the queue, unmeasured, before the consumers start; then nothing is published. */
  readonly backlog?: number
  /** Measured when no workload is named. */
  readonly standard: boolean
}

const autoAck: Consumption = { prefetch: 0, ackEvery: 0 }
const ackPer100: Consumption = { prefetch: 1000, ackEvery: 100 }
const million = 1_000_000

const transient = {
  durable: false,
  publishers: 1,
  publishesPerWrite: 'fill',
  consumers: 1,
  consumption: autoAck,
  aheadMax: 10_000,
  length: { seconds: 4 },
  standard: false,
} as const

const confirmed = {
  durable: true,
  publishers: 1,
  publishesPerWrite: 'fill',
  confirmWindow: 1000,
  consumers: 1,
  consumption: ackPer100,
  aheadMax: 10_000,
  length: { seconds: 4 },
  standard: false,
} as const

const t1Small = '16 B, transient, auto-ack, no confirms'
const t2 = '1 KiB, persistent, 1,000 unconfirmed, ack per 100'

/** All workloads; a new one is a new row. */
export const workloads: readonly Workload[] = [
  { ...transient, name: 'T1-16', title: t1Small, bodySize: 16, standard: true },
  { ...transient, name: 'T1-1k', title: '1 KiB, transient, auto-ack, no confirms', bodySize: 1024, standard: true },
  { ...confirmed, name: 'T2-1k', title: t2, bodySize: 1024, standard: true },
  {
    name: 'T4',
    title: '1 KiB, persistent, one publish outstanding, no consumer',
    bodySize: 1024,
    durable: true,
    publishers: 1,
    publishesPerWrite: 1,
    confirmWindow: 1,
    length: { seconds: 4 },
    standard: true,
  },
  { ...transient, name: 'T1-16-w1', title: `${t1Small}, 1 publish per write`, bodySize: 16, publishesPerWrite: 1 },
  { ...transient, name: 'T1-16-w5', title: `${t1Small}, 5 publishes per write`, bodySize: 16, publishesPerWrite: 5 },
  { ...transient, name: 'T1-16-w20', title: `${t1Small}, 20 publishes per write`, bodySize: 16, publishesPerWrite: 20 },
  { ...confirmed, name: 'T2-1k-w1', title: `${t2}, 1 publish per write`, bodySize: 1024, publishesPerWrite: 1 },
  { ...confirmed, name: 'T2-16', title: '16 B, persistent, 1,000 unconfirmed, ack per 100', bodySize: 16 },
  { ...transient, name: 'T1-64k', title: '64 KiB, transient, auto-ack', bodySize: 65_536, aheadMax: 200 },
  { ...transient, name: 'T1-4m', title: '4 MiB, transient, auto-ack', bodySize: 4 * 1024 * 1024, aheadMax: 8 },
  {
    ...confirmed,
    name: 'C10-1k',
    title: '1 KiB, persistent, 10 publishers and 10 consumers, 1 publish per write, 100 unconfirmed each, single acks',
    bodySize: 1024,
    publishers: 10,
    publishesPerWrite: 1,
    confirmWindow: 100,
    consumers: 10,
    consumption: { prefetch: 50, ackEvery: 1 },
  },
  {
    ...transient,
    name: 'C10-16',
    title: '16 B, transient, 10 publishers and 10 consumers, 1 publish per write, single acks',
    bodySize: 16,
    publishers: 10,
    publishesPerWrite: 1,
    consumers: 10,
    consumption: { prefetch: 50, ackEvery: 1 },
  },
  {
    ...transient,
    name: 'L-256',
    title: '256 B, transient, paced at 10,000 a second',
    bodySize: 256,
    publishesPerWrite: 1,
    ratePerSecond: 10_000,
  },
  {
    name: 'T3-fill',
    title: 'a million of 1 KiB, persistent with confirms, no consumer',
    bodySize: 1024,
    durable: true,
    publishers: 1,
    publishesPerWrite: 'fill',
    confirmWindow: 1000,
    length: { messages: million },
    standard: false,
  },
  {
    name: 'T3-drain',
    title: 'a million of 1 KiB, persistent, consumed, ack per 100',
    bodySize: 1024,
    durable: true,
    publishers: 1,
    publishesPerWrite: 'fill',
    confirmWindow: 1000,
    consumers: 1,
    consumption: ackPer100,
    length: { messages: million },
    backlog: million,
    standard: false,
  },
]

/** What a run may change about a workload. */
export interface Variation {
  readonly publishesPerWrite?: number | 'fill'
  /** Short runs, for a look: figures of such a run are not to be published. */
  readonly quick?: boolean
}

/** The workload of that name, varied. */
export function workloadNamed(name: string, variation: Variation = {}): Workload {
  const found = workloads.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase())
  if (found === undefined) {
    throw new Error(`no workload is called ${name}; there are ${workloads.map((known) => known.name).join(', ')}`)
  }
  const varied = { ...found, publishesPerWrite: variation.publishesPerWrite ?? found.publishesPerWrite }
  return variation.quick === true ? shortened(varied) : varied
}

function shortened(workload: Workload): Workload {
  const { length, backlog } = workload
  return {
    ...workload,
    length: 'seconds' in length ? { seconds: 1 } : { messages: length.messages / 20 },
    ...(backlog === undefined ? {} : { backlog: backlog / 20 }),
  }
}
