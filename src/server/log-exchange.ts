import { Address } from '../broker/address.ts'
import type { Broker } from '../broker/broker.ts'
import { Message } from '../broker/message.ts'
import { encodeProperties } from '../broker/properties.ts'
import { longString } from '../std/table.ts'
import type { LogEntry, LogFormatSettings } from './log-format.ts'

const LOG_EXCHANGE = 'amq.rabbitmq.log'

/** Entries that wait for the end of the turn before further ones are dropped. */
const WAITING_MAX = 10_000

/** Where the log is published to, and how. */
export interface LogExchangeOptions {
  readonly broker: Broker
  readonly vhost: string
  readonly node: string
  readonly format: LogFormatSettings
}

/** Publishes the log to the topic exchange `amq.rabbitmq.log`, under its levels as routing keys. */
export class LogExchange {
  readonly #options: LogExchangeOptions
  #waiting: Message[] = []
  #publishing = false

  constructor(options: LogExchangeOptions) {
    this.#options = options
    this.#makeExchange()
  }

  /** What publishing has to say is not published. */
  append({ level, time }: LogEntry, text: string): void {
    if (this.#publishing || this.#waiting.length >= WAITING_MAX) return
    const { broker, format, node } = this.#options
    const properties = encodeProperties({
      contentType: format.kind === 'json' ? 'application/json' : 'text/plain',
      headers: [['node', longString(node)]],
      timestamp: BigInt(Math.floor(time / 1e6)),
    })
    const body = Buffer.from(text)
    const content = Buffer.concat([properties, body])
    const message = new Message(new Address(LOG_EXCHANGE, level), content, 0, properties.length, body.length)
    if (this.#waiting.push(message) === 1) broker.clock.defer(() => this.#publish())
  }

  #publish(): void {
    const { broker, vhost } = this.#options
    const messages = this.#waiting
    this.#waiting = []
    this.#publishing = true
    try {
      this.#makeExchange()
      const exchange = broker.virtualHost(vhost)?.exchange(LOG_EXCHANGE)
      if (exchange === undefined || exchange.bindingCount === 0) return
      for (const message of messages) broker.virtualHost(vhost)?.deliver(message, exchange)
    } finally {
      this.#publishing = false
    }
  }

  #makeExchange(): void {
    const { broker, vhost } = this.#options
    if (broker.virtualHost(vhost)?.exchange(LOG_EXCHANGE) !== undefined) return
    broker.addExchange(vhost, {
      ...{ name: LOG_EXCHANGE, type: 'topic', durable: true, autoDelete: false, internal: true },
      arguments: [],
    })
  }
}
