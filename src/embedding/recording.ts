import type { Broker } from '../broker/broker.ts'
import type { Delivery, Outcome } from '../broker/delivery.ts'
import type { Message } from '../broker/message.ts'
import type { Tap, TappedClient, TappedPublish } from '../broker/taps.ts'
import type { VirtualHost } from '../broker/virtual-host.ts'
import type { Node } from '../plugin.ts'
import { type MessageView, viewOf } from './message-view.ts'
import { writeMermaid } from './sequence-diagram.ts'

/** One thing that happened to a message. */
export interface RecordedStep {
  readonly kind: 'publish' | 'deliver' | 'settle'
  /** The broker's time, milliseconds since the epoch. */
  readonly time: number
  readonly vhost: string
  /** Whose: the name the client has given its connection, else the connection's; undefined for one within the broker. */
  readonly client: string | undefined
  readonly exchange: string
  readonly routingKey: string
  /** Where it was routed to; the one queue it comes from. */
  readonly queues: readonly string[]
  readonly redelivered: boolean
  /** What became of a delivery that was settled: `accepted`, `requeued`, `failed`, `discarded`. */
  readonly outcome: Outcome | undefined
  readonly message: MessageView
}

/** What happens to messages, in its order, from `record()` to `stop()`. */
export class Recording {
  readonly #steps: RecordedStep[] = []
  readonly #broker: Broker
  readonly #node: Node
  readonly #watched = new Map<VirtualHost, () => void>()
  readonly #stopListening: () => void
  /** Who has which delivery. */
  readonly #holders = new WeakMap<Delivery, TappedClient>()

  constructor(broker: Broker, node: Node) {
    this.#broker = broker
    this.#node = node
    this.#watch()
    // Nobody publishes to a virtual host in the turn that makes it.
    this.#stopListening = broker.events.listen((event) => {
      if (event.type === 'vhost.created') broker.clock.defer(() => this.#watch())
    })
  }

  get steps(): readonly RecordedStep[] {
    return this.#steps
  }

  /** A sequence diagram in Mermaid's language: clients, exchanges and queues, and what goes between them. */
  toMermaid(): string {
    return writeMermaid(this.#steps)
  }

  /** Forgets what was recorded so far. */
  clear(): void {
    this.#steps.length = 0
  }

  /** Records nothing more. What was recorded stays. */
  stop(): void {
    this.#stopListening()
    for (const stop of this.#watched.values()) stop()
    this.#watched.clear()
  }

  [Symbol.dispose](): void {
    this.stop()
  }

  #watch(): void {
    for (const vhost of this.#broker.virtualHosts) {
      if (!this.#watched.has(vhost)) this.#watched.set(vhost, vhost.taps.add(this.#tap(vhost.name)))
    }
  }

  #tap(vhost: string): Tap {
    return {
      onPublish: ({ message, queues, client }: TappedPublish) => {
        this.#add('publish', { vhost, client, message, queues: [...queues] })
      },
      onDeliver: (delivery, client) => {
        if (client !== undefined) this.#holders.set(delivery, client)
        const { message, queue, redelivered } = delivery
        this.#add('deliver', { vhost, client, message, queues: [queue.name], redelivered })
      },
      onSettle: (delivery, outcome) => {
        const { message, queue, redelivered } = delivery
        const client = this.#holders.get(delivery)
        this.#add('settle', { vhost, client, message, queues: [queue.name], redelivered, outcome })
      },
    }
  }

  #add(
    kind: RecordedStep['kind'],
    step: {
      readonly vhost: string
      readonly client: TappedClient | undefined
      readonly message: Message
      readonly queues: readonly string[]
      readonly redelivered?: boolean
      readonly outcome?: Outcome
    },
  ): void {
    const { message, client, redelivered = false, outcome } = step
    const { exchange, routingKey } = message.address
    this.#steps.push({
      ...{
        kind,
        time: this.#broker.clock.now(),
        vhost: step.vhost,
        client: this.#nameOf(client),
        exchange,
        routingKey,
      },
      ...{ queues: step.queues, redelivered, outcome },
      message: viewOf({ position: 0, sequence: 0, message, redelivered, expiresIn: Number.POSITIVE_INFINITY }),
    })
  }

  #nameOf(client: TappedClient | undefined): string | undefined {
    if (client === undefined) return undefined
    for (const connection of this.#node.connections()) {
      if (connection.name === client.connection) return connection.userProvidedName ?? client.connection
    }
    return client.connection
  }
}
