/** What tests put into a field table: plain values, or `raw` bytes with a type tag of their own. */
export type FieldValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | Buffer
  | readonly FieldValue[]
  | { readonly [key: string]: FieldValue }

/** A field of a method: what its type allows; a table also as its finished bytes, length included. */
export type Field = string | number | bigint | boolean | Buffer | { readonly [key: string]: FieldValue }
export type Fields = { readonly [name: string]: Field }

export function octet(value: number): Buffer {
  return Buffer.from([value])
}

export function short(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(value)
  return bytes
}

export function long(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

export function longlong(value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt.asUintN(64, value))
  return bytes
}

export function shortstr(value: string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([octet(bytes.length), bytes])
}

export function longstr(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([long(bytes.length), bytes])
}

/** A field table with its length in front; integers become `I` (number) or `l` (bigint). */
export function table(entries: { readonly [key: string]: FieldValue }): Buffer {
  return longstr(Buffer.concat(Object.entries(entries).flatMap(([key, value]) => [shortstr(key), fieldValue(value)])))
}

/** One tagged value of a field table. */
export function fieldValue(value: FieldValue): Buffer {
  if (value === null) return Buffer.from('V')
  if (typeof value === 'string') return Buffer.concat([Buffer.from('S'), longstr(value)])
  if (typeof value === 'boolean') return Buffer.concat([Buffer.from('t'), octet(value ? 1 : 0)])
  if (typeof value === 'bigint') return Buffer.concat([Buffer.from('l'), longlong(value)])
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(5, 'I')
    bytes.writeInt32BE(value, 1)
    return bytes
  }
  if (Buffer.isBuffer(value)) return Buffer.concat([Buffer.from('x'), longstr(value)])
  if (Array.isArray(value)) return Buffer.concat([Buffer.from('A'), longstr(Buffer.concat(value.map(fieldValue)))])
  return Buffer.concat([Buffer.from('F'), table(value as { readonly [key: string]: FieldValue })]) // the last of the union
}

/** The bytes of a method's fields; consecutive bits share an octet. Absent fields are zero or empty. */
export function encodeFields(shape: readonly (readonly [string, string])[], fields: Fields): Buffer {
  const parts: Buffer[] = []
  let bits: number[] = []
  const flush = () => {
    if (bits.length > 0) parts.push(octet(bits.reduce((sum, bit, index) => sum + (bit << index), 0)))
    bits = []
  }
  for (const [type, name] of shape) {
    const value = fields[name]
    if (type === 'bit') {
      bits.push(value === true ? 1 : 0)
      continue
    }
    flush()
    parts.push(encodeField(type, value))
  }
  flush()
  return Buffer.concat(parts)
}

function encodeField(type: string, value: Field | undefined): Buffer {
  switch (type) {
    case 'octet':
      return octet(Number(value ?? 0))
    case 'short':
      return short(Number(value ?? 0))
    case 'long':
      return long(Number(value ?? 0))
    case 'longlong':
      return longlong(BigInt((value ?? 0) as bigint))
    case 'shortstr':
      return shortstr(String(value ?? ''))
    case 'longstr':
      return longstr((value ?? '') as string | Buffer)
    case 'table':
      return Buffer.isBuffer(value) ? value : table((value ?? {}) as { readonly [key: string]: FieldValue })
    default:
      throw new Error(`no type ${type}`)
  }
}

/** Reads what a broker sends, one field after the other. */
export class FieldReader {
  readonly #bytes: Buffer
  #offset = 0
  #bit = 8

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get done(): boolean {
    return this.#offset >= this.#bytes.length
  }

  fields(shape: readonly (readonly [string, string])[]): { [name: string]: unknown } {
    return Object.fromEntries(shape.map(([type, name]) => [name, this.field(type)]))
  }

  field(type: string): unknown {
    if (type === 'bit') return this.#flag()
    this.#bit = 8
    switch (type) {
      case 'octet':
        return this.#take(1).readUInt8()
      case 'short':
        return this.#take(2).readUInt16BE()
      case 'long':
        return this.#take(4).readUInt32BE()
      case 'longlong':
        return this.#take(8).readBigUInt64BE()
      case 'shortstr':
        return this.#take(this.#take(1).readUInt8()).toString()
      case 'longstr':
        return this.#take(this.#take(4).readUInt32BE()).toString()
      case 'table':
        return this.#table()
      default:
        throw new Error(`no type ${type}`)
    }
  }

  #flag(): boolean {
    if (this.#bit > 7) {
      this.#bit = 0
      this.#offset += 1
    }
    return ((this.#bytes[this.#offset - 1] ?? 0) & (1 << this.#bit++)) !== 0
  }

  #table(): { [key: string]: unknown } {
    const inner = new FieldReader(this.#take(this.#take(4).readUInt32BE()))
    const entries: [string, unknown][] = []
    while (!inner.done) entries.push([inner.field('shortstr') as string, inner.#value()])
    return Object.fromEntries(entries)
  }

  #value(): unknown {
    const tag = String.fromCharCode(this.#take(1).readUInt8())
    switch (tag) {
      case 't':
        return this.#take(1).readUInt8() !== 0
      case 'I':
        return this.#take(4).readInt32BE()
      case 'l':
        return this.#take(8).readBigInt64BE()
      case 'S':
        return this.field('longstr')
      case 'F':
        return this.#table()
      default:
        throw new Error(`a broker sent a field of type ${tag}, which these tests did not expect`)
    }
  }

  #take(size: number): Buffer {
    if (this.#offset + size > this.#bytes.length) throw new Error('the broker sent fewer bytes than the method needs')
    this.#offset += size
    return this.#bytes.subarray(this.#offset - size, this.#offset)
  }
}
