import { readEvents } from './event-reader.ts'
import type { MessageProperties } from './message.ts'
import { fetchApi } from './request.ts'

/** Which messages are shown as they go by; what is absent fits all. */
export interface TailRequest {
  readonly vhost: string
  readonly kinds: readonly ('publish' | 'deliver')[]
  readonly exchange?: string
  readonly queue?: string
  readonly user?: string
  /** A regular expression. */
  readonly routing_key?: string
  readonly headers?: Readonly<Record<string, unknown>>
  readonly one_in?: number
  readonly payload_bytes_max?: number
}

/** A message as it went by. */
export interface TailedMessage {
  readonly kind: 'publish' | 'deliver'
  /** Milliseconds since 1970. */
  readonly time: number
  readonly user: string | null
  readonly connection: string | null
  readonly exchange: string
  readonly routing_key: string
  /** Where it was routed to, when it was published. */
  readonly queues?: readonly string[]
  /** Where it came from, when it was delivered. */
  readonly queue?: string
  readonly redelivered?: boolean
  readonly consumer_tag?: string | null
  readonly properties: MessageProperties
  readonly payload: string
  readonly payload_bytes: number
  readonly payload_encoding: 'string' | 'base64'
}

export interface TailListener {
  /** It has begun, and will stop by itself after so many seconds. */
  begun(seconds: number): void
  message(message: TailedMessage): void
  /** So many were too many to be shown. */
  skipped(messages: number): void
}

/** Shows messages until the broker ends it or it is aborted. Throws an ApiError. */
export async function tail(request: TailRequest, listener: TailListener, abort: AbortSignal): Promise<void> {
  const response = await fetchApi('POST', '/x/tail', request, abort)
  for await (const { name, data } of readEvents(response.body!)) {
    const told = JSON.parse(data)
    if (name === 'publish' || name === 'deliver') listener.message({ ...told, kind: name })
    else if (name === 'skipped') listener.skipped(told.messages)
    else if (name === 'hello') listener.begun(told.seconds)
    else if (name === 'end') return
  }
}
