import { addTo, type MessageTotals, noMessages } from './counters.ts'
import type { DefinitionOf } from './definition.ts'
import type { Definitions } from './definitions.ts'
import { type Firehose, TRACE_EXCHANGE } from './firehose.ts'
import type { Topology } from './topology.ts'
import { Traffic } from './traffic.ts'
import type { VirtualHost } from './virtual-host.ts'

/** A virtual host as it is kept. */
export type VhostRecord = DefinitionOf<'vhost'>

/** Exchanges every virtual host is born with. */
const standardExchanges = [
  { name: 'amq.direct', type: 'direct', internal: false },
  { name: 'amq.fanout', type: 'fanout', internal: false },
  { name: 'amq.topic', type: 'topic', internal: false },
  { name: 'amq.headers', type: 'headers', internal: false },
  { name: 'amq.match', type: 'headers', internal: false },
  { name: TRACE_EXCHANGE, type: 'topic', internal: true },
] as const

/** Things deleted before others get their turn. */
const SLICE = 200

export interface VirtualHostsPorts {
  /** Resolves when others have had their turn. */
  rest(): Promise<void>
  /** What copies the messages of a virtual host where it is traced. */
  firehose(vhost: VirtualHost): Firehose
  /** Gives a new one what the settings have for it. */
  begin(name: string): void
}

/** The virtual hosts, kept in the definitions, and what is in each. */
export class VirtualHosts {
  readonly #definitions: Definitions
  readonly #make: (name: string) => Topology
  readonly #ports: VirtualHostsPorts
  readonly #records = new Map<string, VhostRecord>()
  readonly #topologies = new Map<string, Topology>()
  readonly #firehoses = new Map<string, Firehose>()
  /** Those being deleted, and what was counted in those that are gone. */
  readonly #leaving = new Set<VirtualHost>()
  readonly #past = noMessages()
  readonly #pastTraffic = new Traffic()

  /** `make` makes an empty one. */
  constructor(definitions: Definitions, make: (name: string) => Topology, ports: VirtualHostsPorts) {
    this.#definitions = definitions
    this.#make = make
    this.#ports = ports
  }

  get records(): Iterable<VhostRecord> {
    return this.#records.values()
  }

  get count(): number {
    return this.#records.size
  }

  record(name: string): VhostRecord | undefined {
    return this.#records.get(name)
  }

  topology(name: string): Topology | undefined {
    return this.#topologies.get(name)
  }

  get topologies(): Iterable<Topology> {
    return this.#topologies.values()
  }

  /** What went in and out of all there ever were. */
  traffic(): Traffic {
    const sum = new Traffic()
    sum.add(this.#pastTraffic)
    for (const { vhost } of this.#topologies.values()) sum.add(vhost.traffic)
    for (const vhost of this.#leaving) sum.add(vhost.traffic)
    return sum
  }

  /** What was counted in all there ever were. */
  totals(): MessageTotals {
    const totals = { ...this.#past }
    for (const { vhost } of this.#topologies.values()) addTo(totals, vhost.totals())
    for (const vhost of this.#leaving) addTo(totals, vhost.totals())
    return totals
  }

  /** Makes those the definitions know, still empty. */
  restore(): void {
    for (const record of this.#definitions.all('vhost')) this.#add(record)
  }

  /** Makes a new one for `user` with the standard exchanges; a crash leaves it with all of them, or not at all. */
  create(record: VhostRecord, user: string): void {
    const topology = this.#add(record)
    for (const exchange of standardExchanges) {
      const declaration = { ...exchange, durable: true, autoDelete: false, arguments: [] }
      topology.vhost.events.by(user, () => topology.addExchange(declaration))
    }
    this.#ports.begin(record.name)
    this.#definitions.put(record)
  }

  /** What is known of it changed. */
  update(record: VhostRecord): void {
    this.#records.set(record.name, record)
    this.#definitions.put(record)
    this.#trace(record)
  }

  /** Deletes it with everything in it. Nobody finds it from the start. */
  async delete(record: VhostRecord): Promise<void> {
    const topology = this.#topologies.get(record.name)
    this.#topologies.delete(record.name)
    this.#records.delete(record.name)
    this.#firehoses.delete(record.name)
    this.#definitions.delete(record)
    if (topology === undefined) return
    const { vhost } = topology
    this.#leaving.add(vhost)
    let count = 0
    for (const queue of [...vhost.queues]) {
      if (vhost.queue(queue.name) === queue) vhost.removeQueue(queue, 'queue-deleted')
      if (++count % SLICE === 0) await this.#ports.rest()
    }
    for (const exchange of [...vhost.exchanges]) {
      if (vhost.exchange(exchange.name) === exchange) vhost.removeExchange(exchange)
      if (++count % SLICE === 0) await this.#ports.rest()
    }
    this.#leaving.delete(vhost)
    addTo(this.#past, vhost.totals())
    this.#pastTraffic.add(vhost.traffic)
  }

  #add(record: VhostRecord): Topology {
    const topology = this.#make(record.name)
    this.#records.set(record.name, record)
    this.#topologies.set(record.name, topology)
    this.#firehoses.set(record.name, this.#ports.firehose(topology.vhost))
    this.#trace(record)
    return topology
  }

  #trace({ name, tracing = false }: VhostRecord): void {
    const firehose = this.#firehoses.get(name)
    if (firehose !== undefined) firehose.isOn = tracing
  }
}
