/**
 * Records of a stream's log; other types are passed over. Numbers are little-endian, offsets and positions take 6
 * bytes. A chunk is what a stream took in one turn, or a part of it:
 *
 *      0  f64  when it was written, in milliseconds since 1970
 *      8  u48  offset of its first message
 *     14  u48  offset of the first message the stream still held then
 *     20  u48  position of the newest index record then, 0 for none
 *     26  u32  count of messages, each of which takes one offset
 *     30  u8   flags
 *     31  u8   size of the filter
 *     32       filter: a Bloom filter of the values its messages are filtered by
 *
 * is its header, and its body are the entries behind each other:
 *
 *      0  u32  size of what follows
 *      4  u8   kind
 *      5       content
 *
 * An index record has all that is known of the stream up to it, so that a start reads little more: its header is the
 * offset of the next message, its body the outline.
 */
export const StreamRecordType = { chunk: 1, index: 2 } as const

/** `segmentStart`: the chunk begins a segment of the stream. */
export const ChunkFlag = { segmentStart: 1 } as const

/**
 * `message`: size of the properties u32 · exchange and routing key as short strings · properties · body.
 * Other kinds may hold several messages of one publisher (batches, messages of other protocols).
 */
export const EntryKind = { message: 0 } as const

const FIXED = 32

/** What the header of a chunk says. */
export interface ChunkHead {
  readonly timestamp: number
  readonly firstOffset: number
  readonly heldFrom: number
  readonly indexPosition: number
  readonly count: number
  readonly flags: number
  readonly filter: Buffer
}

export function chunkHeaderSize(head: ChunkHead): number {
  return FIXED + head.filter.length
}

export function writeChunkHeader(buffer: Buffer, at: number, head: ChunkHead): void {
  buffer.writeDoubleLE(head.timestamp, at)
  buffer.writeUIntLE(head.firstOffset, at + 8, 6)
  buffer.writeUIntLE(head.heldFrom, at + 14, 6)
  buffer.writeUIntLE(head.indexPosition, at + 20, 6)
  buffer.writeUInt32LE(head.count, at + 26)
  buffer[at + 30] = head.flags
  buffer[at + 31] = head.filter.length
  head.filter.copy(buffer, at + FIXED)
}

/** Reads a header that lies in a buffer; undefined when it is none. The filter is a view into the buffer. */
export function readChunkHeader(buffer: Buffer, at: number, size: number): ChunkHead | undefined {
  if (size < FIXED || size < FIXED + buffer[at + 31]!) return undefined
  return {
    timestamp: buffer.readDoubleLE(at),
    firstOffset: buffer.readUIntLE(at + 8, 6),
    heldFrom: buffer.readUIntLE(at + 14, 6),
    indexPosition: buffer.readUIntLE(at + 20, 6),
    count: buffer.readUInt32LE(at + 26),
    flags: buffer[at + 30]!,
    filter: buffer.subarray(at + FIXED, at + FIXED + buffer[at + 31]!),
  }
}

export const INDEX_HEADER_SIZE = 6

export function writeIndexHeader(buffer: Buffer, at: number, nextOffset: number): void {
  buffer.writeUIntLE(nextOffset, at, INDEX_HEADER_SIZE)
}

/** Offset of the message that comes next behind the index record whose header is at `at`. */
export function readIndexHeader(buffer: Buffer, at: number): number {
  return buffer.readUIntLE(at, INDEX_HEADER_SIZE)
}

/** In front of the content of an entry: its size and kind. */
export const ENTRY_HEAD = 5
/** In front of the address of a message: the size of its properties. */
export const MESSAGE_HEAD = 4
