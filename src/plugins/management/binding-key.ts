import { createHash } from 'node:crypto'
import type { Binding } from '../../broker/binding.ts'
import { encodeTable } from '../../std/table-codec.ts'

/**
 * What tells a binding from others between the same two places, for use in a URL: the escaped routing key, `~` for an
 * empty one, and with arguments a hash of them behind.
 */
export function propertiesKey({
  routingKey,
  arguments: arguments_,
}: Pick<Binding, 'routingKey' | 'arguments'>): string {
  const key = escapeKey(routingKey)
  if (arguments_.length === 0) return key === '' ? '~' : key
  const sorted = [...arguments_].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return `${key}~${createHash('sha256').update(encodeTable(sorted)).digest('base64url').slice(0, 12)}`
}

/** As RabbitMQ escapes: everything but letters, digits and `-_.`; a space becomes a plus. */
function escapeKey(text: string): string {
  return encodeURIComponent(text)
    .replaceAll('%20', '+')
    .replace(/[!'()*~]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}
