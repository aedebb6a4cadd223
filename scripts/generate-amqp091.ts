import { type FieldSpec, type FieldType, type MethodSpec, methodSpecs } from '../src/wire/amqp091/spec.ts'

/** What the generator knows of a field type other than bits, which come in groups. */
interface Codec {
  readonly type: string
  /** Bytes, where they do not depend on the value. */
  readonly size?: number
  readonly read: string
  /** Where the value read ends, as an expression over `at`, `end` and its name. */
  after(name: string): string
  sizeOf(name: string): string
  write(value: string): string
  readonly zero: string
}

type ValueType = Exclude<FieldType, 'bit'>

function fixed(type: string, size: number, name: string): Codec {
  return {
    type,
    size,
    read: `read${name}`,
    after: () => `at + ${size}`,
    sizeOf: () => `${size}`,
    write: (value) => (size === 1 ? `writeOctet(buffer, at, ${value})` : `write${name}(buffer, at, ${value})`),
    zero: '0',
  }
}

const codecs: Readonly<Record<ValueType, Codec>> = {
  octet: fixed('number', 1, 'Octet'),
  short: fixed('number', 2, 'Short'),
  long: fixed('number', 4, 'Long'),
  longlong: fixed('number', 8, 'Longlong'),
  shortstr: {
    type: 'string',
    read: 'readShortstr',
    after: () => 'at + 1 + buffer[at]!',
    sizeOf: (value) => `shortstrSize(${value})`,
    write: (value) => `writeShortstr(buffer, at, ${value})`,
    zero: "''",
  },
  longstr: {
    type: 'Buffer',
    read: 'readLongstr',
    after: (name) => `at + 4 + ${name}.length`,
    sizeOf: (value) => `longstrSize(${value})`,
    write: (value) => `writeLongstr(buffer, at, ${value})`,
    zero: 'noBytes',
  },
  table: {
    type: 'Table',
    read: 'readTable',
    after: () => 'tableEnd(buffer, at, end)',
    sizeOf: (value) => `prefixedTableSize(${value})`,
    write: (value) => `writePrefixedTable(buffer, at, ${value})`,
    zero: 'emptyTable',
  },
}

/** Fields in wire order with neighbouring bits together, as they share octets. */
type Part = FieldSpec | readonly FieldSpec[]

function parts(method: MethodSpec): Part[] {
  const result: Part[] = []
  let bits: FieldSpec[] = []
  for (const field of method.fields) {
    if (field.type !== 'bit') {
      bits = []
      result.push(field)
    } else if (bits.length === 0 || bits.length === 8) {
      bits = [field]
      result.push(bits)
    } else {
      bits.push(field)
    }
  }
  return result
}

function isBits(part: Part): part is readonly FieldSpec[] {
  return Array.isArray(part)
}

function codecOf(field: FieldSpec): Codec {
  if (field.type === 'bit') throw new Error('bits have no codec of their own')
  return codecs[field.type]
}

function pascal(name: string): string {
  return name.replace(/(?:^|[.-])(\w)/g, (_, letter: string) => letter.toUpperCase())
}

/** `arguments` is no name for a variable. */
function local(field: FieldSpec): string {
  return field.name === 'arguments' ? 'argumentTable' : field.name
}

function property(field: FieldSpec): string {
  return local(field) === field.name ? field.name : `${field.name}: ${local(field)}`
}

function used(method: MethodSpec): FieldSpec[] {
  return method.fields.filter((field) => !field.reserved)
}

function key(method: MethodSpec): string {
  return `0x${((method.classId << 16) | method.methodId).toString(16).padStart(8, '0')}`
}

function interfaceSource(method: MethodSpec): string {
  const lines = used(method).map((f) => `  readonly ${f.name}: ${f.type === 'bit' ? 'boolean' : codecOf(f).type}\n`)
  return `/** ${method.name} (${method.classId}, ${method.methodId}). */
export interface ${pascal(method.name)} {
  readonly name: '${method.name}'
${lines.join('')}}
`
}

