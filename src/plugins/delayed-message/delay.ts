import { type Message, withProperties } from '../../broker/message.ts'
import { headerOf } from '../../broker/properties.ts'
import { type TableValue, tableInteger, tableSet } from '../../std/table.ts'

const DELAY = 'x-delay'
const delayKey = Buffer.from(DELAY)

/** Far enough: 285,000 years. */
const DELAY_MAX = 2 ** 53 / 1000

/** The milliseconds a message asks to be delayed by, from properties in their compact form; 0 for not at all. */
export function delayIn(properties: Buffer, start: number): number {
  const value = headerOf(properties, start, delayKey)
  const delay = value === undefined ? 0 : millisecondsOf(value)
  return delay > 0 ? Math.min(delay, DELAY_MAX) : 0
}

/** The same message as it is delivered: its delay is negative, so that no other exchange delays it again. */
export function withoutDelay(message: Message): Message {
  const { headers } = message.properties
  const delay = delayIn(message.content, message.offset)
  if (headers === undefined || delay === 0) return message
  const negative: TableValue = delay <= 0x8000_0000 ? { tag: 'I', value: -delay } : { tag: 'l', value: -BigInt(delay) }
  return withProperties(message, { headers: tableSet(headers, DELAY, negative) })
}

/** Integers of any width, and what can be read as one; NaN for everything else. */
function millisecondsOf(value: TableValue): number {
  const integer = tableInteger(value)
  if (integer !== undefined) return Number(integer)
  switch (value.tag) {
    case 'S': {
      const text = value.value.toString('latin1')
      return /^[+-]?\d{1,19}$/.test(text) ? Number(text) : Number.NaN
    }
    case 'f':
    case 'd':
      return Math.trunc(value.value)
    case 'D':
      return Math.trunc(value.value / 10 ** value.scale)
    default:
      return Number.NaN
  }
}
