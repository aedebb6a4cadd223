import { type Channel, type ChannelModel, type ConsumeMessage, connect } from 'amqplib'
import { type Acknowledgement, check, type Delivered, type Fate, type History, type Verdict } from './checker.ts'

const patienceMilliseconds = 8_000

/** How a consumption answers: nothing, everything, or every delivery until the broker is gone. */
export type Answering = 'nothing' | 'everything'

/** Publishes to one durable queue and consumes from it, writing down what it saw for the checker. */
export class Witness {
  readonly queue: string
  readonly #published = new Map<number, Fate>()
  readonly #consumptions: Delivered[][] = []

  constructor(queue: string) {
    this.queue = queue
  }

  /** Declares the queue. */
  async declare(url: string): Promise<void> {
    await using session = await Session.open(url)
    await session.channel.assertQueue(this.queue, { durable: true })
  }

  /** Publishes `count` messages and waits until each is confirmed. */
  async publish(url: string, count: number): Promise<void> {
    await using session = await Session.open(url)
    const channel = await session.connection.createConfirmChannel()
    for (let i = 0; i < count; i++) this.#send(channel)
    await channel.waitForConfirms()
  }

  /**
   * Publishes with `window` messages unconfirmed at all times until the connection breaks, and calls
   * `strike` once, when `after` are confirmed: so the broker dies in the middle of the work.
   */
  async publishUntilDeath(url: string, plan: { window: number; after: number; strike: () => void }): Promise<void> {
    await using session = await Session.open(url)
    const channel = await session.connection.createConfirmChannel()
    channel.on('error', () => {})
    let confirmed = 0
    const onSettled = () => {
      confirmed += 1
      if (confirmed === plan.after) plan.strike()
      if (!session.broken) this.#send(channel, onSettled)
    }
    for (let i = 0; i < plan.window; i++) this.#send(channel, onSettled)
    await session.end
  }

  /** Consumes and acknowledges one by one until the connection breaks; calls `strike` at the delivery `after`. */
  async consumeUntilDeath(url: string, plan: { prefetch: number; after: number; strike: () => void }): Promise<void> {
    await using session = await Session.open(url)
    const { channel } = session
    await channel.prefetch(plan.prefetch)
    const seen: Delivered[] = []
    this.#consumptions.push(seen)
    await channel.consume(this.queue, (message) => {
      if (message === null || session.broken) return
      channel.ack(message)
      seen.push(deliveredBy(message, 'sent'))
      if (seen.length === plan.after) plan.strike()
    })
    await session.end
  }

  /** Takes all the queue holds; answers the names in order of arrival. */
  async drain(url: string, answering: Answering): Promise<string[]> {
    await using session = await Session.open(url)
    const { channel } = session
    const { messageCount } = await channel.checkQueue(this.queue)
    const seen: Delivered[] = []
    this.#consumptions.push(seen)
    await new Promise<void>((resolve, reject) => {
      // Whoever counts more than it delivers is judged by what came.
      const late = setTimeout(resolve, patienceMilliseconds)
      const onMessage = (message: ConsumeMessage | null) => {
        if (message === null) return
        seen.push(deliveredBy(message, answering === 'everything' ? 'sent' : 'none'))
        if (answering === 'everything') channel.ack(message)
        if (seen.length < messageCount) return
        clearTimeout(late)
        resolve()
      }
      channel.consume(this.queue, onMessage).then(() => {
        if (messageCount === 0) resolve()
        if (messageCount === 0) clearTimeout(late)
      }, reject)
    })
    // What is delivered beyond the count comes before this answer.
    await channel.checkQueue(this.queue)
    return seen.map(({ publisher, sequence }) => `${publisher}/${sequence}`)
  }

  /** From now on every acknowledgement so far counts as settled: the broker was stopped cleanly. */
  settle(): void {
    for (const consumption of this.#consumptions) {
      for (const [index, delivery] of consumption.entries()) {
        if (delivery.acknowledgement === 'sent') consumption[index] = { ...delivery, acknowledgement: 'settled' }
      }
    }
  }

  /** Messages of which the publisher knows a confirm. */
  get confirmedCount(): number {
    return [...this.#published.values()].filter((fate) => fate === 'confirmed').length
  }

  verdict(): Verdict {
    return check(this.#history())
  }

  #history(): History {
    const published = [...this.#published].map(([sequence, fate]) => ({ publisher: this.queue, sequence, fate }))
    return { published, consumptions: this.#consumptions }
  }

  #send(channel: Awaited<ReturnType<ChannelModel['createConfirmChannel']>>, onSettled?: () => void): void {
    const sequence = this.#published.size + 1
    this.#published.set(sequence, 'unknown')
    const properties = { persistent: true, messageId: `${this.queue}/${sequence}` }
    channel.sendToQueue(this.queue, bodyOf(properties.messageId), properties, (error) => {
      // amqplib reports a lost connection as it reports a refusal; what is not confirmed may be either.
      if (error === null) this.#published.set(sequence, 'confirmed')
      if (error === null) onSettled?.()
    })
  }
}

/** One connection with one channel, that survives its broker's death quietly. */
class Session implements AsyncDisposable {
  readonly connection: ChannelModel
  readonly channel: Channel
  /** Resolves when the connection is gone. */
  readonly end: Promise<void>
  broken = false

  private constructor(connection: ChannelModel, channel: Channel) {
    this.connection = connection
    this.channel = channel
    channel.on('error', () => {})
    connection.on('error', () => {})
    this.end = new Promise((resolve) => {
      connection.on('close', () => {
        this.broken = true
        resolve()
      })
    })
  }

  static async open(url: string): Promise<Session> {
    const connection = await connect(url)
    return new Session(connection, await connection.createChannel())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.broken) await this.connection.close()
  }
}

/** A message whose body is not the one sent under its id counts as one nobody sent. */
function deliveredBy(message: ConsumeMessage, acknowledgement: Acknowledgement): Delivered {
  const id = String(message.properties.messageId)
  const [publisher = '', sequence = ''] = id.split('/')
  const { redelivered } = message.fields
  if (bodyOf(id).equals(message.content)) {
    return { publisher, sequence: Number(sequence), redelivered, acknowledgement }
  }
  return { publisher: `damaged ${publisher}`, sequence: Number(sequence), redelivered, acknowledgement }
}

/** Bodies of 0 to 4 KiB and more, each known from its id. */
function bodyOf(id: string): Buffer {
  const sequence = Number(id.split('/')[1])
  return Buffer.alloc((sequence * 397) % 4200, `${id};`)
}
