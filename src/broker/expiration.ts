import { Fault } from './fault.ts'

/** Ten years, the longest time to live there is. */
const TTL_MAX = 315_360_000_000

/** Milliseconds of a message's `expiration`; throws a Fault with RabbitMQ's reasons. */
export function parseExpiration(text: string): number {
  const [, digits, rest = ''] = /^([+-]?\d+)?(.*)$/s.exec(text) ?? []
  if (digits === undefined) throw invalid(text, 'no_integer')
  if (rest !== '') throw invalid(text, `{leftover_string,${JSON.stringify(rest)}}`)
  const milliseconds = Number(digits)
  if (milliseconds < 0) throw invalid(text, `{value_negative,${digits}}`)
  if (milliseconds > TTL_MAX) throw invalid(text, `{value_too_large,${digits}}`)
  return milliseconds
}

function invalid(text: string, reason: string): Fault {
  return new Fault('precondition-failed', `invalid expiration '${text}': ${reason}`)
}
