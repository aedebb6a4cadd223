import type { Log, LogRecord } from '../store/log.ts'
import { Address } from './address.ts'
import type { Message } from './message.ts'

/** Records of the message log. Numbers are little-endian; a sequence takes 6 bytes. */
export const RecordType = { publish: 1, settle: 2, delivered: 3 } as const

/** One queue that holds a stored message, by the queue's durable number. */
export interface Holder {
  readonly queue: number
  readonly sequence: number
}

/**
 * publish: header = wall time f64 · count u16 · count × (queue u32 · sequence u48)
 *          · exchange and routing key as short strings · properties; body = the body.
 * Notes its position and size in the message.
 */
export function writePublish(log: Log, message: Message, holders: readonly Holder[]): void {
  const address = message.address.bytes
  const headerSize = 10 + holders.length * 10 + address.length + message.propertiesSize
  const { buffer, offset, position } = log.reserve(RecordType.publish, headerSize, message.bodySize)
  let at = buffer.writeDoubleLE(message.storedAt, offset)
  at = buffer.writeUInt16LE(holders.length, at)
  for (const holder of holders) {
    at = buffer.writeUInt32LE(holder.queue, at)
    at = buffer.writeUIntLE(holder.sequence, at, 6)
  }
  at += address.copy(buffer, at)
  message.content!.copy(buffer, at, message.offset, message.offset + message.size)
  message.position = position
  message.recordSize = headerSize + message.bodySize
}

export interface PublishRecord {
  readonly wallTime: number
  readonly holders: readonly Holder[]
  readonly address: Address
  readonly properties: Buffer
}

/** Reads the header of a publish record; `last` saves a new address for a run of equal ones. */
export function readPublish(header: Buffer, last?: Address): PublishRecord {
  const wallTime = header.readDoubleLE(0)
  const count = header.readUInt16LE(8)
  const holders: Holder[] = []
  let at = 10
  for (let index = 0; index < count; index++, at += 10) {
    holders.push({ queue: header.readUInt32LE(at), sequence: header.readUIntLE(at + 4, 6) })
  }
  const exchangeEnd = at + 1 + header[at]!
  const end = exchangeEnd + 1 + header[exchangeEnd]!
  const bytes = header.subarray(at, end)
  const address =
    last?.bytes.equals(bytes) === true
      ? last
      : new Address(header.toString('utf8', at + 1, exchangeEnd), header.toString('utf8', exchangeEnd + 1, end))
  return { wallTime, holders, address, properties: header.subarray(end) }
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

export function readSettle(header: Buffer, visit: (queue: number, sequence: number) => void): void {
  const queue = header.readUInt32LE(0)
  for (let at = 4; at < header.length; at += 10) {
    const first = header.readUIntLE(at, 6)
    const end = first + header.readUInt32LE(at + 6)
    for (let sequence = first; sequence < end; sequence++) visit(queue, sequence)
  }
}

/** delivered: queue u32 · highest sequence handed out u48; all up to it may have been seen. */
export function writeDelivered(log: Log, queue: number, through: number): void {
  const { buffer, offset } = log.reserve(RecordType.delivered, 10, 0)
  buffer.writeUIntLE(through, buffer.writeUInt32LE(queue, offset), 6)
}

export function readDelivered(record: LogRecord): { queue: number; through: number } {
  return { queue: record.header.readUInt32LE(0), through: record.header.readUIntLE(4, 6) }
}

function isSorted(sequences: readonly number[]): boolean {
  for (let index = 1; index < sequences.length; index++) if (sequences[index]! < sequences[index - 1]!) return false
  return true
}
