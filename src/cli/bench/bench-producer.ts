import { AmqpClient } from '../amqp/amqp-client.ts'
import { deliveryMode, encodePublication, Method } from '../amqp/encoding.ts'
import type { BenchOptions } from './bench-options.ts'
import type { BenchTally } from './bench-tally.ts'

const CHANNEL = 1
/** Messages between two looks at the clock and the socket. */
const BURST = 64
const PENDING_BYTES_MAX = 256 * 1024
/** The first bytes of a body say when it was sent. */
export const STAMP_BYTES = 8

/** One connection that publishes as fast as it may. */
export class BenchProducer {
  readonly #client: AmqpClient
  readonly #options: BenchOptions
  readonly #tally: BenchTally
  readonly #template: Buffer
  readonly #stampAt: number | undefined
  /** When each publish went out that is not confirmed yet, oldest first. */
  readonly #sentAt: number[] = []
  #firstUnconfirmed = 1
  #sent = 0
  #wake: (() => void) | undefined

  private constructor(
    client: AmqpClient,
    options: BenchOptions,
    { tally, routingKey }: { tally: BenchTally; routingKey: string },
  ) {
    this.#client = client
    this.#options = options
    this.#tally = tally
    const body = Buffer.alloc(options.bodyBytes)
    const { exchange, isMandatory: mandatory, isPersistent } = options
    const publication = {
      channel: CHANNEL,
      exchange,
      routingKey,
      mandatory,
      properties: deliveryMode(isPersistent),
      body,
    }
    this.#template = encodePublication(publication, client.frameMax)
    const head = encodePublication({ ...publication, body: Buffer.alloc(0) }, client.frameMax).length
    this.#stampAt = options.bodyBytes >= STAMP_BYTES ? head + 7 : undefined
  }

  static async open(options: BenchOptions, use: { tally: BenchTally; routingKey: string }): Promise<BenchProducer> {
    const client = await AmqpClient.connect(options.uri, 'lapine bench producer')
    const producer = new BenchProducer(client, options, use)
    await client.openChannel(CHANNEL, {
      onConfirm: (tag, multiple, accepted) => producer.#onConfirm(tag, multiple, accepted),
      onReturned: () => {
        use.tally.returned += 1
      },
    })
    if (options.confirmWindow !== undefined)
      await client.call(CHANNEL, [Method.confirmSelect, Method.confirmSelectOk], [{ u8: 0 }])
    return producer
  }

  /** Publishes until `isOver`, or all that were asked for are out and confirmed. */
  async run(isOver: () => boolean): Promise<void> {
    const failed = new Promise<never>((_, reject) => {
      this.#client.onFailure = reject
    })
    await Promise.race([failed, this.#publish(isOver)])
  }

  async close(): Promise<void> {
    await this.#client.close()
  }

  async #publish(isOver: () => boolean): Promise<void> {
    const { producerMessages = Number.POSITIVE_INFINITY, rate } = this.#options
    const startedAt = performance.now()
    while (!isOver() && this.#sent < producerMessages) {
      const due = rate === undefined ? BURST : Math.floor(((performance.now() - startedAt) / 1000) * rate) - this.#sent
      const count = Math.min(BURST, due, this.#room(), producerMessages - this.#sent)
      if (count > 0) this.#send(count)
      if (this.#room() <= 0) await this.#progress()
      else if (this.#client.pendingBytes > PENDING_BYTES_MAX) await this.#client.drained()
      else if (rate !== undefined) await new Promise((resolve) => setTimeout(resolve, 1))
      else await new Promise((resolve) => setImmediate(resolve))
    }
    while (!isOver() && this.#options.confirmWindow !== undefined && this.#sentAt.length > 0) await this.#progress()
  }

  #room(): number {
    return (this.#options.confirmWindow ?? Number.POSITIVE_INFINITY) - this.#sentAt.length
  }

  #send(count: number): void {
    const now = performance.now()
    const size = this.#template.length
    const batch = Buffer.allocUnsafe(size * count)
    for (let index = 0; index < count; index++) {
      this.#template.copy(batch, index * size)
      if (this.#stampAt !== undefined) batch.writeDoubleBE(now, index * size + this.#stampAt)
      if (this.#options.confirmWindow !== undefined) this.#sentAt.push(now)
    }
    this.#client.write(batch)
    this.#sent += count
    this.#tally.sent += count
  }

  /** Resolves at the next confirm, or a moment later. */
  #progress(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, 100)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #onConfirm(tag: number, multiple: boolean, accepted: boolean): void {
    const now = performance.now()
    // One that comes out of turn counts for the oldest: over many it is the same.
    const count = multiple ? tag - this.#firstUnconfirmed + 1 : 1
    for (const sentAt of this.#sentAt.splice(0, count)) this.#tally.confirmLatency.record((now - sentAt) * 1000)
    this.#firstUnconfirmed += count
    if (accepted) this.#tally.confirmed += count
    else this.#tally.refused += count
    this.#wake?.()
    this.#wake = undefined
  }
}
