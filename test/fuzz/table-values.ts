import fc from 'fast-check'
import type { Table, TableValue } from '../../src/std/table.ts'
import { text } from './text.ts'

const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array))
const longs = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })

/** Text that is short enough for a key or a short string, of all planes of Unicode. */
export const shortText = text({ maxLength: 60 })

function integers(tag: 'b' | 'B' | 's' | 'u' | 'I' | 'i', min: number, max: number): fc.Arbitrary<TableValue> {
  return fc.integer({ min, max }).map((value) => ({ tag, value }))
}

const scalars: readonly fc.Arbitrary<TableValue>[] = [
  fc.boolean().map((value) => ({ tag: 't', value })),
  integers('b', -128, 127),
  integers('B', 0, 255),
  integers('s', -32768, 32767),
  integers('u', 0, 65535),
  integers('I', -(2 ** 31), 2 ** 31 - 1),
  integers('i', 0, 2 ** 32 - 1),
  longs.map((value) => ({ tag: 'l', value })),
  longs.map((value) => ({ tag: 'L', value })),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((value) => ({ tag: 'T', value })),
  fc.float({ noNaN: true }).map((value) => ({ tag: 'f', value })),
  fc.double({ noNaN: true }).map((value) => ({ tag: 'd', value })),
  fc.tuple(fc.nat(255), fc.integer({ min: 0, max: 2 ** 32 - 1 })).map(([scale, value]) => ({ tag: 'D', scale, value })),
  bytes.map((value) => ({ tag: 'S', value })),
  bytes.map((value) => ({ tag: 'x', value })),
  fc.constant<TableValue>({ tag: 'V' }),
]

const { table, value } = fc.letrec<{ table: Table; value: TableValue }>((tie) => ({
  table: fc.array(fc.tuple(shortText, tie('value')), { maxLength: 6 }),
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    ...scalars,
    tie('table').map((entries): TableValue => ({ tag: 'F', value: entries })),
    fc.array(tie('value'), { maxLength: 6 }).map((values): TableValue => ({ tag: 'A', value: values })),
  ),
}))

/** Any field table without NaNs, which have a test of their own. */
export const tables: fc.Arbitrary<Table> = table

/** Any value of a field table. */
export const tableValues: fc.Arbitrary<TableValue> = value
