import { longString, type Table, type TableValue } from '../std/table.ts'
import { Address } from './address.ts'
import type { Delivery } from './delivery.ts'
import type { Exchange } from './exchange.ts'
import { Message } from './message.ts'
import { encodeProperties, type Properties } from './properties.ts'
import { routingKeys } from './sender-selected.ts'
import type { Tap, TappedClient, TappedPublish } from './taps.ts'
import type { Turn, TurnTask } from './turn.ts'
import type { VirtualHost } from './virtual-host.ts'

/** The exchange of every virtual host that its messages are copied to. */
export const TRACE_EXCHANGE = 'amq.rabbitmq.trace'

/**
 * The firehose: while it is on, every message that is published in a virtual host or delivered from its queues is
 * copied to `amq.rabbitmq.trace`, at the end of the turn and in order. Nothing is copied while nothing is bound there.
 */
export class Firehose implements Tap, TurnTask {
  readonly #vhost: VirtualHost
  readonly #turn: Turn
  readonly #node: string
  #copies: Message[] = []
  #stop: (() => void) | undefined

  constructor(vhost: VirtualHost, { turn, node }: { readonly turn: Turn; readonly node: string }) {
    this.#vhost = vhost
    this.#turn = turn
    this.#node = node
  }

  /** Switches it on or off, from the next message on. */
  set isOn(on: boolean) {
    if (on === (this.#stop !== undefined)) return
    this.#stop?.()
    this.#stop = on ? this.#vhost.taps.add(this) : undefined
  }

  onPublish({ message, keys, queues, client }: TappedPublish): void {
    if (!this.#isWanted(message)) return
    this.#copy(`publish.${message.address.exchange}`, message, [
      ...this.#about(message, keys),
      ...this.#whose(client),
      ['routed_queues', { tag: 'A', value: queues.map(longString) }],
    ])
  }

  onDeliver(delivery: Delivery, client: TappedClient | undefined): void {
    const { message, queue, redelivered } = delivery
    if (!this.#isWanted(message)) return
    this.#copy(`deliver.${queue.name}`, message, [
      ...this.#about(message, routingKeys(message)),
      ['redelivered', { tag: 'I', value: redelivered ? 1 : 0 }],
      ...this.#whose(client),
    ])
  }

  /** The end of the turn. */
  run(): void {
    const copies = this.#copies
    this.#copies = []
    const exchange = this.#exchange
    if (exchange === undefined) return
    for (const copy of copies) this.#vhost.deliver(copy, exchange)
  }

  get #exchange(): Exchange | undefined {
    return this.#vhost.exchange(TRACE_EXCHANGE)
  }

  /** Copies are not copied again. */
  #isWanted(message: Message): boolean {
    return message.address.exchange !== TRACE_EXCHANGE && (this.#exchange?.bindingCount ?? 0) > 0
  }

  #copy(key: string, { body }: Message, headers: Table): void {
    const properties = encodeProperties({ headers })
    const content = Buffer.concat([properties, body])
    const address = new Address(TRACE_EXCHANGE, shortened(key))
    if (this.#copies.push(new Message(address, content, 0, properties.length, body.length)) === 1) {
      this.#turn.addDispatch(this)
    }
  }

  #about(message: Message, keys: readonly string[]): Table {
    return [
      ['exchange_name', longString(message.address.exchange)],
      ['routing_keys', { tag: 'A', value: keys.map(longString) }],
      ['properties', { tag: 'F', value: propertyTable(message.properties) }],
      ['node', longString(this.#node)],
    ]
  }

  #whose(client: TappedClient | undefined): Table {
    const vhost = ['vhost', longString(this.#vhost.name)] as const
    if (client === undefined) return [vhost]
    return [
      vhost,
      ['connection', longString(client.connection)],
      ['channel', { tag: 'I', value: client.channel }],
      ['user', longString(client.user)],
    ]
  }
}

/** The properties a message has, under their names in AMQP (`content_type`), as a table. */
function propertyTable(properties: Properties): Table {
  return Object.entries(properties).map(([name, value]) => [
    name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    propertyValue(value),
  ])
}

function propertyValue(value: Exclude<Properties[keyof Properties], undefined>): TableValue {
  if (typeof value === 'string') return longString(value)
  if (typeof value === 'number') return { tag: 'I', value }
  if (typeof value !== 'bigint') return { tag: 'F', value }
  return BigInt.asIntN(32, value) === value
    ? { tag: 'I', value: Number(value) }
    : { tag: 'l', value: BigInt.asIntN(64, value) }
}

/** Names have 255 bytes as routing keys have, so with what is before it a key may have too many. */
function shortened(key: string): string {
  const bytes = Buffer.from(key)
  return bytes.length <= 255 ? key : bytes.toString('utf8', 0, 252).replace(/\uFFFD$/, '')
}
