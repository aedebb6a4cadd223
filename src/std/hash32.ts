import { mixed32 } from './pseudo-random.ts'

/** An unsigned 32-bit hash of bytes, or of a text's UTF-16 units: for spreading, not for secrets. The same in every process. */
export function hash32(content: string | Buffer): number {
  let hash = 0x811c_9dc5
  if (typeof content === 'string') {
    for (let at = 0; at < content.length; at++) hash = Math.imul(hash ^ content.charCodeAt(at), 0x0100_0193)
  } else {
    for (const byte of content) hash = Math.imul(hash ^ byte, 0x0100_0193)
  }
  return mixed32(hash ^ content.length)
}
