/**
 * A value of an AMQP field table with the type tag it had on the wire, so that it goes out
 * bit for bit as it came in. Strings (`S`) and byte arrays (`x`) stay bytes; 64-bit integers
 * are bigint; `f`/`d` keep their raw bits beside the number when a NaN must survive.
 */
export type TableValue =
  | { readonly tag: 't'; readonly value: boolean }
  | { readonly tag: 'b' | 'B' | 's' | 'u' | 'I' | 'i' | 'f' | 'd'; readonly value: number; readonly bits?: Buffer }
  | { readonly tag: 'l' | 'L' | 'T'; readonly value: bigint }
  | { readonly tag: 'D'; readonly scale: number; readonly value: number }
  | { readonly tag: 'S' | 'x'; readonly value: Buffer }
  | { readonly tag: 'F'; readonly value: Table }
  | { readonly tag: 'A'; readonly value: readonly TableValue[] }
  | { readonly tag: 'V' }

/** An AMQP field table: entries in wire order, duplicates kept. */
export type Table = readonly (readonly [key: string, value: TableValue])[]

export const emptyTable: Table = []

/** The first value under `key`. */
export function tableGet(table: Table, key: string): TableValue | undefined {
  for (const entry of table) if (entry[0] === key) return entry[1]
  return undefined
}

/** A copy with `key` set: in its old place if it was there (further duplicates go), else at the end. */
export function tableSet(table: Table, key: string, value: TableValue): Table {
  const result: (readonly [string, TableValue])[] = []
  let placed = false
  for (const entry of table) {
    if (entry[0] !== key) result.push(entry)
    else if (!placed) {
      result.push([key, value])
      placed = true
    }
  }
  if (!placed) result.push([key, value])
  return result
}

/** A copy without `key`; the same table if it has none. */
export function tableDelete(table: Table, key: string): Table {
  return tableGet(table, key) === undefined ? table : table.filter((entry) => entry[0] !== key)
}

/** A string value (`S`). */
export function longString(text: string): TableValue {
  return { tag: 'S', value: Buffer.from(text) }
}

/** The text of a string value (`S`); undefined for every other type. Bytes that are no UTF-8 become U+FFFD. */
export function tableString(value: TableValue | undefined): string | undefined {
  return value?.tag === 'S' ? value.value.toString('utf8') : undefined
}

/** An integer of any width: as number where that is exact, else as bigint. Timestamps are no integers. */
export function tableInteger(value: TableValue | undefined): number | bigint | undefined {
  switch (value?.tag) {
    case 'b':
    case 'B':
    case 's':
    case 'u':
    case 'I':
    case 'i':
      return value.value
    case 'l':
    case 'L': {
      const number = Number(value.value)
      return Number.isSafeInteger(number) ? number : value.value
    }
    default:
      return undefined
  }
}

/** The boolean of a `t`; undefined for every other type. */
export function tableBoolean(value: TableValue | undefined): boolean | undefined {
  return value?.tag === 't' ? value.value : undefined
}

const typeNames = {
  t: 'bool',
  b: 'byte',
  B: 'unsignedbyte',
  s: 'short',
  u: 'unsignedshort',
  I: 'signedint',
  i: 'unsignedint',
  l: 'long',
  L: 'long',
  f: 'float',
  d: 'double',
  D: 'decimal',
  S: 'longstr',
  T: 'timestamp',
  F: 'table',
  A: 'array',
  x: 'binary',
  V: 'void',
} as const satisfies Record<TableValue['tag'], string>

/** The name RabbitMQ's error texts give to the type of a value. */
export type TableTypeName = (typeof typeNames)[TableValue['tag']]

/** The name RabbitMQ's error texts give to the type of this value. */
export function tableTypeName(value: TableValue): TableTypeName {
  return typeNames[value.tag]
}
