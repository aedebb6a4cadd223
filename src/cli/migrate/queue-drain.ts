import { createHash } from 'node:crypto'
import { AmqpClient, type Delivered } from '../amqp/amqp-client.ts'
import { encodeMethod, encodePublication, Method } from '../amqp/encoding.ts'
import { withoutUserId } from '../amqp/user-id.ts'

const CHANNEL = 1
const LOOK_MILLISECONDS = 20
/** Without a message for so long, a queue is looked at again. */
const IDLE_MILLISECONDS = 500

/** Both ends of a move, logged in to the queue's virtual host. */
export interface DrainEnds {
  readonly source: URL
  readonly target: URL
  /** Messages under way at a time. */
  readonly prefetch: number
}

export interface DrainProgress {
  readonly moved: number
  readonly total: number
}

/**
 * Moves the messages of a queue to the queue of the same name elsewhere: each is acknowledged over there when it was confirmed
 * here. Resolves with how many were moved when nothing is left, or `stop` was aborted and what was under way has arrived.
 */
export async function drainQueue(
  queue: string,
  ends: DrainEnds,
  { stop, onProgress }: { stop: AbortSignal; onProgress(progress: DrainProgress): void },
): Promise<number> {
  const source = await AmqpClient.connect(ends.source, 'lapine migrate')
  try {
    const target = await AmqpClient.connect(ends.target, 'lapine migrate')
    try {
      return await new QueueDrain(queue, source, target).run(ends.prefetch, stop, onProgress)
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}

class QueueDrain {
  readonly #queue: string
  readonly #source: AmqpClient
  readonly #target: AmqpClient
  /**
   * One exchange that leads to this queue alone, whatever the routing key and the CC header say: so both arrive as they were.
   */
  readonly #exchange: string
  /** Tags of deliveries whose publish is not confirmed, by the number of the publish. */
  readonly #underWay = new Map<number, number>()
  #published = 0
  #moved = 0
  #lastAt = performance.now()
  #failure: Error | undefined

  constructor(queue: string, source: AmqpClient, target: AmqpClient) {
    this.#queue = queue
    this.#source = source
    this.#target = target
    this.#exchange = `lapine.migrate.${createHash('sha256').update(queue).digest('hex').slice(0, 16)}`
    const fail = (error: Error): void => {
      this.#failure ??= error
    }
    source.onFailure = fail
    target.onFailure = fail
  }

  async run(prefetch: number, stop: AbortSignal, onProgress: (progress: DrainProgress) => void): Promise<number> {
    await this.#prepareTarget()
    try {
      return await this.#moveAll(prefetch, stop, onProgress)
    } finally {
      await this.#removeExchange().catch(() => {})
    }
  }

  async #moveAll(prefetch: number, stop: AbortSignal, onProgress: (progress: DrainProgress) => void): Promise<number> {
    await this.#source.openChannel(CHANNEL, { onDelivery: (message) => this.#forward(message) })
    let left = await this.#messagesLeft()
    const total = left
    if (left > 0) await this.#consume(prefetch)
    while (!stop.aborted && left > 0) {
      await this.#pause()
      onProgress({ moved: this.#moved, total: Math.max(total, this.#moved) })
      const isQuiet = this.#underWay.size === 0 && performance.now() - this.#lastAt > IDLE_MILLISECONDS
      if (isQuiet || (this.#moved >= total && this.#underWay.size === 0)) left = await this.#messagesLeft()
    }
    // What came already is brought to its end, so that nothing is moved twice.
    this.#source.write(cancel(this.#queue))
    while (this.#underWay.size > 0) await this.#pause()
    return this.#moved
  }

  async #prepareTarget(): Promise<void> {
    await this.#target.openChannel(CHANNEL, {
      onConfirm: (tag, multiple, accepted) => this.#onConfirm(tag, multiple, accepted),
      onReturned: () => {
        this.#failure ??= new Error(`the queue '${this.#queue}' does not take its messages here`)
      },
    })
    const about = [{ u16: 0 }, { short: this.#exchange }, { short: 'fanout' }, { u8: 0 }, { table: {} }]
    await this.#target.call(CHANNEL, [Method.exchangeDeclare, Method.exchangeDeclareOk], about)
    const binding = [
      { u16: 0 },
      { short: this.#queue },
      { short: this.#exchange },
      { short: '' },
      { u8: 0 },
      { table: {} },
    ]
    await this.#target.call(CHANNEL, [Method.queueBind, Method.queueBindOk], binding)
    await this.#target.call(CHANNEL, [Method.confirmSelect, Method.confirmSelectOk], [{ u8: 0 }])
  }

  async #consume(prefetch: number): Promise<void> {
    const qos = [{ u32: 0 }, { u16: prefetch }, { u8: 0 }]
    await this.#source.call(CHANNEL, [Method.basicQos, Method.basicQosOk], qos)
    const consume = [{ u16: 0 }, { short: this.#queue }, { short: tagOf(this.#queue) }, { u8: 0 }, { table: {} }]
    await this.#source.call(CHANNEL, [Method.basicConsume, Method.basicConsumeOk], consume)
  }

  #forward({ deliveryTag, routingKey, properties, body }: Delivered): void {
    this.#lastAt = performance.now()
    this.#published += 1
    this.#underWay.set(this.#published, deliveryTag)
    const publication = {
      channel: CHANNEL,
      exchange: this.#exchange,
      routingKey,
      mandatory: true,
      properties: withoutUserId(properties),
      body,
    }
    this.#target.write(encodePublication(publication, this.#target.frameMax))
  }

  #onConfirm(tag: number, multiple: boolean, accepted: boolean): void {
    const tags = multiple ? [...this.#underWay.keys()].filter((number) => number <= tag) : [tag]
    if (!accepted) this.#failure ??= new Error(`the queue '${this.#queue}' is full here: a message was refused`)
    if (this.#failure !== undefined) return
    for (const number of tags) {
      this.#source.settle(CHANNEL, this.#underWay.get(number)!)
      this.#underWay.delete(number)
      this.#moved += 1
    }
  }

  /** Those that wait in the source. */
  async #messagesLeft(): Promise<number> {
    const passive = [{ u16: 0 }, { short: this.#queue }, { u8: 1 }, { table: {} }]
    const payload = await this.#source.call(CHANNEL, [Method.queueDeclare, Method.queueDeclareOk], passive)
    return payload.readUInt32BE(5 + payload[4]!)
  }

  async #removeExchange(): Promise<void> {
    const args = [{ u16: 0 }, { short: this.#exchange }, { u8: 0 }]
    await this.#target.call(CHANNEL, [Method.exchangeDelete, Method.exchangeDeleteOk], args)
  }

  async #pause(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MILLISECONDS))
    if (this.#failure !== undefined) throw this.#failure
  }
}

function tagOf(queue: string): string {
  return `lapine.migrate.${createHash('sha256').update(queue).digest('hex').slice(0, 8)}`
}

/** `basic.cancel` that wants no answer. */
function cancel(queue: string): Buffer {
  return encodeMethod(CHANNEL, Method.basicCancel, [{ short: tagOf(queue) }, { u8: 1 }])
}
