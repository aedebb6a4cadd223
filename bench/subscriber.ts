import { encodeMethod, FrameType, Method } from './amqp-encoding.ts'
import type { AmqpLink, Traffic } from './amqp-link.ts'
import type { Workload } from './workloads.ts'

const ackSize = 21
const acksMax = 1024

/** Counts deliveries by their frames, and acknowledges every so many of them cumulatively. */
export class Subscriber implements Traffic {
  delivered = 0
  readonly #link: AmqpLink
  readonly #ackEvery: number
  readonly #bodySize: number
  readonly #onDelivered: (sentAt: number) => void
  readonly #onProgress: () => void
  readonly #acks = Buffer.concat(
    Array.from({ length: acksMax }, () => encodeMethod(1, Method.basicAck, [{ u64: 0 }, { u8: 1 }])),
  )
  #ackCount = 0
  #unacked = 0
  #tag = 0
  #bodyMissing = 0

  constructor(options: {
    readonly link: AmqpLink
    readonly workload: Workload
    /** Called for a message that carries the time it was sent at. */
    readonly onDelivered: (sentAt: number) => void
    /** Called after each read that brought deliveries. */
    readonly onProgress: () => void
  }) {
    this.#link = options.link
    this.#ackEvery = options.workload.consumption?.ackEvery ?? 0
    this.#bodySize = options.workload.bodySize
    this.#onDelivered = options.onDelivered
    this.#onProgress = options.onProgress
    options.link.traffic = this
  }

  onFrame(type: number, bytes: Buffer, offset: number, size: number): void {
    if (type === FrameType.body) this.#onBody(bytes, offset, size)
    else if (type === FrameType.header) this.#bodyMissing = this.#bodySize
    else if (type === FrameType.method && this.#ackEvery > 0) this.#noteTag(bytes, offset)
  }

  onReadEnd(): void {
    this.#flushAcks()
    this.#onProgress()
  }

  onWritten(): void {}

  /** Acknowledges the remainder that does not fill a whole acknowledgement. */
  finish(): void {
    if (this.#unacked > 0) this.#acknowledge()
    this.#flushAcks()
  }

  #onBody(bytes: Buffer, offset: number, size: number): void {
    const first = this.#bodyMissing === this.#bodySize
    this.#bodyMissing -= size
    if (this.#bodyMissing < 0) throw new Error('the broker delivered a body of another size')
    if (first && size >= 9 && bytes[offset] === 1) this.#onDelivered(bytes.readDoubleBE(offset + 1))
    if (this.#bodyMissing > 0) return
    this.delivered += 1
    if (this.#ackEvery > 0 && ++this.#unacked === this.#ackEvery) this.#acknowledge()
  }

  #noteTag(bytes: Buffer, offset: number): void {
    if (bytes.readUInt32BE(offset) !== Method.basicDeliver) return
    const at = offset + 5 + bytes[offset + 4]!
    this.#tag = bytes.readUIntBE(at + 2, 6)
  }

  #acknowledge(): void {
    if (this.#ackCount === acksMax) this.#flushAcks()
    this.#acks.writeUIntBE(this.#tag, this.#ackCount * ackSize + 13, 6)
    this.#ackCount += 1
    this.#unacked = 0
  }

  /** A copy goes out, because the next acknowledgements may come before the socket took these. */
  #flushAcks(): void {
    if (this.#ackCount === 0) return
    this.#link.write(Buffer.from(this.#acks.subarray(0, this.#ackCount * ackSize)))
    this.#ackCount = 0
  }
}
