/**
 * Records of the message log, as far as a report on a data directory needs them (the broker floor, which writes
 * them, is out of reach for the command line): publish, 1, and page, 4, begin with a wall time f64 · count u16 ·
 * count × (queue u32 · sequence u48), little-endian.
 */
const HOLDERS_AT = 10
const HOLDER_SIZE = 10
const carriesMessage: ReadonlySet<number> = new Set([1, 4])

/** A message as one queue numbers it. */
export interface StoredMessage {
  readonly queue: number
  readonly sequence: number
}

/** A record as it lies in a log. */
interface StoredRecord {
  readonly type: number
  readonly header: Buffer
}

/** The messages that a record of the message log carries, one for each queue; none when it is of another type. */
export function messagesOf(record: StoredRecord): StoredMessage[] {
  const { type, header } = record
  if (!carriesMessage.has(type) || header.length < HOLDERS_AT) return []
  const messages: StoredMessage[] = []
  const end = HOLDERS_AT + header.readUInt16LE(8) * HOLDER_SIZE
  for (let at = HOLDERS_AT; at < end && at + HOLDER_SIZE <= header.length; at += HOLDER_SIZE) {
    messages.push({ queue: header.readUInt32LE(at), sequence: header.readUIntLE(at + 4, 6) })
  }
  return messages
}

/** Records that are about messages of one queue, whose number u32 they begin with, by their type. */
const notes: ReadonlyMap<number, string> = new Map([
  [2, 'settlements'],
  [3, 'notes of deliveries'],
  [5, 'delivery counts'],
])

/** What a record without a message tells about one queue; undefined when it is of another type. */
export function noteOf({ type, header }: StoredRecord): { readonly text: string; readonly queue: number } | undefined {
  const text = notes.get(type)
  return text === undefined || header.length < 4 ? undefined : { text, queue: header.readUInt32LE(0) }
}

/** The number of the stream that a log is of; undefined for another log. */
export function streamNumber(log: string): number | undefined {
  const match = /^stream-(\d+)$/.exec(log)
  return match === null ? undefined : Number(match[1])
}

/**
 * The offsets of the messages in a record of a stream's log; undefined when it is no chunk. The header of a chunk, 1, is
 * f64 · first offset u48 · 12 bytes · count u32 · …, little-endian.
 */
export function offsetsOf(record: StoredRecord): { readonly first: number; readonly last: number } | undefined {
  const { type, header } = record
  if (type !== 1 || header.length < 30) return undefined
  const first = header.readUIntLE(8, 6)
  return { first, last: first + header.readUInt32LE(26) - 1 }
}
