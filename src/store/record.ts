import { checksum, type Words } from './checksum.ts'
import type { Position } from './log.ts'

/**
 * A record in a segment, little-endian, at a multiple of 8:
 *
 *      0  u32  mark, to find the next record after damage
 *      4  u32  checksum of bytes 8 up to 32 + header size
 *      8  u32  position, low half      the record's own address: what a recycled file
 *     12  u32  position, high half     still holds from an earlier life never matches
 *     16  u32  distance to the start of the write that carried the record
 *     20  u32  type (8 bits) · header size (24 bits)
 *     24  u32  body size
 *     28  u32  checksum of the body
 *     32       header · body · zeros up to a multiple of 8
 *
 * Both checksums are CRC-32 started from the segment's seed, which no client can know: a body that
 * imitates a record is not taken for one when the scan looks for the next record after damage.
 */
export const HEAD_SIZE = 32
export const HEADER_SIZE_MAX = 0xff_ffff
const BODY_SIZE_MAX = 0x4000_0000

/** Not text and not UTF-8, so it is rare in bodies. */
const MARK = 0xf1_c7_8a_9b
/** The mark as it lies on disk. */
export const markBytes: Buffer = Buffer.from([0x9b, 0x8a, 0xc7, 0xf1])

/**
 * The journal's own records: header = kind u32 · count of the caller's records in the segment so far u32.
 * A seal ends a segment; a rest says that all before it was durable when nothing more came for a while.
 * Readers pass over kinds that they do not know.
 */
export const OWN_TYPE = 0
export const OwnKind = { seal: 1, rest: 2 } as const
export type OwnKind = (typeof OwnKind)[keyof typeof OwnKind]
/** What one of them takes. */
export const OWN_SIZE = HEAD_SIZE + 8

/** Bytes a record takes in its segment. */
export function recordSize(headerSize: number, bodySize: number): number {
  return alignUp(HEAD_SIZE + headerSize + bodySize)
}

/** The next multiple of 8; sizes reach beyond 32 bits nowhere, addresses do. */
export function alignUp(value: number): number {
  return value + (value % 8 === 0 ? 0 : 8 - (value % 8))
}

/** Throws when a record cannot be of this type or size. */
export function assertRecordSize(type: number, headerSize: number, bodySize: number): void {
  if (!(type >= 1 && type <= 255)) throw new RangeError(`a record's type is 1 to 255, not ${type}`)
  if (!(headerSize >= 0 && headerSize <= HEADER_SIZE_MAX)) {
    throw new RangeError(`a record's header is at most ${HEADER_SIZE_MAX} bytes, not ${headerSize}`)
  }
  if (!(bodySize >= 0 && bodySize <= BODY_SIZE_MAX)) {
    throw new RangeError(`a record's body is at most ${BODY_SIZE_MAX} bytes, not ${bodySize}`)
  }
}

/** What is known of a record before its content is written. */
export interface RecordHead {
  type: number
  position: Position
  /** Bytes from the start of the write that carries the record. */
  distance: number
  headerSize: number
  bodySize: number
}

/** Writes all of a record's head but the checksums, and zeros behind the record's end. */
export function writeHead(words: Words, at: number, head: RecordHead): void {
  const { view } = words
  const size = recordSize(head.headerSize, head.bodySize)
  // The last word holds the padding; content written later overwrites the rest of it.
  view.setUint32(at + size - 4, 0, true)
  view.setUint32(at + size - 8, 0, true)
  view.setUint32(at, MARK, true)
  view.setUint32(at + 8, head.position % 0x1_0000_0000, true)
  view.setUint32(at + 12, Math.floor(head.position / 0x1_0000_0000), true)
  view.setUint32(at + 16, head.distance, true)
  view.setUint32(at + 20, ((head.type << 24) | head.headerSize) >>> 0, true)
  view.setUint32(at + 24, head.bodySize, true)
}

/** Completes a record whose header and body are in place with its checksums. */
export function completeRecord(words: Words, at: number, seed: number): void {
  const { view } = words
  const bodyAt = at + HEAD_SIZE + headerSizeAt(view, at)
  view.setUint32(at + 28, checksum(words, bodyAt, bodyAt + view.getUint32(at + 24, true), seed), true)
  view.setUint32(at + 4, checksum(words, at + 8, bodyAt, seed), true)
}

/** Whether the head at `at` claims to be the record of this position; its checksum says if it is. */
export function claimsPosition(view: DataView, at: number, position: Position): boolean {
  return view.getUint32(at, true) === MARK && positionAt(view, at) === position
}

/** The position a head names. */
export function positionAt(view: DataView, at: number): Position {
  return view.getUint32(at + 8, true) + view.getUint32(at + 12, true) * 0x1_0000_0000
}

export function distanceAt(view: DataView, at: number): number {
  return view.getUint32(at + 16, true)
}

export function typeAt(view: DataView, at: number): number {
  return view.getUint8(at + 23)
}

export function headerSizeAt(view: DataView, at: number): number {
  return view.getUint32(at + 20, true) & HEADER_SIZE_MAX
}

export function bodySizeAt(view: DataView, at: number): number {
  return view.getUint32(at + 24, true)
}

export function bodyChecksumAt(view: DataView, at: number): number {
  return view.getUint32(at + 28, true)
}

/** Whether head and header verify; they must lie wholly in the buffer. */
export function headVerifies(words: Words, at: number, seed: number): boolean {
  const end = at + HEAD_SIZE + headerSizeAt(words.view, at)
  return words.view.getUint32(at + 4, true) === checksum(words, at + 8, end, seed)
}

/** Whether the body verifies; it must lie wholly in the buffer. */
export function bodyVerifies(words: Words, at: number, seed: number): boolean {
  const { view } = words
  const from = at + HEAD_SIZE + headerSizeAt(view, at)
  return bodyChecksumAt(view, at) === checksum(words, from, from + bodySizeAt(view, at), seed)
}

/** One of the journal's own records. */
export interface OwnRecord {
  readonly kind: OwnKind
  readonly position: Position
  readonly distance: number
  readonly count: number
}

/** Writes one of the journal's own records, complete. */
export function writeOwnRecord(words: Words, at: number, own: OwnRecord, seed: number): void {
  const { kind, position, distance, count } = own
  writeHead(words, at, { type: OWN_TYPE, position, distance, headerSize: OWN_SIZE - HEAD_SIZE, bodySize: 0 })
  words.view.setUint32(at + HEAD_SIZE, kind, true)
  words.view.setUint32(at + HEAD_SIZE + 4, count, true)
  completeRecord(words, at, seed)
}

/** The kind of the journal's own record at `at`. */
export function ownKindAt(view: DataView, at: number): number {
  return view.getUint32(at + HEAD_SIZE, true)
}
