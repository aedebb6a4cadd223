import { crc32 } from 'node:zlib'
import { Chance } from '../fuzz/chance.ts'

/** Largest body that can be asked for. */
export const bodyBytesMax = 128 * 1024

const noise = Buffer.alloc(2 * bodyBytesMax)
const chance = new Chance(20_261_121)
for (let at = 0; at < noise.length; at += 4) noise.writeUInt32LE(chance.below(2 ** 32), at)

/** The body of a message, different in every place for every name: any mix-up of bytes shows. */
export function bodyOf(name: string, size: number): Buffer {
  const from = crc32(name) % bodyBytesMax
  const body = Buffer.from(noise.subarray(from, from + size))
  body.write(name, 0, Math.min(size, 64), 'latin1')
  return body
}
