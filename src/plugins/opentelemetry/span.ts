/** A value of an attribute. */
export type AttributeValue = string | number | boolean | readonly string[]
export type Attributes = Readonly<Record<string, AttributeValue | undefined>>

/** OTLP's numbers (opentelemetry.proto.trace.v1.Span.SpanKind). */
export const SpanKind = { internal: 1, server: 2, client: 3 } as const

/** Something that happened at a moment within a span. */
export interface SpanEvent {
  readonly name: string
  /** Milliseconds since the epoch. */
  readonly time: number
  readonly attributes?: Attributes
}

/** One span that is over. */
export interface Span {
  readonly traceId: string
  readonly spanId: string
  /** Undefined for the first of its trace. */
  readonly parentId: string | undefined
  readonly state: string
  readonly name: string
  readonly kind: (typeof SpanKind)[keyof typeof SpanKind]
  /** Milliseconds since the epoch. */
  readonly start: number
  readonly end: number
  readonly attributes: Attributes
  readonly events: readonly SpanEvent[]
  /** It did not go well, and why. */
  readonly error?: string
}

/** Whose spans they are. */
export interface Resource {
  readonly attributes: Attributes
  readonly version: string
}

/** Spans as OTLP's JSON has them (opentelemetry-proto 1.x, ExportTraceServiceRequest). */
export function writeSpans(resource: Resource, spans: readonly Span[]): string {
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: writeAttributes(resource.attributes) },
        scopeSpans: [{ scope: { name: 'lapine', version: resource.version }, spans: spans.map(writeSpan) }],
      },
    ],
  })
}

function writeSpan({ traceId, spanId, parentId, state, name, kind, start, end, attributes, events, error }: Span) {
  return {
    traceId,
    spanId,
    ...(state === '' ? {} : { traceState: state }),
    ...(parentId === undefined ? {} : { parentSpanId: parentId }),
    name,
    kind,
    startTimeUnixNano: nanoseconds(start),
    endTimeUnixNano: nanoseconds(Math.max(start, end)),
    attributes: writeAttributes(attributes),
    events: events.map((event) => ({
      timeUnixNano: nanoseconds(event.time),
      name: event.name,
      attributes: writeAttributes(event.attributes ?? {}),
    })),
    status: error === undefined ? {} : { code: 2, message: error },
  }
}

function writeAttributes(attributes: Attributes): object[] {
  return Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value: writeValue(value) }],
  )
}

function writeValue(value: AttributeValue): object {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  if (typeof value === 'number')
    return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value }
  return { arrayValue: { values: value.map((one) => ({ stringValue: one })) } }
}

/** Numbers of 64 bits are texts in JSON. */
function nanoseconds(milliseconds: number): string {
  return String(BigInt(Math.round(milliseconds * 1000)) * 1000n)
}
