import { type Duration, milliseconds } from './duration.ts'
import type { MessagePattern, MessageView } from './message-view.ts'
import type { PassingTime } from './passing-time.ts'
import type { QueueView } from './queue-view.ts'

export interface ExpectationOptions {
  readonly vhost?: string
  /** How long, in real time, it may take; 1000 ms when absent. */
  readonly within?: Duration
}

/** Between two looks, for what comes from another process. */
const LOOK_MILLISECONDS = 5

/** Waits for what a test expects of an embedded broker, and says what there is instead. */
export class Expectations {
  readonly #time: PassingTime
  readonly #queue: (name: string, vhost: string | undefined) => QueueView

  constructor(time: PassingTime, queue: (name: string, vhost: string | undefined) => QueueView) {
    this.#time = time
    this.#queue = queue
  }

  /** Resolves with the first message in a queue that fits; rejects with an Error that lists what is there. */
  async message(queue: string, pattern: MessagePattern = {}, options: ExpectationOptions = {}): Promise<MessageView> {
    const view = this.#queue(queue, options.vhost)
    const found = await this.#until(options.within, async () => (await view.messages(pattern))[0])
    if (found !== undefined) return found
    throw new Error(`no message like ${JSON.stringify(pattern)} in queue '${queue}'; ${await describe(view)}`)
  }

  /** Resolves when a queue has so many messages that wait. */
  async depth(queue: string, count: number, options: ExpectationOptions = {}): Promise<void> {
    const view = this.#queue(queue, options.vhost)
    const reached = await this.#until(options.within, async () => (view.depth === count ? true : undefined))
    if (reached !== true) throw new Error(`queue '${queue}' should have ${count} messages; ${await describe(view)}`)
  }

  /** Resolves when all has come to rest and a queue has no message that fits. */
  async noMessage(
    queue: string,
    pattern: MessagePattern = {},
    options: Omit<ExpectationOptions, 'within'> = {},
  ): Promise<void> {
    await this.#time.settled()
    const view = this.#queue(queue, options.vhost)
    if ((await view.messages(pattern)).length === 0) return
    throw new Error(`a message like ${JSON.stringify(pattern)} is in queue '${queue}'; ${await describe(view)}`)
  }

  /** Resolves when a queue has so many consumers. */
  async consumers(queue: string, count: number, options: ExpectationOptions = {}): Promise<void> {
    const view = this.#queue(queue, options.vhost)
    const reached = await this.#until(options.within, async () => (view.consumers === count ? true : undefined))
    if (reached !== true) throw new Error(`queue '${queue}' should have ${count} consumers; it has ${view.consumers}`)
  }

  async #until<T>(within: Duration = 1000, look: () => Promise<T | undefined>): Promise<T | undefined> {
    const deadline = performance.now() + milliseconds(within)
    for (;;) {
      await this.#time.settled()
      const found = await look()
      if (found !== undefined || performance.now() >= deadline) return found
      await new Promise((resolve) => setTimeout(resolve, LOOK_MILLISECONDS))
    }
  }
}

/** What is in a queue, for the text of an error. */
async function describe(view: QueueView): Promise<string> {
  if (!view.exists) return `there is no queue '${view.name}' in vhost '${view.vhost}'`
  const shown: string[] = []
  for await (const { routingKey, headers, text } of view.each()) {
    if (shown.length === 5) {
      shown.push('…')
      break
    }
    const body = text.length > 80 ? `${text.slice(0, 80)}…` : text
    shown.push(`${JSON.stringify(body)} (routing key '${routingKey}', headers ${JSON.stringify(headers)})`)
  }
  const { depth, unacknowledged } = view
  return `it has ${depth} waiting and ${unacknowledged} unacknowledged${shown.length > 0 ? `: ${shown.join(', ')}` : ''}`
}
