import { crc32 } from 'node:zlib'
import type { DiskFile } from './disk.ts'
import type { Position } from './log.ts'
import { completePreamble, FileKind, getAddress, newPreamble, readPreamble, setAddress } from './preamble.ts'
import { alignUp, OWN_SIZE } from './record.ts'
import type { IndexBuilder } from './segment-index.ts'

/**
 * A segment is one file and one stretch of the log's addresses: the record at offset `o` of the file has
 * position `base + o`. The first 4 KiB hold the preamble twice, at 0 and 2048, so that no single bad
 * sector hides a segment; behind its common part:
 *
 *     12  u32  salt of the log
 *     16  u32  segment number
 *     20  u32  size in the address space
 *     24  u64  base
 *
 * Records follow from 4096 on and the last is the seal. What lies behind the seal, or behind the last
 * record of a segment that has none yet, is zeros or the records of an earlier life of the file.
 */
export const DATA_OFFSET = 4096
const SECOND_PREAMBLE = 2048

/** What identifies a segment. */
export interface SegmentIdentity {
  /** Never used again, not even when the file behind it is. */
  readonly number: number
  readonly base: Position
  /** Of the stretch of addresses; the file may be shorter. */
  readonly size: number
  readonly salt: number
}

/** A segment of a log. */
export class Segment implements SegmentIdentity {
  readonly number: number
  readonly base: Position
  size: number
  readonly salt: number
  /** What the checksums of its records start from. */
  readonly seed: number
  /** Open for writing while the segment is the last one. */
  file: DiskFile | undefined
  /** Bytes on disk. */
  bytesHeld = 0
  /** How much of it may be used when there was no space for a file of its size. */
  capacity: number
  /** Records in it, for the seal; known only of segments that were begun by this process. */
  count = 0
  /** Gathered while it is written by this process; handed on when it is sealed. */
  index: IndexBuilder | undefined

  constructor(identity: SegmentIdentity) {
    this.number = identity.number
    this.base = identity.base
    this.size = identity.size
    this.capacity = identity.size
    this.salt = identity.salt
    this.seed = seedOf(identity.salt, identity.number)
  }

  /** Position of its first record. */
  get start(): Position {
    return this.base + DATA_OFFSET
  }

  /** The next segment's base. */
  get end(): Position {
    return this.base + this.size
  }

  /** Behind what may be used of it. */
  get limit(): Position {
    return this.base + this.capacity
  }

  get fileName(): string {
    return segmentName(this.number)
  }
}

/** What the checksums of a segment's records start from: differs for each life of a file. */
function seedOf(salt: number, number: number): number {
  const bytes = Buffer.alloc(8)
  bytes.writeUInt32LE(salt, 0)
  bytes.writeUInt32LE(number, 4)
  return crc32(bytes)
}

/** Addresses a segment needs to hold one record of this size. */
export function segmentSizeFor(recordBytes: number): number {
  const size = DATA_OFFSET + alignUp(recordBytes) + OWN_SIZE
  return Math.ceil(size / DATA_OFFSET) * DATA_OFFSET
}

export function segmentName(number: number): string {
  return `${number.toString().padStart(10, '0')}.segment`
}

/** A file kept for its space; the number keeps it apart from others. */
export function spareName(number: number): string {
  return `${number.toString().padStart(10, '0')}.spare`
}

/** The number in the name of a file that ends so. */
export function numberInName(name: string, ending: 'segment' | 'spare' | 'snapshot' | 'index'): number | undefined {
  const match = /^(\d{10,16})\.([a-z]+)$/.exec(name)
  return match !== null && match[2] === ending ? Number(match[1]) : undefined
}

/** Writes a segment's first 4 KiB. */
export function writeSegmentHeader(buffer: Buffer, identity: SegmentIdentity): void {
  const view = newPreamble(FileKind.segment)
  view.setUint32(12, identity.salt, true)
  view.setUint32(16, identity.number, true)
  view.setUint32(20, identity.size, true)
  setAddress(view, 24, identity.base)
  const preamble = completePreamble(view)
  buffer.fill(0, 0, DATA_OFFSET)
  preamble.copy(buffer, 0)
  preamble.copy(buffer, SECOND_PREAMBLE)
}

/** Both preambles in a file's first bytes that verify. */
export function segmentPreambles(bytes: Buffer): DataView[] {
  const found: DataView[] = []
  for (const at of [0, SECOND_PREAMBLE]) {
    const view = readPreamble(bytes, at, FileKind.segment)
    if (view !== undefined) found.push(view)
  }
  return found
}

export function readSegmentIdentity(view: DataView): SegmentIdentity {
  return {
    salt: view.getUint32(12, true),
    number: view.getUint32(16, true),
    size: view.getUint32(20, true),
    base: getAddress(view, 24),
  }
}
