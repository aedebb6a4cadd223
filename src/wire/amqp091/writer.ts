import { BlockPool, blockSizeMax } from '../../std/block-pool.ts'
import { copyBytes } from '../../std/copy-bytes.ts'
import { basicClassId, frameEnd, frameOverhead, frameTypes } from './codes.ts'
import { DeliverTemplate, deliverKey } from './deliver-template.ts'
import { type Method, methodSize, writeMethod } from './methods.gen.ts'

/** One pool for all connections of the process. */
const sharedPool = new BlockPool()

/** Parts of bodies from here on go out as pieces of their own; below, copying is cheaper. */
const referenceBytesMin = 16 * 1024

/** A block fuller than this is left as a piece, rather than copied, when a larger one is needed. */
const copiedBytesMax = 32 * 1024

const getOkKey = (basicClassId << 16) | 71
const ackKey = (basicClassId << 16) | 80
const nackKey = (basicClassId << 16) | 120

const headSize = 7

/**
 * The output of one connection: whole frames, collected until `take`. It holds memory only while there
 * is output. Strings that go out often are given in wire form: a length octet, then UTF-8 (`shortstr`).
 */
export class FrameWriter {
  readonly #pool: BlockPool
  /** Finished pieces, in order. */
  #pieces: Buffer[] = []
  #piecesSize = 0
  /** The block being written; [#start, #at) is not in a piece yet. */
  #block: Buffer = noBlock
  #view: DataView = noView
  #start = 0
  #at = 0
  /** Bytes of the last take, which is what the next is expected to need. */
  #expected = 0
  /** For deliveries like the last one, made when two in a row were alike. */
  #template: DeliverTemplate | undefined
  #lastConsumerTag: Buffer = noBlock
  #lastAddress: Buffer = noBlock

  constructor(pool: BlockPool = sharedPool) {
    this.#pool = pool
  }

  /** Bytes that wait to be taken. */
  get size(): number {
    return this.#piecesSize + this.#at - this.#start
  }

  /**
   * What is to be written now, in order; the caller owns it and should hand it to `giveBack` when it has
   * been written. Bodies taken by reference are among the pieces, so they must stay unchanged until then.
   */
  take(): Buffer[] {
    this.#finishPiece()
    const pieces = this.#pieces
    this.#expected = this.#piecesSize
    this.#pieces = []
    this.#piecesSize = 0
    this.#useBlock(noBlock)
    return pieces
  }

  /** Returns the memory of the pieces of one `take`, all together, once all of them are written. */
  giveBack(pieces: readonly Buffer[]): void {
    for (const piece of pieces) this.#pool.give(piece)
  }

