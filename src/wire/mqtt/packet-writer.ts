import { BlockPool, blockSizeMax } from '../../std/block-pool.ts'
import { type PacketType, type ProtocolLevel, packetTypeNumber } from './packet-type.ts'
import type { Acknowledgement, Qos } from './packets.ts'
import type { Properties } from './properties.ts'
import { encodeProperties, variableSize } from './property-writer.ts'

/** One pool for all connections of the process. */
const sharedPool = new BlockPool()

/** Payloads from here on go out as pieces of their own; below, copying is cheaper. */
const REFERENCE_BYTES_MIN = 16 * 1024

/** A message on its way to a client. `topic` is UTF-8. */
export interface OutgoingPublish {
  readonly topic: Buffer
  readonly qos: Qos
  readonly retain: boolean
  readonly duplicate: boolean
  /** 0 with QoS 0. */
  readonly packetIdentifier: number
  /** From `encodeProperties`; ignored before MQTT 5. */
  readonly properties: Buffer
  readonly payload: Buffer
  readonly payloadStart: number
  readonly payloadEnd: number
}

/** The output of one connection in its version of the protocol: whole packets, collected until `take`. */
export class PacketWriter {
  /** Known once CONNECT was read. */
  level: ProtocolLevel = 4
  readonly #pool: BlockPool
  #pieces: Buffer[] = []
  #piecesSize = 0
  #block: Buffer = noBlock
  #start = 0
  #at = 0

  constructor(pool: BlockPool = sharedPool) {
    this.#pool = pool
  }

  /** Bytes that wait to be taken. */
  get size(): number {
    return this.#piecesSize + this.#at - this.#start
  }

  /** What is to be written now, in order; `giveBack` it when it has been. */
  take(): Buffer[] {
    this.#finishPiece()
    const pieces = this.#pieces
    this.#pieces = []
    this.#piecesSize = 0
    this.#block = noBlock
    this.#start = 0
    this.#at = 0
    return pieces
  }

  giveBack(pieces: readonly Buffer[]): void {
    for (const piece of pieces) this.#pool.give(piece)
  }

  /** §3.2; `code` is a reason code, before MQTT 5 a return code. */
  connack(sessionPresent: boolean, code: number, properties?: Properties): void {
    this.#short('connack', [sessionPresent ? 1 : 0, code], properties)
  }

  /** §3.4 to §3.7. A success without properties needs no reason code. */
  acknowledgement(type: Acknowledgement['type'], packetIdentifier: number, code = 0, properties?: Properties): void {
    const identifier = [packetIdentifier >> 8, packetIdentifier & 0xff]
    if (this.level !== 5 || (code === 0 && properties === undefined)) this.#packet(type, Buffer.from(identifier))
    else this.#short(type, [...identifier, code], properties)
  }

  /** §3.9, §3.11. Before MQTT 5 an UNSUBACK has no codes. */
  subscriptionAnswer(type: 'suback' | 'unsuback', packetIdentifier: number, codes: readonly number[]): void {
    const identifier = [packetIdentifier >> 8, packetIdentifier & 0xff]
    const properties = this.level === 5 ? [0] : []
    const told = type === 'unsuback' && this.level !== 5 ? [] : codes
    this.#packet(type, Buffer.from([...identifier, ...properties, ...told]))
  }

  pingresp(): void {
    this.#packet('pingresp', noBlock)
  }

  /** §3.14; only MQTT 5 lets a server say it, so before that nothing is written. */
  disconnect(code: number, properties?: Properties): void {
    if (this.level === 5) this.#short('disconnect', [code], properties)
  }

  /** §3.15 */
  auth(code: number, properties: Properties): void {
    this.#short('auth', [code], properties)
  }

  /** Bytes the packet would have, to be held against the client's maximum. */
  publishSize(message: OutgoingPublish): number {
    const size = this.#publishBodySize(message)
    return 1 + variableSize(size) + size
  }

  /** §3.3 */
  publish(message: OutgoingPublish): void {
    const { topic, payload, payloadStart, payloadEnd, properties } = message
    const payloadSize = payloadEnd - payloadStart
    const byReference = payloadSize >= REFERENCE_BYTES_MIN
    const size = this.#publishBodySize(message)
    const flags = (message.duplicate ? 8 : 0) | (message.qos << 1) | (message.retain ? 1 : 0)
    let at = this.#reserve(1 + variableSize(size) + size - (byReference ? payloadSize : 0))
    const block = this.#block
    at = writeFixedHeader(block, at, 'publish', flags, size)
    at = block.writeUInt16BE(topic.length, at)
    at += topic.copy(block, at)
    if (message.qos > 0) at = block.writeUInt16BE(message.packetIdentifier, at)
    if (this.level === 5) at += properties.copy(block, at)
    if (!byReference) {
      payload.copy(block, at, payloadStart, payloadEnd)
      return
    }
    this.#finishPiece()
    this.#pieces.push(payload.subarray(payloadStart, payloadEnd))
    this.#piecesSize += payloadSize
  }

  #publishBodySize({ topic, qos, properties, payloadStart, payloadEnd }: OutgoingPublish): number {
    const identifier = qos > 0 ? 2 : 0
    return 2 + topic.length + identifier + (this.level === 5 ? properties.length : 0) + payloadEnd - payloadStart
  }

  #short(type: PacketType, fields: readonly number[], properties: Properties | undefined): void {
    if (this.level === 5) this.#packet(type, Buffer.concat([Buffer.from(fields), encodeProperties(properties)]))
    else this.#packet(type, Buffer.from(fields))
  }

  #packet(type: PacketType, body: Buffer): void {
    const at = this.#reserve(1 + variableSize(body.length) + body.length)
    const flags = type === 'pubrel' ? 2 : 0
    body.copy(this.#block, writeFixedHeader(this.#block, at, type, flags, body.length))
  }

  #reserve(size: number): number {
    if (this.#at + size > this.#block.length) {
      this.#finishPiece()
      this.#block = this.#pool.take(Math.max(size, Math.min(blockSizeMax, this.size * 2)))
      this.#start = 0
      this.#at = 0
    }
    const at = this.#at
    this.#at = at + size
    return at
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

function writeFixedHeader(block: Buffer, start: number, type: PacketType, flags: number, size: number): number {
  let at = start
  block[at++] = (packetTypeNumber(type) << 4) | flags
  let rest = size
  do {
    const low = rest & 0x7f
    rest >>>= 7
    block[at++] = rest > 0 ? low | 0x80 : low
  } while (rest > 0)
  return at
}
