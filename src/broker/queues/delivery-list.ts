import type { Delivery } from '../delivery.ts'

/** What a queue has handed out and not got back, in the order of handing out; linked through the deliveries. */
export class DeliveryList {
  #oldest: Delivery | undefined
  #newest: Delivery | undefined
  length = 0
  /** Of the bodies. */
  bytes = 0

  add(delivery: Delivery): void {
    delivery.older = this.#newest
    if (this.#newest === undefined) this.#oldest = delivery
    else this.#newest.newer = delivery
    this.#newest = delivery
    this.length++
    this.bytes += delivery.message.bodySize
  }

  remove(delivery: Delivery): void {
    const { older, newer } = delivery
    if (older === undefined) this.#oldest = newer
    else older.newer = newer
    if (newer === undefined) this.#newest = older
    else newer.older = older
    delivery.older = undefined
    delivery.newer = undefined
    this.length--
    this.bytes -= delivery.message.bodySize
  }

  *[Symbol.iterator](): Generator<Delivery> {
    for (let delivery = this.#oldest; delivery !== undefined; delivery = delivery.newer) yield delivery
  }
}
