import { crc32 } from 'node:zlib'

/**
 * Below this many bytes eight table look-ups per step beat the call into zlib: 28 against 136 ns for
 * 24 bytes, 121 against 282 for 128, 278 against 255 for 256 (Node 24, x86-64).
 */
const SHORT = 224

const tables = makeTables()

/** Bytes of one buffer with a view on them for whole words, so that the hot path allocates neither. */
export interface Words {
  readonly buffer: Buffer
  readonly view: DataView
}

/** A buffer with its view. */
export function wordsOf(buffer: Buffer): Words {
  return { buffer, view: new DataView(buffer.buffer, buffer.byteOffset, buffer.length) }
}

/** CRC-32 (IEEE, reflected, as in zlib) of the bytes from `from` up to `to`, continuing from `seed`. */
export function checksum(words: Words, from: number, to: number, seed: number): number {
  if (to - from >= SHORT) return crc32(words.buffer.subarray(from, to), seed)
  const { buffer, view } = words
  let crc = ~seed
  let at = from
  for (const whole = to - 7; at < whole; at += 8) {
    crc ^= view.getInt32(at, true)
    const next = view.getInt32(at + 4, true)
    crc =
      tables[0x700 + (crc & 0xff)]! ^
      tables[0x600 + ((crc >>> 8) & 0xff)]! ^
      tables[0x500 + ((crc >>> 16) & 0xff)]! ^
      tables[0x400 + (crc >>> 24)]! ^
      tables[0x300 + (next & 0xff)]! ^
      tables[0x200 + ((next >>> 8) & 0xff)]! ^
      tables[0x100 + ((next >>> 16) & 0xff)]! ^
      tables[next >>> 24]!
  }
  while (at < to) crc = (crc >>> 8) ^ tables[(crc ^ buffer[at++]!) & 0xff]!
  return ~crc >>> 0
}

/** Eight tables of 256: the n-th is the effect of a byte that n further bytes have followed. */
function makeTables(): Int32Array {
  const made = new Int32Array(8 * 256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xedb8_8320 : crc >>> 1
    made[byte] = crc
  }
  for (let index = 256; index < made.length; index++) {
    const before = made[index - 256]!
    made[index] = (before >>> 8) ^ made[before & 0xff]!
  }
  return made
}
