import { copyBytes } from '../std/copy-bytes.ts'
import type { Log, LogRecord, Position } from '../store/log.ts'
import { Address } from './address.ts'
import type { DeliveryMark } from './delivery-marks.ts'
import { Message } from './message.ts'

/**
 * Records of the message log. Numbers are little-endian; a sequence takes 6 bytes. A `page` record is
 * a publish record of messages that need not survive a restart: they were put on disk to free memory.
 */
export const RecordType = { publish: 1, settle: 2, delivered: 3, page: 4, mark: 5 } as const

/** The queues that hold a stored message, by their numbers in the log, and its sequence in each; made once and used again. */
export class Holders {
  readonly #queues: number[] = []
  readonly #sequences: number[] = []
  length = 0

  add(queue: number, sequence: number): void {
    this.#queues[this.length] = queue
    this.#sequences[this.length++] = sequence
  }

  queue(index: number): number {
    return this.#queues[index]!
  }

  sequence(index: number): number {
    return this.#sequences[index]!
  }

  clear(): void {
    this.length = 0
  }
}

/** What a publish record is made of. */
interface PublishContent {
  readonly message: Message
  readonly wallTime: number
  readonly holders: Holders
}

/**
 * publish, page: header = wall time f64 · count u16 · count × (queue u32 · sequence u48)
 *                · exchange and routing key as short strings · properties; body = the body.
 * Answers the record's position.
 */
export function writePublish(log: Log, type: number, publish: PublishContent): Position {
  const { message, wallTime, holders } = publish
  const { content, offset: from, propertiesSize, bodySize } = message
  const address = message.address.bytes
  const { buffer, offset, position } = log.reserve(type, publishHeaderSize(publish), bodySize)
  let at = buffer.writeDoubleLE(wallTime, offset)
  at = writeSmall(buffer, at, holders.length, 2)
  for (let index = 0; index < holders.length; index++) {
    at = writeSmall(buffer, at, holders.queue(index), 4)
    at = writeSequence(buffer, at, holders.sequence(index))
  }
  at = copyBytes(address, 0, address.length, buffer, at)
  copyBytes(content, from, from + propertiesSize + bodySize, buffer, at)
  return position
}

/** Little-endian, in so many bytes, of which the first four count: without the checks of `writeUIntLE`. */
function writeSmall(buffer: Buffer, at: number, value: number, bytes: number): number {
  for (let index = 0, rest = value; index < bytes; index++, rest >>>= 8) buffer[at + index] = rest
  return at + bytes
}

/** Up to 2^48. */
function writeSequence(buffer: Buffer, at: number, sequence: number): number {
  return writeSmall(buffer, writeSmall(buffer, at, sequence >>> 0, 4), sequence / 0x1_0000_0000, 2)
}

/** Bytes of a publish record that count as one holder's. */
export function shareOf(publish: PublishContent): number {
  return Math.ceil((publishHeaderSize(publish) + publish.message.bodySize) / publish.holders.length)
}

function publishHeaderSize({ message, holders }: PublishContent): number {
  return 10 + holders.length * 10 + message.address.bytes.length + message.propertiesSize
}

/** Where the holders of a publish record begin in its header, and how much each of them takes. */
export const HOLDERS_AT = 10
export const HOLDER_SIZE = 10

/** When the message of the publish record whose header is at `at` was published, as wall time. */
export function wallTimeAt(buffer: Buffer, at: number): number {
  return buffer.readDoubleLE(at)
}

/** How many queues hold the message of the publish record whose header is at `at`. */
export function holderCountAt(buffer: Buffer, at: number): number {
  return buffer.readUInt16LE(at + 8)
}

/** Where the properties begin of the publish record whose header is at `at`. */
export function propertiesAt(buffer: Buffer, at: number): number {
  return addressEnd(buffer, at + HOLDERS_AT + holderCountAt(buffer, at) * HOLDER_SIZE)
}

function addressEnd(header: Buffer, at: number): number {
  const keyAt = at + 1 + header[at]!
  return keyAt + 1 + header[keyAt]!
}

/** Whether a record was read whole: asking for its body would make a view of it. */
export function hasBody(record: LogRecord | undefined): record is LogRecord {
  return record !== undefined && (record.bytes !== undefined || record.body !== undefined)
}

