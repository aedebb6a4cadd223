import type { Duplex } from 'node:stream'

/** Takes bytes as they come; they are valid during the call only. */
export interface ByteReader {
  onBytes(chunk: Buffer, start: number, end: number): void
}

/** Where a stream keeps its reader. */
export const byteReader: unique symbol = Symbol('byte reader')

/**
 * A stream that hands what it reads to its reader in memory that it uses again for the next read, where others
 * make a buffer of 64 KiB for each `data`.
 */
export interface ByteStream extends Duplex {
  [byteReader]: ByteReader | undefined
}

export function isByteStream(stream: Duplex): stream is ByteStream {
  return byteReader in stream
}
