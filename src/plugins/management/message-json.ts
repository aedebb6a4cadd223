import type { Message } from '../../broker/message.ts'
import { isUtf8 } from '../../std/utf8.ts'
import type { JsonObject } from './listing.ts'
import { showProperties } from './property-json.ts'

/** A message as RabbitMQ shows those that were got: as text where that is wanted and it is text, else in base 64. */
export function showMessage(
  { message, redelivered }: { readonly message: Message; readonly redelivered: boolean },
  how: { readonly isText: boolean; readonly truncate: number },
): JsonObject {
  const { body } = message
  const kept = body.length > how.truncate ? body.subarray(0, how.truncate) : body
  const isText = how.isText && isUtf8(kept, 0, kept.length)
  return {
    payload_bytes: body.length,
    redelivered,
    exchange: message.address.exchange,
    routing_key: message.address.routingKey,
    properties: showProperties(message.properties),
    payload: kept.toString(isText ? 'utf8' : 'base64'),
    payload_encoding: isText ? 'string' : 'base64',
  }
}