/** The message of a publish record that was read with its body, and when it was published; `last` saves a new address for a run of equal ones. */
export function messageOf(record: LogRecord, last?: Address): { readonly wallTime: number; readonly message: Message } {
  const bytes = record.bytes ?? Buffer.concat([record.header, record.body!])
  const at = HOLDERS_AT + holderCountAt(bytes, 0) * HOLDER_SIZE
  const end = addressEnd(bytes, at)
  const address = last !== undefined && isAt(last.bytes, bytes, at, end) ? last : readAddress(bytes, at, end)
  const propertiesSize = bytes.length - record.bodySize - end
  const message = new Message(address, bytes, end, propertiesSize, record.bodySize)
  return { wallTime: wallTimeAt(bytes, 0), message }
}

function isAt(address: Buffer, bytes: Buffer, start: number, end: number): boolean {
  if (address.length !== end - start) return false
  for (let index = 0; index < address.length; index++) if (address[index] !== bytes[start + index]) return false
  return true
}

function readAddress(bytes: Buffer, at: number, end: number): Address {
  const keyAt = at + 1 + bytes[at]!
  return new Address(bytes.toString('utf8', at + 1, keyAt), bytes.toString('utf8', keyAt + 1, end))
}

/** settle: queue u32 · runs × (first sequence u48 · count u32). `sequences` must not be empty. */
export function writeSettle(log: Log, queue: number, sequences: readonly number[]): void {
  const sorted = isSorted(sequences) ? sequences : sequences.toSorted((a, b) => a - b)
  let runs = 1
  for (let index = 1; index < sorted.length; index++) if (sorted[index] !== sorted[index - 1]! + 1) runs++
  const { buffer, offset } = log.reserve(RecordType.settle, 4 + runs * 10, 0)
  let at = buffer.writeUInt32LE(queue, offset)
  let first = sorted[0]!
  for (let index = 1; index <= sorted.length; index++) {
    const previous = sorted[index - 1]!
    if (sorted[index] === previous + 1) continue
    at = buffer.writeUIntLE(first, at, 6)
    at = buffer.writeUInt32LE(previous - first + 1, at)
    first = sorted[index] ?? 0
  }
}

/** Calls `visit` with each run of settled sequences: the first, and where it ends. */
export function readSettle(header: Buffer, visit: (queue: number, first: number, end: number) => void): void {
  const queue = header.readUInt32LE(0)
  for (let at = 4; at < header.length; at += 10) {
    const first = header.readUIntLE(at, 6)
    visit(queue, first, first + header.readUInt32LE(at + 6))
  }
}

/** delivered: queue u32 · highest sequence handed out u48; all up to it may have been seen. */
export function writeDelivered(log: Log, queue: number, through: number): Position {
  const { buffer, offset, position } = log.reserve(RecordType.delivered, 10, 0)
  buffer.writeUIntLE(through, buffer.writeUInt32LE(queue, offset), 6)
  return position
}

export function readDelivered(record: LogRecord): { queue: number; through: number } {
  return { queue: record.header.readUInt32LE(0), through: record.header.readUIntLE(4, 6) }
}

/** Deaths a mark may tell of, by their number in the record. */
const deaths = [undefined, 'rejected', 'expired', 'maxlen', 'delivery_limit'] as const
const MARK_SIZE = 15

/** mark: queue u32 · runs × (sequence u48 · acquired u32 · failed u32 · death u8). A later mark of a message replaces the earlier. */
export function writeMarks(log: Log, queue: number, marks: readonly (readonly [number, DeliveryMark])[]): Position {
  const { buffer, offset, position } = log.reserve(RecordType.mark, 4 + marks.length * MARK_SIZE, 0)
  let at = buffer.writeUInt32LE(queue, offset)
  for (const [sequence, { acquired, failed, death }] of marks) {
    at = buffer.writeUIntLE(sequence, at, 6)
    at = buffer.writeUInt32LE(acquired, at)
    at = buffer.writeUInt32LE(failed, at)
    at = buffer.writeUInt8(deaths.indexOf(death), at)
  }
  return position
}

/** Calls `visit` with each mark of a record. */
export function readMarks(header: Buffer, visit: (queue: number, sequence: number, mark: DeliveryMark) => void): void {
  const queue = header.readUInt32LE(0)
  for (let at = 4; at < header.length; at += MARK_SIZE) {
    const acquired = header.readUInt32LE(at + 6)
    const failed = header.readUInt32LE(at + 10)
    visit(queue, header.readUIntLE(at, 6), { acquired, failed, death: deaths[header[at + 14]!] })
  }
}

function isSorted(sequences: readonly number[]): boolean {
  for (let index = 1; index < sequences.length; index++) if (sequences[index]! < sequences[index - 1]!) return false
  return true
}
