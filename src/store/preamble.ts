import { checksum, wordsOf } from './checksum.ts'

/**
 * The first bytes of every file of the store, little-endian, in every format to come:
 *
 *      0  8 bytes  what the file is, as text
 *      8  u32      format number
 *     12  48 bytes that belong to the kind of file
 *     60  u32      CRC-32 of bytes 0 to 60
 */
export const PREAMBLE_SIZE = 64

/** The format this program writes, and the newest that it reads. */
export const FORMAT = 1

/** What a file is: eight letters. */
export const FileKind = {
  store: 'LAPINE-D',
  segment: 'LAPINE-S',
  index: 'LAPINE-I',
  snapshot: 'LAPINE-N',
  closed: 'LAPINE-C',
} as const
export type FileKind = (typeof FileKind)[keyof typeof FileKind]

/** A preamble with its own 48 bytes yet to be written; `completePreamble` ends it. */
export function newPreamble(kind: FileKind): DataView {
  const buffer = Buffer.alloc(PREAMBLE_SIZE)
  buffer.write(kind, 0, 'latin1')
  buffer.writeUInt32LE(FORMAT, 8)
  return wordsOf(buffer).view
}

/** Adds the checksum and returns the bytes. */
export function completePreamble(view: DataView): Buffer {
  const buffer = Buffer.from(view.buffer, view.byteOffset, PREAMBLE_SIZE)
  buffer.writeUInt32LE(checksum({ buffer, view }, 0, PREAMBLE_SIZE - 4, 0), PREAMBLE_SIZE - 4)
  return buffer
}

/** The preamble at `at` when it is one of this kind and verifies; its format may be newer than ours. */
export function readPreamble(bytes: Buffer, at: number, kind: FileKind): DataView | undefined {
  if (at + PREAMBLE_SIZE > bytes.length) return undefined
  const words = wordsOf(bytes.subarray(at, at + PREAMBLE_SIZE))
  if (words.view.getUint32(PREAMBLE_SIZE - 4, true) !== checksum(words, 0, PREAMBLE_SIZE - 4, 0)) return undefined
  return words.buffer.toString('latin1', 0, 8) === kind ? words.view : undefined
}

export function formatOf(view: DataView): number {
  return view.getUint32(8, true)
}

/** Numbers up to 2^53 in two words. */
export function setAddress(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % 0x1_0000_0000, true)
  view.setUint32(at + 4, Math.floor(value / 0x1_0000_0000), true)
}

export function getAddress(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 0x1_0000_0000
}
