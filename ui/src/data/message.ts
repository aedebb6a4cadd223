import { ask, path } from './request.ts'
import type { QueuePlace } from './stream.ts'

/** A message as browsing shows it. */
export interface BrowsedMessage {
  /** Where it stands in the queue; in a stream its offset. */
  readonly position: number
  /** Names the message in the queue for as long as it is there. */
  readonly sequence: number
  readonly payload: string
  readonly payload_bytes: number
  readonly payload_encoding: 'string' | 'base64'
  readonly redelivered: boolean
  readonly exchange: string
  readonly routing_key: string
  readonly properties: MessageProperties
  /** Milliseconds until it expires; null for never. */
  readonly expires_in: number | null
}

export type MessageProperties = Readonly<Record<string, unknown>> & {
  readonly headers?: Readonly<Record<string, unknown>>
  readonly timestamp?: number
}

interface BrowsedPage {
  readonly messages: readonly BrowsedMessage[]
  /** Where the page after it begins; absent at the end. */
  readonly next?: number
}

/** Bytes of a payload that lists fetch. */
const TRUNCATED_BYTES = 2000
const WHOLE_BYTES = 4_000_000

/** Looks at messages from a position on; nothing of them changes. Throws an ApiError. */
export function browse({ vhost, name }: QueuePlace, from: number, count: number): Promise<BrowsedPage> {
  return ask('POST', path`/x/queues/${vhost}/${name}/browse`, { from, count, truncate: TRUNCATED_BYTES })
}

/** One message with all of its payload; undefined when it is gone. Throws an ApiError. */
export async function browseWhole({ vhost, name }: QueuePlace, position: number): Promise<BrowsedMessage | undefined> {
  const body = { from: position, count: 1, truncate: WHOLE_BYTES }
  const { messages } = await ask<BrowsedPage>('POST', path`/x/queues/${vhost}/${name}/browse`, body)
  return messages[0]?.position === position ? messages[0] : undefined
}

/** The bytes of a payload. */
export function payloadBytes({ payload, payload_encoding: encoding }: BrowsedMessage): Uint8Array {
  if (encoding === 'string') return new TextEncoder().encode(payload)
  return Uint8Array.from(atob(payload), (character) => character.charCodeAt(0))
}

/** Whether a message has a text in its payload, key or properties, or a header that is named (`header.name=value`). */
export function fits(message: BrowsedMessage, filter: string): boolean {
  const [, header, wanted] = /^header\.([^=]+)=(.*)$/.exec(filter) ?? []
  if (header !== undefined) return String(message.properties.headers?.[header] ?? '') === wanted
  const text = [message.routing_key, message.payload, JSON.stringify(message.properties)].join('\n')
  return text.toLowerCase().includes(filter.toLowerCase())
}
