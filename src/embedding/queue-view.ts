import type { Broker } from '../broker/broker.ts'
import type { Queue } from '../broker/queue.ts'
import { type MessagePattern, type MessageView, matches, viewOf } from './message-view.ts'

/** Looked at in one go. */
const PAGE = { count: 1000, bytes: 8 * 1024 * 1024 }

/** A queue of an embedded broker, to look at; it need not exist yet. Nothing changes by looking. */
export class QueueView {
  readonly name: string
  readonly vhost: string
  readonly #broker: Broker

  constructor(broker: Broker, vhost: string, name: string) {
    this.#broker = broker
    this.vhost = vhost
    this.name = name
  }

  get exists(): boolean {
    return this.#found !== undefined
  }

  /** Messages that wait; 0 where there is no such queue. */
  get depth(): number {
    return this.#found?.depth ?? 0
  }

  /** Messages delivered and not settled. */
  get unacknowledged(): number {
    return this.#found?.unsettled ?? 0
  }

  get consumers(): number {
    return this.#found?.consumerCount ?? 0
  }

  /** What waits, next first; those that fit the pattern, if one is given. */
  async messages(pattern: MessagePattern = {}): Promise<MessageView[]> {
    const found: MessageView[] = []
    for await (const message of this.each()) if (matches(message, pattern)) found.push(message)
    return found
  }

  /** The same one by one, for queues that are longer than memory. */
  async *each(): AsyncGenerator<MessageView> {
    const queue = this.#found
    if (queue === undefined) return
    for (let from = 0; ; ) {
      const page = await queue.browse(from, PAGE)
      for (const browsed of page) yield viewOf(browsed)
      const last = page.at(-1)
      if (last === undefined) return
      from = last.position + 1
    }
  }

  get #found(): Queue | undefined {
    return this.#broker.virtualHost(this.vhost)?.queue(this.name)
  }
}
