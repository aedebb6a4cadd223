import { encodePublish, FrameType, Method } from './amqp-encoding.ts'
import type { AmqpLink, Traffic } from './amqp-link.ts'
import { ConfirmWindow } from './confirm-window.ts'
import type { Workload } from './workloads.ts'

const writeBytes = 32 * 1024
const sampleEvery = 32

/** Gives publishers leave to send: how many messages may go out now. */
export interface Allowance {
  /** At most `wanted`, less where the consumers are behind, the rate is reached or the end is near. */
  grant(wanted: number): number
  /** Counts messages as sent. */
  spend(count: number): void
  /** Something was confirmed: perhaps all is done. */
  onProgress(): void
}

/** Writes pre-encoded publishes in batches, as long as the window, the socket and the allowance let it. */
export class Publisher implements Traffic {
  /** Messages the broker refused with basic.nack. */
  refused = 0
  readonly #link: AmqpLink
  readonly #allowance: Allowance
  readonly #window: ConfirmWindow
  readonly #windowSize: number
  readonly #batch: Buffer
  readonly #batchCount: number
  readonly #unitSize: number
  readonly #bodyOffset: number
  readonly #stamped: boolean
  readonly #sampleEvery: number
  #sinceSample = 0

  constructor(options: {
    readonly link: AmqpLink
    readonly queue: string
    readonly workload: Workload
    readonly allowance: Allowance
    readonly onConfirmed: (sentAt: number) => void
  }) {
    const { link, queue, workload } = options
    const { bodySize, durable: persistent, publishesPerWrite } = workload
    const unit = encodePublish({ queue, bodySize, persistent, frameMax: link.frameMax })
    this.#link = link
    this.#allowance = options.allowance
    this.#window = new ConfirmWindow(options.onConfirmed)
    this.#windowSize = workload.confirmWindow ?? 0
    this.#unitSize = unit.bytes.length
    this.#bodyOffset = unit.bodyOffset
    const filled = Math.max(1, Math.floor(writeBytes / unit.bytes.length))
    this.#batchCount = publishesPerWrite === 'fill' ? filled : publishesPerWrite
    if (this.#windowSize > 0) this.#batchCount = Math.min(this.#batchCount, this.#windowSize)
    this.#batch = Buffer.concat(Array.from({ length: this.#batchCount }, () => unit.bytes))
    this.#stamped = bodySize >= 9
    this.#sampleEvery = this.#windowSize === 1 || workload.ratePerSecond !== undefined ? 1 : sampleEvery
    link.traffic = this
  }

  /** Nothing waits for a confirm. */
  get idle(): boolean {
    return !this.#link.congested && (this.#windowSize === 0 || this.#window.outstanding === 0)
  }

  /** Sends what may be sent. */
  pump(): void {
    while (!this.#link.congested) {
      if (this.#windowSize > 0 && this.#window.outstanding + this.#batchCount > this.#windowSize) return
      const count = this.#allowance.grant(this.#batchCount)
      if (count === 0) return
      this.#send(count)
    }
  }

  onFrame(type: number, bytes: Buffer, offset: number): void {
    if (type !== FrameType.method) return
    const method = bytes.readUInt32BE(offset)
    if (method !== Method.basicAck && method !== Method.basicNack) return
    const tag = bytes.readUIntBE(offset + 6, 6)
    const before = this.#window.outstanding
    this.#window.settle(tag, (bytes[offset + 12]! & 1) === 1 ? 'up-to' : 'one')
    if (method === Method.basicNack) this.refused += before - this.#window.outstanding
  }

  onReadEnd(): void {
    this.pump()
    this.#allowance.onProgress()
  }

  onWritten(): void {
    this.pump()
  }

  /** Only the first message of a write is timed, and only every 32nd: timing must not cost. */
  #send(count: number): void {
    const sample = this.#sinceSample <= 0
    this.#sinceSample = sample ? this.#sampleEvery - count : this.#sinceSample - count
    const now = sample ? performance.now() : 0
    if (this.#stamped) {
      this.#batch[this.#bodyOffset] = sample ? 1 : 0
      if (sample) this.#batch.writeDoubleBE(now, this.#bodyOffset + 1)
    }
    if (this.#windowSize > 0) this.#window.sent(count, sample ? now : undefined)
    this.#allowance.spend(count)
    this.#link.write(count === this.#batchCount ? this.#batch : this.#batch.subarray(0, count * this.#unitSize))
  }
}
