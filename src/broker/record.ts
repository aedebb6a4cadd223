import type { Log, LogRecord, Position } from '../store/log.ts'
import { Address } from './address.ts'
import type { DeliveryMark } from './delivery-marks.ts'
import { Message } from './message.ts'

/**
 * Records of the message log. Numbers are little-endian; a sequence takes 6 bytes. A `page` record is
 * a publish record of messages that need not survive a restart: they were put on disk to free memory.
 */
export const RecordType = { publish: 1, settle: 2, delivered: 3, page: 4, mark: 5 } as const

/** One queue that holds a stored message, by the queue's number in the log. */
export interface Holder {
  readonly queue: number
  readonly sequence: number
}

/** What a publish record is made of. `content` are properties and body behind each other. */
interface PublishContent {
  readonly wallTime: number
  readonly holders: readonly Holder[]
  readonly addressBytes: Buffer
  readonly content: Buffer
  readonly offset: number
  readonly propertiesSize: number
  readonly bodySize: number
}

/** What the record of a message is made of. */
export function publishContentOf(message: Message, wallTime: number, holders: readonly Holder[]): PublishContent {
  return {
    wallTime,
    holders,
    addressBytes: message.address.bytes,
    content: message.content,
    offset: message.offset,
    propertiesSize: message.propertiesSize,
    bodySize: message.bodySize,
  }
}

/**
 * publish, page: header = wall time f64 · count u16 · count × (queue u32 · sequence u48)
 *                · exchange and routing key as short strings · properties; body = the body.
 * Answers the record's position.
 */
export function writePublish(log: Log, type: number, publish: PublishContent): Position {
  const { holders, addressBytes, propertiesSize, bodySize } = publish
  const { buffer, offset, position } = log.reserve(type, publishHeaderSize(publish), bodySize)
  let at = buffer.writeDoubleLE(publish.wallTime, offset)
  at = buffer.writeUInt16LE(holders.length, at)
  for (const holder of holders) {
    at = buffer.writeUInt32LE(holder.queue, at)
    at = buffer.writeUIntLE(holder.sequence, at, 6)
  }
  at += addressBytes.copy(buffer, at)
  publish.content.copy(buffer, at, publish.offset, publish.offset + propertiesSize + bodySize)
  return position
}

/** Bytes of a publish record that count as one holder's. */
export function shareOf(publish: PublishContent): number {
  return Math.ceil((publishHeaderSize(publish) + publish.bodySize) / publish.holders.length)
}

function publishHeaderSize({ holders, addressBytes, propertiesSize }: PublishContent): number {
  return 10 + holders.length * 10 + addressBytes.length + propertiesSize
}

interface PublishRecord {
  readonly wallTime: number
  readonly address: Address
  readonly properties: Buffer
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

/** Reads the header of a publish record; `last` saves a new address for a run of equal ones. */
function readPublish(header: Buffer, last?: Address): PublishRecord {
  const at = HOLDERS_AT + holderCountAt(header, 0) * HOLDER_SIZE
  const end = addressEnd(header, at)
  const bytes = header.subarray(at, end)
  const keyAt = at + 1 + header[at]!
  const address =
    last?.bytes.equals(bytes) === true
      ? last
      : new Address(header.toString('utf8', at + 1, keyAt), header.toString('utf8', keyAt + 1, end))
  return { wallTime: wallTimeAt(header, 0), address, properties: header.subarray(end) }
}

function addressEnd(header: Buffer, at: number): number {
  const keyAt = at + 1 + header[at]!
  return keyAt + 1 + header[keyAt]!
}

/** The message of a publish record that was read with its body. */
export function messageOf(record: LogRecord, last?: Address): { publish: PublishRecord; message: Message } {
  const publish = readPublish(record.header, last)
  const { properties } = publish
  const body = record.body!
  const size = properties.length + body.length
  const isAdjacent = body.buffer === properties.buffer && body.byteOffset === properties.byteOffset + properties.length
  const content = isAdjacent
    ? Buffer.from(properties.buffer, properties.byteOffset, size)
    : Buffer.concat([properties, body], size)
  return { publish, message: new Message(publish.address, content, 0, properties.length, body.length) }
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
