import type { Channel, ConfirmChannel, ConsumeMessage, Message, Options } from 'amqplib'
import { within } from './waiting.ts'

/** A consumer that keeps what it gets until the test asks for it. */
export class Inbox {
  readonly tag: Promise<string>
  /** Every message so far, in order. */
  readonly messages: ConsumeMessage[] = []
  #taken = 0
  #cancelled = false
  #wake: (() => void) | undefined

  private constructor(channel: Channel, queue: string, options: Options.Consume) {
    this.tag = channel
      .consume(
        queue,
        (message) => {
          if (message === null) this.#cancelled = true
          else this.messages.push(message)
          this.#wake?.()
        },
        options,
      )
      .then(({ consumerTag }) => consumerTag)
  }

  /** Consumes; resolves when the broker said consume-ok. */
  static async open(channel: Channel, queue: string, options: Options.Consume = {}): Promise<Inbox> {
    const inbox = new Inbox(channel, queue, options)
    await inbox.tag
    return inbox
  }

  /** The next message. */
  async next(): Promise<ConsumeMessage> {
    await within(
      this.#until(() => this.messages.length > this.#taken),
      'a message',
    )
    return this.messages[this.#taken++]!
  }

  /** The next `count` messages. */
  async take(count: number): Promise<ConsumeMessage[]> {
    const taken: ConsumeMessage[] = []
    while (taken.length < count) taken.push(await this.next())
    return taken
  }

  /** The texts of the next `count` messages. */
  async texts(count: number): Promise<string[]> {
    return (await this.take(count)).map(textOf)
  }

  /** Resolves when the broker cancels the consumer. */
  async cancelled(): Promise<void> {
    await within(
      this.#until(() => this.#cancelled),
      'the broker to cancel the consumer',
    )
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}

export function textOf(message: Message): string {
  return message.content.toString()
}

/** A publish with confirmation; `''` as exchange is the default exchange. */
export interface Letter {
  readonly exchange?: string
  readonly key: string
  readonly body?: string | Buffer
  readonly options?: Options.Publish
}

/** Publishes and waits for the broker's confirmation; rejects when it is a negative one. */
export function publish(channel: ConfirmChannel, letter: Letter): Promise<void> {
  const confirmed = new Promise<void>((resolve, reject) => {
    const body = Buffer.from(letter.body ?? '')
    channel.publish(letter.exchange ?? '', letter.key, body, letter.options ?? {}, (error) =>
      error === null ? resolve() : reject(error),
    )
  })
  return within(confirmed, 'a confirm')
}

/** Publishes one message for each text into a queue, all confirmed when it resolves. */
export async function fill(channel: ConfirmChannel, queue: string, texts: readonly string[]): Promise<void> {
  await Promise.all(texts.map((body) => publish(channel, { key: queue, body })))
}

/** Takes everything ready out of a queue, acknowledged, as texts. */
export async function drain(channel: Channel, queue: string): Promise<string[]> {
  const texts: string[] = []
  for (;;) {
    const message = await channel.get(queue, { noAck: true })
    if (message === false) return texts
    texts.push(textOf(message))
  }
}
