/**
 * Whether the bytes are well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above
 * U+10FFFF). Written by hand because node's `isUtf8` wants a view, and views cost more than the short
 * strings of a wire format do.
 */
export function isUtf8(buffer: Buffer, start: number, end: number): boolean {
  let at = start
  while (at < end) {
    const lead = buffer[at++]!
    if (lead < 0x80) continue
    const more = continuationBytes(lead)
    if (more === 0 || at + more > end) return false
    const second = buffer[at]!
    if (second < lowestSecond(lead) || second > highestSecond(lead)) return false
    for (let i = 1; i < more; i++) if ((buffer[at + i]! & 0xc0) !== 0x80) return false
    at += more
  }
  return true
}

function continuationBytes(lead: number): number {
  if (lead >= 0xc2 && lead <= 0xdf) return 1
  if (lead >= 0xe0 && lead <= 0xef) return 2
  if (lead >= 0xf0 && lead <= 0xf4) return 3
  return 0
}

function lowestSecond(lead: number): number {
  if (lead === 0xe0) return 0xa0
  if (lead === 0xf0) return 0x90
  return 0x80
}

function highestSecond(lead: number): number {
  if (lead === 0xed) return 0x9f
  if (lead === 0xf4) return 0x8f
  return 0xbf
}
