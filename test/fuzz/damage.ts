import type { Chance } from './chance.ts'

/** Values at which length checks go wrong. */
const numbers = [
  0, 1, 2, 3, 7, 8, 12, 126, 127, 128, 254, 255, 256, 4095, 4096, 32767, 32768, 65535, 65536, 131064, 131072,
]
const largeNumbers = [
  ...numbers,
  2 ** 24,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 9,
  2 ** 32 - 8,
  2 ** 32 - 5,
  2 ** 32 - 4,
  2 ** 32 - 1,
]

/** Octets that mean something: tags of table values, lengths, the end of a frame, broken UTF-8. */
const octets = Buffer.from('tbBsuIilLfdDSTFAxV\x00\x01\x02\x03\x08\x7f\x80\xbf\xc0\xc3\xce\xed\xf4\xff', 'latin1')

type Damage = (bytes: Buffer, chance: Chance) => Buffer

function copied(bytes: Buffer, change: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(bytes)
  change(copy)
  return copy
}

function cutOut(bytes: Buffer, chance: Chance): [start: number, end: number] {
  const start = chance.below(bytes.length)
  return [start, Math.min(bytes.length, start + 1 + chance.below(chance.oneIn(4) ? bytes.length : 8))]
}

/** Tables in tables (or arrays in arrays), whose lengths agree or not. */
function nest(chance: Chance): Buffer {
  const depth = 1 + chance.below(chance.oneIn(20) ? 2000 : 80)
  const head = chance.oneIn(2) ? Buffer.from('\x01kF', 'latin1') : Buffer.from('A')
  const step = head.length + 4
  const bytes = Buffer.alloc(4 + depth * step)
  bytes.writeUInt32BE(bytes.length - 4, 0)
  for (let at = 4; at < bytes.length; at += step) {
    head.copy(bytes, at)
    bytes.writeUInt32BE(bytes.length - at - step, at + head.length)
  }
  return bytes
}

const damages: readonly Damage[] = [
  (bytes, chance) =>
    copied(bytes, (copy) => {
      copy[chance.below(copy.length)]! ^= 1 << chance.below(8)
    }),
  (bytes, chance) =>
    copied(bytes, (copy) => {
      copy[chance.below(copy.length)] = chance.pick([...octets])
    }),
  (bytes, chance) =>
    copied(bytes, (copy) => {
      if (copy.length >= 2) copy.writeUInt16BE(chance.pick(numbers) & 0xffff, chance.below(copy.length - 1))
    }),
  (bytes, chance) =>
    copied(bytes, (copy) => {
      if (copy.length >= 4) copy.writeUInt32BE(chance.pick(largeNumbers), chance.below(copy.length - 3))
    }),
  (bytes, chance) => bytes.subarray(0, chance.below(bytes.length)),
  (bytes, chance) => {
    const [start, end] = cutOut(bytes, chance)
    return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)])
  },
  (bytes, chance) => {
    const [start, end] = cutOut(bytes, chance)
    return Buffer.concat([bytes.subarray(0, end), bytes.subarray(start)])
  },
  (bytes, chance) => {
    const at = chance.below(bytes.length)
    return Buffer.concat([bytes.subarray(0, at), nest(chance), bytes.subarray(at)])
  },
  (bytes, chance) => Buffer.concat([bytes, Buffer.from([chance.below(256)])]),
]

/** The bytes with one to three kinds of damage done to them. */
export function damaged(bytes: Buffer, chance: Chance): Buffer {
  let result = bytes
  for (let count = 1 + chance.below(3); count > 0 && result.length > 0; count--) {
    result = chance.pick(damages)(result, chance)
  }
  return result
}
