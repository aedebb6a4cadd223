import { type Properties, propertyRows } from './properties.ts'

/** The properties with their length in front, as they follow the variable header (MQTT 5 §2.2.2). */
export function encodeProperties(properties: Properties | undefined): Buffer {
  if (properties === undefined) return empty
  const parts: Buffer[] = []
  for (const row of propertyRows) {
    const value = properties[row.name]
    if (value === undefined) continue
    if (row.kind === 'pair' || row.name === 'subscriptionIdentifier') {
      for (const each of value as readonly unknown[]) parts.push(Buffer.of(row.id), encodeValue(row.kind, each))
    } else parts.push(Buffer.of(row.id), encodeValue(row.kind, value))
  }
  if (parts.length === 0) return empty
  const body = Buffer.concat(parts)
  return Buffer.concat([encodeVariable(body.length), body])
}

/** Bytes of a variable byte integer. */
export function variableSize(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : 4
}

const empty = Buffer.of(0)

function encodeValue(kind: (typeof propertyRows)[number]['kind'], value: unknown): Buffer {
  switch (kind) {
    case 'flag':
      return Buffer.of(value as number)
    case 'short': {
      const bytes = Buffer.alloc(2)
      bytes.writeUInt16BE(value as number)
      return bytes
    }
    case 'long': {
      const bytes = Buffer.alloc(4)
      bytes.writeUInt32BE(value as number)
      return bytes
    }
    case 'variable':
      return encodeVariable(value as number)
    case 'text':
      return sized(Buffer.from(value as string))
    case 'binary':
      return sized(value as Buffer)
    case 'pair': {
      const [name, text] = value as readonly [string, string]
      return Buffer.concat([sized(Buffer.from(name)), sized(Buffer.from(text))])
    }
  }
}

/** Bytes behind their length in two bytes; what is longer than that can say is cut. */
function sized(bytes: Buffer): Buffer {
  const kept = bytes.length > 0xffff ? bytes.subarray(0, 0xffff) : bytes
  const size = Buffer.alloc(2)
  size.writeUInt16BE(kept.length)
  return Buffer.concat([size, kept])
}

function encodeVariable(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  do {
    const low = rest % 128
    rest = Math.floor(rest / 128)
    bytes.push(rest > 0 ? low | 0x80 : low)
  } while (rest > 0)
  return Buffer.from(bytes)
}
