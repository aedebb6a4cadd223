/** One message to many subscribers of one topic. */
export interface FanoutWorkload {
  readonly name: string
  readonly title: string
  readonly subscribers: number
  readonly payloadBytes: number
  /** Messages of a round, each published when everybody has the one before. */
  readonly messages: number
  /** Measured when none is named. */
  readonly standard: boolean
}

export const fanoutWorkloads: readonly FanoutWorkload[] = [
  {
    name: 'F10k',
    title: '100 B to 10,000 subscribers, QoS 0',
    subscribers: 10_000,
    payloadBytes: 100,
    messages: 10,
    standard: true,
  },
  {
    name: 'F10k-4k',
    title: '4 KiB to 10,000 subscribers, QoS 0',
    subscribers: 10_000,
    payloadBytes: 4096,
    messages: 5,
    standard: false,
  },
  {
    name: 'F10k-64k',
    title: '64 KiB to 10,000 subscribers, QoS 0',
    subscribers: 10_000,
    payloadBytes: 65_536,
    messages: 2,
    standard: false,
  },
  {
    name: 'F1k',
    title: '100 B to 1,000 subscribers, QoS 0',
    subscribers: 1000,
    payloadBytes: 100,
    messages: 50,
    standard: true,
  },
]

/** Throws for a name that is none. */
export function fanoutWorkloadNamed(name: string): FanoutWorkload {
  const found = fanoutWorkloads.find((workload) => workload.name.toLowerCase() === name.toLowerCase())
  if (found !== undefined) return found
  throw new Error(`no workload is called ${name}; there are ${fanoutWorkloads.map((known) => known.name).join(', ')}`)
}
