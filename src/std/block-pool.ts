/** Sizes of blocks. Most connections write little; a busy one fills large blocks. */
const blockSizes = [4 * 1024, 32 * 1024, 256 * 1024] as const

/** The largest size a pool keeps. */
export const blockSizeMax = 256 * 1024

/**
 * Blocks of output memory shared by many writers. A block that is never given back is simply
 * collected, so forgetting costs speed and not memory.
 */
export class BlockPool {
  readonly #free: Buffer[][] = blockSizes.map(() => [])
  /** Blocks handed out, so that giving one back twice, or a stranger, does no harm. */
  readonly #out = new WeakMap<ArrayBufferLike, Buffer>()
  readonly #bytesMax: number
  #bytes = 0

  /** Keeps at most `bytesMax` of free blocks. */
  constructor(bytesMax = 8 * 1024 * 1024) {
    this.#bytesMax = bytesMax
  }

  /** A block with room for at least `size` bytes; what is in it is arbitrary. */
  take(size: number): Buffer {
    const index = blockSizes.findIndex((blockSize) => size <= blockSize)
    if (index < 0) return Buffer.allocUnsafeSlow(size)
    let block = this.#free[index]!.pop()
    if (block === undefined) block = Buffer.allocUnsafeSlow(blockSizes[index]!)
    else this.#bytes -= block.length
    this.#out.set(block.buffer, block)
    return block
  }

  /** Takes back the block that `bytes` are a part of; nobody may read or write any of it any more. */
  give(bytes: Buffer): void {
    const block = this.#out.get(bytes.buffer)
    if (block === undefined) return
    this.#out.delete(block.buffer)
    if (this.#bytes + block.length > this.#bytesMax) return
    this.#bytes += block.length
    this.#free[blockSizes.indexOf(block.length as (typeof blockSizes)[number])]!.push(block)
  }

  /** Bytes that lie here unused. */
  get freeBytes(): number {
    return this.#bytes
  }
}