function decodeLines(method: MethodSpec): string[] {
  const lines: string[] = []
  for (const part of parts(method)) {
    if (isBits(part)) {
      const names = part.filter((field) => !field.reserved)
      if (names.length === 0) lines.push('need(at + 1, end)')
      else if (names.length === 1) lines.push(bitLine(part, names[0]!, 'readOctet(buffer, at, end)'))
      else {
        lines.push(`const bits = readOctet(buffer, at, end)`)
        for (const field of names) lines.push(bitLine(part, field, 'bits'))
      }
      lines.push('at += 1')
    } else if (part.reserved) {
      lines.push(...skipLines(part))
    } else {
      const codec = codecOf(part)
      lines.push(`const ${local(part)} = ${codec.read}(buffer, at, end)`)
      lines.push(`at = ${codec.after(local(part))}`.replace('at = at + ', 'at += '))
    }
  }
  return lines
}

function bitLine(group: readonly FieldSpec[], field: FieldSpec, source: string): string {
  return `const ${local(field)} = (${source} & ${1 << group.indexOf(field)}) !== 0`
}

function skipLines(field: FieldSpec): string[] {
  const { size } = codecOf(field)
  if (size !== undefined) return [`need(at + ${size}, end)`, `at += ${size}`]
  return [`at = ${field.type}End(buffer, at, end)`]
}

function decodeSource(method: MethodSpec): string {
  const name = pascal(method.name)
  const lines = decodeLines(method)
  const properties = [`name: '${method.name}'`, ...used(method).map(property)]
  if (lines.length === 0) {
    return `function decode${name}(start: number, end: number): ${name} {
  expectEnd(start, end)
  return { ${properties.join(', ')} }
}
`
  }
  return `function decode${name}(buffer: Buffer, start: number, end: number): ${name} {
  let at = start
${lines.map((line) => `  ${line}\n`).join('')}  expectEnd(at, end)
  return { ${properties.join(', ')} }
}
`
}

function sizeExpression(method: MethodSpec): string {
  let constant = 4
  const terms: string[] = []
  for (const part of parts(method)) {
    if (isBits(part)) constant += 1
    else if (part.reserved) constant += codecOf(part).size ?? (part.type === 'shortstr' ? 1 : 4)
    else if (codecOf(part).size !== undefined) constant += codecOf(part).size ?? 0
    else terms.push(codecOf(part).sizeOf(`method.${part.name}`))
  }
  return [`${constant}`, ...terms].join(' + ')
}

function writeLines(method: MethodSpec): string[] {
  const lines: string[] = []
  for (const part of parts(method)) {
    if (isBits(part)) {
      const terms = part.filter((f) => !f.reserved).map((f) => `(method.${f.name} ? ${1 << part.indexOf(f)} : 0)`)
      lines.push(`writeOctet(buffer, at, ${terms.join(' | ') || '0'})`)
    } else {
      const codec = codecOf(part)
      lines.push(codec.write(part.reserved ? codec.zero : `method.${part.name}`))
    }
  }
  return lines
}

function writeSource(method: MethodSpec): string {
  const lines = writeLines(method)
  if (lines.length === 0) return ''
  const body = lines.map((line, i) => (i === lines.length - 1 ? `  return ${line}\n` : `  at = ${line}\n`)).join('')
  const parameter = used(method).length === 0 ? '' : `, method: ${pascal(method.name)}`
  const start = lines.length === 1 ? 'at' : 'start'
  return `function write${pascal(method.name)}(buffer: Buffer, ${start}: number${parameter}): number {
${lines.length === 1 ? '' : '  let at = start\n'}${body}}
`
}

