import { type Table, type TableValue, tableInteger } from './table.ts'

/** Equal by value: integers of any width compare as numbers, everything else must have the same type. */
export function tableValuesEqual(a: TableValue | undefined, b: TableValue | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  const integer = tableInteger(a)
  if (integer !== undefined) return integer === tableInteger(b)
  switch (a.tag) {
    case 'V':
      return b.tag === 'V'
    case 'S':
    case 'x':
      return b.tag === a.tag && a.value.equals(b.value)
    case 'F':
      return b.tag === 'F' && tablesEqual(a.value, b.value)
    case 'A':
      return (
        b.tag === 'A' && a.value.length === b.value.length && a.value.every((v, i) => tableValuesEqual(v, b.value[i]))
      )
    case 'D':
      return b.tag === 'D' && a.scale === b.scale && a.value === b.value
    case 'f':
    case 'd':
      return (b.tag === 'f' || b.tag === 'd') && Object.is(a.value, b.value)
    default:
      return b.tag === a.tag && a.value === b.value
  }
}

/** Equal as maps: the order of entries does not matter, the number of times a key is there does. */
export function tablesEqual(a: Table, b: Table): boolean {
  if (a.length !== b.length) return false
  const left = sorted(a)
  const right = sorted(b)
  return left.every(([key, value], i) => key === right[i]![0] && tableValuesEqual(value, right[i]![1]))
}

/** By key; the sort is stable, so duplicates keep their order. */
function sorted(table: Table): Table {
  return [...table].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
}
