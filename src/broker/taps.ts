import type { Delivery, Outcome } from './delivery.ts'
import type { Message } from './message.ts'

/** Whose publish or delivery it is. */
export interface TappedClient {
  /** Name of the connection. */
  readonly connection: string
  readonly user: string
  /** 0 where a protocol has no channels. */
  readonly channel: number
}

/** One publish, as its tap sees it: routed, and not yet in any queue. */
export interface TappedPublish {
  readonly message: Message
  /** All it was routed by: its own key, and those of its headers CC and BCC. */
  readonly keys: readonly string[]
  /** Names of the queues it leads to. */
  readonly queues: readonly string[]
  readonly client: TappedClient
}

/** Who watches the messages of a virtual host go by. Taps must not throw, and must not change the broker within the call. */
export interface Tap {
  onPublish(publish: TappedPublish): void
  /** The message is on its way to a consumer (or a poll); its client is undefined for one within the process. */
  onDeliver(delivery: Delivery, client: TappedClient | undefined): void
  /** What became of a delivery that was handed out; not told of those that count as accepted by that alone. */
  onSettle?(delivery: Delivery, outcome: Outcome): void
}

/** The taps of a virtual host. While there are none, all it costs is a look at `isOpen`. */
export class Taps implements Tap {
  /** Somebody watches: to be looked at before anything is prepared for `onPublish` or `onDeliver`. */
  isOpen = false
  readonly #taps = new Set<Tap>()

  /** Answers how to stop watching. */
  add(tap: Tap): () => void {
    this.#taps.add(tap)
    this.isOpen = true
    return () => {
      this.#taps.delete(tap)
      this.isOpen = this.#taps.size > 0
    }
  }

  onPublish(publish: TappedPublish): void {
    for (const tap of this.#taps) tap.onPublish(publish)
  }

  onDeliver(delivery: Delivery, client: TappedClient | undefined): void {
    for (const tap of this.#taps) tap.onDeliver(delivery, client)
  }

  onSettle(delivery: Delivery, outcome: Outcome): void {
    for (const tap of this.#taps) tap.onSettle?.(delivery, outcome)
  }
}
