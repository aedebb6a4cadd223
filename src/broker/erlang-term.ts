import { isUtf8 } from 'node:buffer'
import { type Table, type TableValue, tableTypeName } from '../std/table.ts'

/** A table value the way RabbitMQ prints it inside its error texts, which is Erlang's notation. */
export function erlangTerm(value: TableValue): string {
  switch (value.tag) {
    case 'S':
    case 'x':
      return erlangBinary(value.value)
    case 'A':
      return `[${value.value.map((item) => `{${tableTypeName(item)},${erlangTerm(item)}}`).join(',')}]`
    case 'F':
      return erlangTable(value.value)
    case 'D':
      return `{${value.scale},${value.value}}`
    case 'V':
      return 'undefined'
    case 'f':
    case 'd':
      return erlangFloat(value.value)
    default:
      return String(value.value)
  }
}

/** Always with a point, also before an exponent: `5.0`, `1.0e21`. */
function erlangFloat(number: number): string {
  const [digits = '', exponent] = String(number).split('e')
  const pointed = /^-?\d+$/.test(digits) ? `${digits}.0` : digits
  return exponent === undefined ? pointed : `${pointed}e${exponent.replace('+', '')}`
}

function erlangTable(table: Table): string {
  const entries = table.map(([key, value]) => {
    return `{${erlangBinary(Buffer.from(key))},${tableTypeName(value)},${erlangTerm(value)}}`
  })
  return `[${entries.join(',')}]`
}

const escapes = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
])

/** `<<"text">>`, or the numbers of the bytes when they are no printable text. */
function erlangBinary(bytes: Buffer): string {
  if (bytes.length === 0) return '<<>>'
  const text = bytes.toString('utf8')
  if (!isUtf8(bytes) || /[^\P{C}\n\r\t]/u.test(text)) return `<<${bytes.join(',')}>>`
  const escaped = text.replace(/["\\\n\r\t]/g, (character) => escapes.get(character) ?? character)
  return text.length === bytes.length ? `<<"${escaped}">>` : `<<"${escaped}"/utf8>>`
}
