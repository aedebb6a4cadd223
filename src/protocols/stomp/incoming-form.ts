import type { Address } from '../../broker/address.ts'
import { Message } from '../../broker/message.ts'
import { encodeProperties, type Properties } from '../../broker/properties.ts'
import { SHARED_CONTENT_BYTES_MAX, type Slab } from '../../std/slab.ts'
import { longString, type TableValue } from '../../std/table.ts'
import type { StompFrame } from '../../wire/stomp/frame.ts'
import { processingError } from './refusal.ts'

type Draft = { -readonly [N in keyof Properties]?: Properties[N] }

/** Headers of SEND that become a property; all others, but for those of the frame itself, become headers of the message. */
const properties: Readonly<Record<string, (draft: Draft, value: string) => void>> = {
  'content-type': (draft, value) => {
    draft.contentType = value
  },
  'content-encoding': (draft, value) => {
    draft.contentEncoding = value
  },
  persistent: (draft, value) => {
    if (value.trim() === 'true') draft.deliveryMode = 2
  },
  priority: (draft, value) => {
    draft.priority = Number(integer(value))
  },
  'correlation-id': (draft, value) => {
    draft.correlationId = value
  },
  'reply-to': (draft, value) => {
    draft.replyTo = value
  },
  expiration: (draft, value) => {
    draft.expiration = value
  },
  'amqp-message-id': (draft, value) => {
    draft.messageId = value
  },
  timestamp: (draft, value) => {
    draft.timestamp = integer(value)
  },
  type: (draft, value) => {
    draft.type = value
  },
  'user-id': (draft, value) => {
    draft.userId = value
  },
  'app-id': (draft, value) => {
    draft.appId = value
  },
}

const own = new Set(['destination', 'content-length', 'receipt', 'transaction'])

/** Makes a message of a SEND. Throws a Refusal for a property that no message can carry. */
export function incomingMessage(
  frame: StompFrame,
  address: Address,
  { slab, replyTo }: { readonly slab: Slab; readonly replyTo: string | undefined },
): Message {
  const { body } = frame
  const encoded = propertiesOf(frame, replyTo)
  const size = encoded.length + body.length
  const isSmall = size <= SHARED_CONTENT_BYTES_MAX
  const offset = isSmall ? slab.reserve(size) : 0
  const content = isSmall ? slab.buffer : Buffer.allocUnsafeSlow(size)
  encoded.copy(content, offset)
  body.copy(content, offset + encoded.length)
  return new Message(address, content, offset, encoded.length, body.length)
}

function propertiesOf({ headers }: StompFrame, replyTo: string | undefined): Buffer {
  const draft: Draft = {}
  const others: [string, TableValue][] = []
  const seen = new Set<string>()
  for (const [name, value] of headers) {
    if (own.has(name) || seen.has(name)) continue
    seen.add(name)
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined
    if (property !== undefined) property(draft, value)
    else others.push([name, longString(value)])
  }
  if (replyTo !== undefined) draft.replyTo = replyTo
  if (others.length > 0) draft.headers = others
  try {
    return encodeProperties(draft)
  } catch (error) {
    if (error instanceof RangeError) throw processingError()
    throw error
  }
}

function integer(value: string): bigint {
  if (!/^\d{1,19}$/.test(value)) throw processingError()
  return BigInt(value)
}
