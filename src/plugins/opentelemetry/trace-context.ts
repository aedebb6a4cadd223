import type { Message } from '../../broker/message.ts'
import { tableGet, tableString } from '../../std/table.ts'

/** The trace a message belongs to, and the span it was sent in (W3C Trace Context §3.2). */
export interface TraceContext {
  /** 32 hexadecimal digits, and 16. */
  readonly traceId: string
  readonly spanId: string
  /** Whoever sent it records this trace. */
  readonly sampled: boolean
  /** Of vendors, passed on as it is; empty for none. */
  readonly state: string
}

const form = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/

/** What a `traceparent` says; undefined for what is none. */
export function parseTraceParent(text: string, state = ''): TraceContext | undefined {
  const [, version, traceId = '', spanId = '', flags = '', rest] = form.exec(text) ?? []
  if (version === undefined || version === 'ff' || (version === '00' && rest !== undefined)) return undefined
  if (/^0*$/.test(traceId) || /^0*$/.test(spanId)) return undefined
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1, state }
}

/** The context in the headers of a message, where publishers' instrumentation puts it. */
export function contextOf(message: Message): TraceContext | undefined {
  const { headers } = message.properties
  if (headers === undefined) return undefined
  const parent = tableString(tableGet(headers, 'traceparent'))
  if (parent === undefined) return undefined
  return parseTraceParent(parent, tableString(tableGet(headers, 'tracestate')))
}
