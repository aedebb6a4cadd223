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
