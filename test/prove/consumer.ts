import type { Channel, ConsumeMessage } from 'amqplib'
import type { Consumption, Ledger } from './ledger.ts'
import { Session } from './session.ts'

const silenceMillisecondsMax = 10_000

export interface ConsumerPlan {
  readonly prefetch: number
  /** Deliveries per acknowledgement. */
  readonly every: number
}

/** Consumes from one queue and acknowledges, until its connection breaks. */
export class Consumer {
  readonly #session: Session
  readonly #channel: Channel
  readonly #consumption: Consumption
  readonly #plan: ConsumerPlan
  #unanswered = 0
  acknowledged = 0
  onAcknowledge: (() => void) | undefined

  private constructor(session: Session, channel: Channel, given: { consumption: Consumption; plan: ConsumerPlan }) {
    this.#session = session
    this.#channel = channel
    this.#consumption = given.consumption
    this.#plan = given.plan
  }

  static async start(url: string, ledger: Ledger, plan: ConsumerPlan): Promise<Consumer> {
    const session = await Session.open(url)
    const channel = await session.channel()
    await channel.prefetch(plan.prefetch)
    const consumer = new Consumer(session, channel, { consumption: ledger.begin(), plan })
    await channel.consume(ledger.queue, (message) => consumer.#onMessage(message))
    return consumer
  }

  get end(): Promise<void> {
    return this.#session.end
  }

  close(): Promise<void> {
    return this.#session.close()
  }

  #onMessage(message: ConsumeMessage | null): void {
    if (message === null || this.#session.broken) return
    this.#consumption.take(message, 'none')
    this.#unanswered += 1
    if (this.#unanswered < this.#plan.every) return
    this.#channel.ack(message, true)
    this.#consumption.acknowledgeAll()
    this.acknowledged += this.#unanswered
    this.#unanswered = 0
    this.onAcknowledge?.()
  }
}

/** What came of emptying a queue, or of looking at all it holds. */
export interface Drained {
  /** Names in order of arrival. */
  readonly names: readonly string[]
  /** How many the queue said it holds; undefined when there is no such queue. */
  readonly counted: number | undefined
}

/** Takes all a queue holds; with `nothing` acknowledged, all of it goes back when the channel closes. */
export async function drain(session: Session, ledger: Ledger, answering: 'nothing' | 'everything'): Promise<Drained> {
  const consumption = ledger.begin()
  const channel = await session.channel()
  const counted = await countIn(channel, ledger.queue)
  if (counted === undefined) return { names: [], counted }
  if (counted > 0) await takeAll(channel, ledger.queue, { counted, answering, consumption })
  // What is delivered beyond the count comes before this answer.
  if (!session.broken) await channel.checkQueue(ledger.queue)
  if (!session.broken) await channel.close()
  return { names: consumption.names, counted }
}

async function countIn(channel: Channel, queue: string): Promise<number | undefined> {
  try {
    return (await channel.checkQueue(queue)).messageCount
  } catch (error) {
    if (/NOT_FOUND/.test(String(error))) return undefined
    throw error
  }
}

interface Taking {
  readonly counted: number
  readonly answering: 'nothing' | 'everything'
  readonly consumption: Consumption
}

/** Resolves when as many came as were counted, or nothing comes any more: what came is judged later. */
function takeAll(channel: Channel, queue: string, { counted, answering, consumption }: Taking): Promise<void> {
  return new Promise((resolve, reject) => {
    const silence = setTimeout(resolve, silenceMillisecondsMax)
    const finish = () => {
      clearTimeout(silence)
      resolve()
    }
    channel.on('close', finish)
    const onMessage = (message: ConsumeMessage | null) => {
      if (message === null) return
      consumption.take(message, 'none')
      silence.refresh()
      if (consumption.deliveries.length < counted) return
      if (answering === 'everything') {
        channel.ack(message, true)
        consumption.acknowledgeAll()
      }
      finish()
    }
    channel.consume(queue, onMessage).catch(reject)
  })
}