  /** Bytes as they are: a protocol header, or frames made elsewhere. */
  raw(bytes: Buffer, start = 0, end = bytes.length): void {
    const at = this.#reserve(end - start)
    copyBytes(bytes, start, end, this.#block, at)
  }

  /** A method frame. */
  method(channel: number, method: Method): void {
    const at = this.#frame(frameTypes.method, channel, methodSize(method))
    writeMethod(this.#block, at, method)
  }

  /** A heartbeat frame. */
  heartbeat(): void {
    this.#frame(frameTypes.heartbeat, 0, 0)
  }

  /** A content header frame. `properties` between `start` and `end` are the compact form, flags included. */
  contentHeader(
    channel: number,
    classId: number,
    bodySize: number,
    properties: Buffer,
    start: number,
    end: number,
  ): void {
    const at = this.#frame(frameTypes.header, channel, 12 + end - start)
    this.#view.setUint32(at, classId << 16)
    this.#longlong(at + 4, bodySize)
    copyBytes(properties, start, end, this.#block, at + 12)
  }

  /** Body frames of at most `frameMax` octets each (0 for no limit); none for an empty body. */
  body(channel: number, bytes: Buffer, start: number, end: number, frameMax: number): void {
    const payloadMax = frameMax === 0 ? 0xffff_ffff : frameMax - frameOverhead
    for (let from = start; from < end; from += payloadMax) {
      const to = Math.min(end, from + payloadMax)
      if (to - from >= referenceBytesMin) this.#bodyByReference(channel, bytes, from, to)
      else {
        const at = this.#frame(frameTypes.body, channel, to - from)
        copyBytes(bytes, from, to, this.#block, at)
      }
    }
  }

  /** Content header and body of a message whose properties and body lie behind each other from `offset` on. */
  content(
    channel: number,
    bytes: Buffer,
    offset: number,
    propertiesSize: number,
    bodySize: number,
    frameMax: number,
  ): void {
    const bodyStart = offset + propertiesSize
    this.contentHeader(channel, basicClassId, bodySize, bytes, offset, bodyStart)
    this.body(channel, bytes, bodyStart, bodyStart + bodySize, frameMax)
  }

  /** basic.deliver. `consumerTag` is a short string in wire form, `address` exchange and routing key as two of them. */
  deliver(channel: number, consumerTag: Buffer, deliveryTag: number, redelivered: boolean, address: Buffer): void {
    const template = this.#template
    if (template === undefined || template.address !== address || template.consumerTag !== consumerTag) {
      return this.#deliverAnother(channel, consumerTag, deliveryTag, redelivered, address)
    }
    const at = this.#reserve(template.writtenSize)
    this.#at = at + template.size
    template.write(this.#view, at, channel, deliveryTag, redelivered)
  }

  #deliverAnother(
    channel: number,
    consumerTag: Buffer,
    deliveryTag: number,
    redelivered: boolean,
    address: Buffer,
  ): void {
    if (this.#lastConsumerTag === consumerTag && this.#lastAddress === address) {
      this.#template = new DeliverTemplate(consumerTag, address)
    }
    this.#lastConsumerTag = consumerTag
    this.#lastAddress = address
    let at = this.#frame(frameTypes.method, channel, 13 + consumerTag.length + address.length)
    const block = this.#block
    this.#view.setUint32(at, deliverKey)
    at = copyBytes(consumerTag, 0, consumerTag.length, block, at + 4)
    this.#longlong(at, deliveryTag)
    block[at + 8] = redelivered ? 1 : 0
    copyBytes(address, 0, address.length, block, at + 9)
  }

  /** basic.get-ok; `address` as with `deliver`. */
  getOk(channel: number, deliveryTag: number, redelivered: boolean, address: Buffer, messageCount: number): void {
    const at = this.#frame(frameTypes.method, channel, 17 + address.length)
    this.#view.setUint32(at, getOkKey)
    this.#longlong(at + 4, deliveryTag)
    this.#block[at + 12] = redelivered ? 1 : 0
    this.#view.setUint32(copyBytes(address, 0, address.length, this.#block, at + 13), messageCount)
  }

  /** basic.ack: confirms to a publisher. */
  basicAck(channel: number, deliveryTag: number, multiple: boolean): void {
    this.#tagged(channel, ackKey, deliveryTag, multiple)
  }

  /** basic.nack to a publisher, where `requeue` has no meaning. */
  basicNack(channel: number, deliveryTag: number, multiple: boolean): void {
    this.#tagged(channel, nackKey, deliveryTag, multiple)
  }

  #tagged(channel: number, key: number, deliveryTag: number, multiple: boolean): void {
    const at = this.#frame(frameTypes.method, channel, 13)
    this.#view.setUint32(at, key)
    this.#longlong(at + 4, deliveryTag)
    this.#block[at + 12] = multiple ? 1 : 0
  }

  #bodyByReference(channel: number, bytes: Buffer, start: number, end: number): void {
    const at = this.#reserve(headSize)
    this.#head(at, frameTypes.body, channel, end - start)
    this.#finishPiece()
    this.#pieces.push(bytes.subarray(start, end))
    this.#piecesSize += end - start
    const tail = this.#reserve(1)
    this.#block[tail] = frameEnd
  }

  /** Everything of a frame but its payload, whose place is returned. */
  #frame(type: number, channel: number, size: number): number {
    const at = this.#reserve(frameOverhead + size)
    this.#head(at, type, channel, size)
    this.#block[at + headSize + size] = frameEnd
    return at + headSize
  }

  #head(at: number, type: number, channel: number, size: number): void {
    this.#block[at] = type
    this.#view.setUint16(at + 1, channel)
    this.#view.setUint32(at + 3, size)
  }

  /** A number up to 2^53 as u64. */
  #longlong(at: number, value: number): void {
    this.#view.setUint32(at, value / 0x1_0000_0000)
    this.#view.setUint32(at + 4, value)
  }

  /** Makes `size` bytes of the block ours and says where they are. */
  #reserve(size: number): number {
    if (this.#at + size > this.#block.length) this.#grow(size)
    const at = this.#at
    this.#at = at + size
    return at
  }

  #grow(size: number): void {
    const old = this.#block
    const used = this.#at
    const wanted = Math.min(blockSizeMax, Math.max(this.#expected, this.size * 4))
    const next = this.#pool.take(Math.max(wanted, size))
    if (this.#start === 0 && used + size <= next.length && used <= copiedBytesMax) {
      old.copy(next, 0, 0, used)
      this.#useBlock(next)
      this.#at = used
      if (old !== noBlock) this.#pool.give(old)
    } else {
      this.#finishPiece()
      this.#useBlock(next)
    }
  }

  #useBlock(block: Buffer): void {
    this.#block = block
    this.#view = block === noBlock ? noView : new DataView(block.buffer, block.byteOffset, block.length)
    this.#start = 0
    this.#at = 0
  }

  #finishPiece(): void {
    const size = this.#at - this.#start
    if (size === 0) return
    this.#pieces.push(this.#block.subarray(this.#start, this.#at))
    this.#piecesSize += size
    this.#start = this.#at
  }
}

const noBlock = Buffer.alloc(0)
const noView = new DataView(noBlock.buffer, 0, 0)