function decodeSwitch(): string {
  const cases = methodSpecs.map((method) => {
    const call = decodeLines(method).length === 0 ? 'start + 4, end' : 'buffer, start + 4, end'
    return `    case ${key(method)}:\n      return decode${pascal(method.name)}(${call})\n`
  })
  return `/** The method whose frame payload is [start, end); throws a \`DecodeError\`. */
export function decodeMethod(buffer: Buffer, start: number, end: number): Method {
  need(start + 4, end)
  switch (buffer.readUInt32BE(start)) {
${cases.join('')}    default:
      throw unknownMethod(buffer.readUInt16BE(start), buffer.readUInt16BE(start + 2))
  }
}
`
}

function sizeSwitch(): string {
  const bySize = new Map<string, string[]>()
  for (const method of methodSpecs) {
    const size = sizeExpression(method)
    // Types narrow to a union of the methods that share an expression, and all of them have its fields.
    bySize.set(size, [...(bySize.get(size) ?? []), method.name])
  }
  const cases = [...bySize].map(
    ([size, names]) => `${names.map((name) => `    case '${name}':\n`).join('')}      return ${size}\n`,
  )
  return `/** Bytes of the payload of the method's frame. */
export function methodSize(method: Method): number {
  switch (method.name) {
${cases.join('')}  }
}
`
}

function writeSwitch(): string {
  const cases = methodSpecs.map((method) => {
    const name = pascal(method.name)
    const parameter = used(method).length === 0 ? '' : ', method'
    const rest = writeLines(method).length === 0 ? 'at' : `write${name}(buffer, at${parameter})`
    return `    case '${method.name}':\n      at = writeLong(buffer, start, ${key(method)})\n      return ${rest}\n`
  })
  return `/** Writes the payload of the method's frame and says where it ends; there must be room for \`methodSize\`. */
export function writeMethod(buffer: Buffer, start: number, method: Method): number {
  let at: number
  switch (method.name) {
${cases.join('')}  }
}
`
}

const importable: Readonly<Record<string, readonly string[]>> = {
  '../../std/table.ts': ['emptyTable', 'type Table'],
  '../../std/table-codec.ts': ['tableEnd'],
  './fields.ts': [
    'expectEnd',
    'longstrEnd',
    'longstrSize',
    'need',
    'noBytes',
    'prefixedTableSize',
    'readLong',
    'readLonglong',
    'readLongstr',
    'readOctet',
    'readShort',
    'readShortstr',
    'readTable',
    'shortstrEnd',
    'shortstrSize',
    'unknownMethod',
    'writeLong',
    'writeLonglong',
    'writeLongstr',
    'writeOctet',
    'writePrefixedTable',
    'writeShort',
    'writeShortstr',
  ],
}

/** Imports of what the text uses. */
function imports(body: string): string {
  const lines = Object.entries(importable).map(([file, names]) => {
    const found = names.filter((name) => new RegExp(`\\b${name.replace('type ', '')}\\b`).test(body))
    return `import { ${found.join(', ')} } from '${file}'\n`
  })
  return lines.join('')
}

/** The text of `methods.gen.ts`. */
export function methodsSource(): string {
  const ids = methodSpecs.map((m) => `  '${m.name}': { classId: ${m.classId}, methodId: ${m.methodId} },\n`)
  const body = [
    ...methodSpecs.map(interfaceSource),
    `/** Any method; \`name\` tells which. */\nexport type Method =\n${methodSpecs.map((m) => `  | ${pascal(m.name)}\n`).join('')}`,
    `export type MethodName = Method['name']\n`,
    `/** The ids of each method, as errors carry them. */\nexport const methodIds = {\n${ids.join('')}} as const satisfies Record<\n  MethodName,\n  { readonly classId: number; readonly methodId: number }\n>\n`,
    decodeSwitch(),
    sizeSwitch(),
    writeSwitch(),
    ...methodSpecs.map(decodeSource),
    ...methodSpecs.map(writeSource).filter((source) => source !== ''),
  ].join('\n')
  return `// Generated from spec.ts by \`npm run generate\`; do not edit.\n${imports(body)}\n${body}`
}
