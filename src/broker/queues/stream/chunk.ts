import type { LogRecord, Position } from '../../../store/log.ts'
import { Address } from '../../address.ts'
import { Message } from '../../message.ts'
import {
  type ChunkHead,
  ENTRY_HEAD,
  EntryKind,
  MESSAGE_HEAD,
  readChunkHeader,
  StreamRecordType,
} from './chunk-record.ts'

/** The address of the message read last, which most often is that of the next. */
export interface AddressMemory {
  last: Address | undefined
}

/** A chunk in memory, shared by all who read from it. Messages are made when they are asked for. */
export class Chunk {
  readonly position: Position
  readonly head: ChunkHead
  readonly firstOffset: number
  /** Offset behind its last message. */
  readonly end: number
  /** Bytes in memory. */
  readonly size: number
  readonly #body: Buffer
  readonly #addresses: AddressMemory
  readonly #messages: Message[] = []
  /** Where the first entry lies that is not a message yet. */
  #at = 0

  constructor(position: Position, head: ChunkHead, body: Buffer, addresses: AddressMemory) {
    this.position = position
    this.head = head
    this.firstOffset = head.firstOffset
    this.end = head.firstOffset + head.count
    this.size = body.length
    this.#body = body
    this.#addresses = addresses
  }

  /** The message of an offset in it, which is among its headers. */
  message(offset: number): Message {
    const index = offset - this.firstOffset
    while (this.#messages.length <= index) this.#messages.push(this.#next())
    return this.#messages[index]!
  }

  #next(): Message {
    const body = this.#body
    const at = this.#at
    const end = at + 4 + body.readUInt32LE(at)
    const kind = body[at + 4]
    if (kind !== EntryKind.message) throw new Error(`a chunk with an entry of kind ${kind}`)
    const propertiesSize = body.readUInt32LE(at + ENTRY_HEAD)
    const addressAt = at + ENTRY_HEAD + MESSAGE_HEAD
    const keyAt = addressAt + 1 + body[addressAt]!
    const content = keyAt + 1 + body[keyAt]!
    this.#at = end
    const address = this.#address(addressAt, keyAt, content)
    return new Message(address, body, content, propertiesSize, end - content - propertiesSize)
  }

  #address(start: number, keyAt: number, end: number): Address {
    const { last } = this.#addresses
    if (last !== undefined && last.bytes.length === end - start) {
      if (last.bytes.compare(this.#body, start, end) === 0) return last
    }
    const exchange = this.#body.toString('utf8', start + 1, keyAt)
    const routingKey = this.#body.toString('utf8', keyAt + 1, end)
    const address = new Address(exchange, routingKey, Buffer.from(this.#body.subarray(start, end)))
    this.#addresses.last = address
    return address
  }
}

/** The chunk a record holds; undefined when it is of another type. */
export function chunkOf(record: LogRecord, addresses: AddressMemory): Chunk | undefined {
  if (record.type !== StreamRecordType.chunk || record.body === undefined) return undefined
  const head = readChunkHeader(record.header, 0, record.header.length)
  return head === undefined ? undefined : new Chunk(record.position, head, record.body, addresses)
}
