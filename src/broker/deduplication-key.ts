import { hash } from 'node:crypto'
import type { TableValue } from '../std/table.ts'
import type { Message } from './message.ts'
import { headerOf } from './properties.ts'

const header = Buffer.from('x-deduplication-header')

/** Longer values are known by their digest, so that no publisher decides how much memory one takes. */
const PLAIN_BYTES_MAX = 20

/**
 * What the `x-deduplication-header` in properties in their compact form says, as a key for a table: of at
 * most 21 characters, and the same for the same value and type. Undefined when there is none, or when it is
 * a table or an array.
 */
export function deduplicationKeyIn(properties: Buffer, start: number): string | undefined {
  const value = headerOf(properties, start, header)
  return value === undefined ? undefined : keyOf(value)
}

/** The same of a message. */
export function deduplicationKeyOf({ content, offset }: Message): string | undefined {
  return deduplicationKeyIn(content, offset)
}

/** The first character says what kind of value it was: a number is no text. */
function keyOf(value: TableValue): string | undefined {
  switch (value.tag) {
    case 'S':
    case 'x': {
      if (value.value.length <= PLAIN_BYTES_MAX) return `s${value.value.toString('latin1')}`
      return `h${hash('sha1', value.value, 'buffer').toString('latin1')}`
    }
    case 't':
      return value.value ? 't' : 'f'
    case 'f':
    case 'd':
      return `d${value.value}`
    case 'D':
      return `D${value.value}e${value.scale}`
    case 'V':
      return 'v'
    case 'F':
    case 'A':
      return undefined
    default:
      return `i${value.value}`
  }
}
