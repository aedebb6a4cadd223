const VERSION = 131
const Tag = {
  smallInteger: 97,
  integer: 98,
  atom: 100,
  nil: 106,
  string: 107,
  binary: 109,
  smallAtom: 115,
  atomUtf8: 118,
  smallAtomUtf8: 119,
} as const

/** An atom, string, binary or small integer, written as Erlang source, in its external form. Throws for anything else. */
export function writeTerm(source: string): Buffer {
  const text = source.trim()
  const binary = /^<<"(.*)">>$/s.exec(text)?.[1]
  if (binary !== undefined) return framed(Tag.binary, 4, unescaped(binary))
  const string = /^"(.*)"$/s.exec(text)?.[1]
  if (string === '') return Buffer.of(VERSION, Tag.nil)
  if (string !== undefined) return framed(Tag.string, 2, unescaped(string))
  if (/^\d{1,3}$/.test(text) && Number(text) < 256) return Buffer.of(VERSION, Tag.smallInteger, Number(text))
  if (/^-?\d{1,9}$/.test(text)) {
    const bytes = Buffer.of(VERSION, Tag.integer, 0, 0, 0, 0)
    bytes.writeInt32BE(Number(text), 2)
    return bytes
  }
  const atom = /^([a-z][\w@]*)$/.exec(text)?.[1] ?? /^'(.*)'$/s.exec(text)?.[1]
  if (atom === undefined) throw new Error(`'${source}' is no atom, string, binary or integer`)
  // The form every version of Erlang reads.
  return framed(Tag.atom, 2, unescaped(atom))
}

function framed(tag: number, sizeBytes: number, content: Buffer): Buffer {
  const head = Buffer.alloc(2 + sizeBytes)
  head.writeUInt8(VERSION, 0)
  head.writeUInt8(tag, 1)
  head.writeUIntBE(content.length, 2, sizeBytes)
  return Buffer.concat([head, content])
}

function unescaped(text: string): Buffer {
  return Buffer.from(text.replace(/\\(.)/gs, '$1'))
}

/** The external form of one of these terms as Erlang source. Throws for anything else. */
export function readTerm(bytes: Buffer): string {
  if (bytes[0] !== VERSION) throw new Error('no external form of a term')
  const content = (sizeBytes: number): string => {
    const size = bytes.readUIntBE(2, sizeBytes)
    if (2 + sizeBytes + size > bytes.length) throw new Error('the term ends early')
    return bytes.toString('utf8', 2 + sizeBytes, 2 + sizeBytes + size)
  }
  switch (bytes[1]) {
    case Tag.smallInteger:
      return String(bytes.readUInt8(2))
    case Tag.integer:
      return String(bytes.readInt32BE(2))
    case Tag.nil:
      return '[]'
    case Tag.string:
      return `"${escaped(content(2), '"')}"`
    case Tag.binary:
      return `<<"${escaped(content(4), '"')}">>`
    case Tag.atom:
    case Tag.atomUtf8:
      return atom(content(2))
    case Tag.smallAtom:
    case Tag.smallAtomUtf8:
      return atom(content(1))
    default:
      throw new Error('a term of another kind')
  }
}

function atom(name: string): string {
  return /^[a-z][\w@]*$/.test(name) ? name : `'${escaped(name, "'")}'`
}

function escaped(text: string, quote: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`)
}
