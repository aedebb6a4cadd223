/** What stands in front of the user id in the properties of a message, in order: its flag and how long it is. */
const before: readonly (readonly [flag: number, kind: 'short' | 'table' | 'octet' | 'timestamp'])[] = [
  [0x8000, 'short'],
  [0x4000, 'short'],
  [0x2000, 'table'],
  [0x1000, 'octet'],
  [0x0800, 'octet'],
  [0x0400, 'short'],
  [0x0200, 'short'],
  [0x0100, 'short'],
  [0x0080, 'short'],
  [0x0040, 'timestamp'],
  [0x0020, 'short'],
]
const USER_ID = 0x0010

/** Flags and properties without the user id, which a broker takes from nobody but that user. */
export function withoutUserId(properties: Buffer): Buffer {
  const flags = properties.readUInt16BE(0)
  if ((flags & USER_ID) === 0) return properties
  let at = 2
  for (const [flag, kind] of before) {
    if ((flags & flag) === 0) continue
    if (kind === 'short') at += 1 + properties[at]!
    else if (kind === 'table') at += 4 + properties.readUInt32BE(at)
    else at += kind === 'octet' ? 1 : 8
  }
  const end = at + 1 + properties[at]!
  const without = Buffer.concat([properties.subarray(0, at), properties.subarray(end)])
  without.writeUInt16BE(flags & ~USER_ID, 0)
  return without
}
