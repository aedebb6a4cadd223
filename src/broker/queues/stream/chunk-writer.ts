import type { Log, Position } from '../../../store/log.ts'
import type { Message } from '../../message.ts'
import { type AddressMemory, Chunk } from './chunk.ts'
import {
  type ChunkHead,
  chunkHeaderSize,
  ENTRY_HEAD,
  EntryKind,
  INDEX_HEADER_SIZE,
  MESSAGE_HEAD,
  StreamRecordType,
  writeChunkHeader,
  writeIndexHeader,
} from './chunk-record.ts'
import { sizeWithOffset, writeWithOffset } from './offset-header.ts'

/** A chunk as it was written. */
export interface WrittenChunk {
  readonly chunk: Chunk | undefined
  readonly position: number
  /** What it takes in the log. */
  readonly bytes: number
}

/** Bytes of the entry that holds a message. */
export function entrySize(message: Message): number {
  return ENTRY_HEAD + MESSAGE_HEAD + message.address.bytes.length + sizeWithOffset(message) + message.bodySize
}

/**
 * Appends messages as one chunk, whose entries take `bytes`. Its bytes are given back as a chunk to read from when
 * `addresses` are there to make it with.
 */
export function writeChunk(
  log: Log,
  head: ChunkHead,
  messages: readonly Message[],
  { bytes, addresses }: { readonly bytes: number; readonly addresses: AddressMemory | undefined },
): WrittenChunk {
  const headerSize = chunkHeaderSize(head)
  const { buffer, offset, position } = log.reserve(StreamRecordType.chunk, headerSize, bytes)
  writeChunkHeader(buffer, offset, head)
  const start = offset + headerSize
  let at = start
  for (const [index, message] of messages.entries()) at = writeEntry(buffer, at, message, head.firstOffset + index)
  const written = { position, bytes: headerSize + bytes }
  if (addresses === undefined) return { ...written, chunk: undefined }
  const body = Buffer.allocUnsafeSlow(bytes)
  buffer.copy(body, 0, start, at)
  return { ...written, chunk: new Chunk(position, head, body, addresses) }
}

/** Appends an index record; answers where it lies. */
export function writeIndex(log: Log, nextOffset: number, outline: Buffer): Position {
  const { buffer, offset, position } = log.reserve(StreamRecordType.index, INDEX_HEADER_SIZE, outline.length)
  writeIndexHeader(buffer, offset, nextOffset)
  outline.copy(buffer, offset + INDEX_HEADER_SIZE)
  return position
}

/** Answers where it ends. */
function writeEntry(buffer: Buffer, start: number, message: Message, offset: number): number {
  const { address } = message
  const head = start + ENTRY_HEAD + MESSAGE_HEAD
  const content = head + address.bytes.copy(buffer, head)
  const end = writeWithOffset(buffer, content, message, offset)
  buffer.writeUInt32LE(end - start - 4, start)
  buffer[start + 4] = EntryKind.message
  buffer.writeUInt32LE(end - content - message.bodySize, start + ENTRY_HEAD)
  return end
}
