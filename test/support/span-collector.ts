import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A span as OTLP's JSON has it. */
export interface CollectedSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[]
  readonly events: readonly { readonly name: string }[]
  readonly status: { readonly code?: number; readonly message?: string }
}

interface Request {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: CollectedSpan['attributes'] }
    readonly scopeSpans: readonly { readonly spans: readonly CollectedSpan[] }[]
  }[]
}

/** A collector of OpenTelemetry that keeps what comes. */
export class SpanCollector {
  readonly spans: CollectedSpan[] = []
  readonly resources: CollectedSpan['attributes'][] = []
  readonly headers: IncomingHttpHeaders[] = []
  /** What it answers, one after the other; 200 behind the last. */
  readonly statuses: number[] = []
  readonly #server: Server
  #onRequest: () => void = () => {}

  private constructor(server: Server) {
    this.#server = server
    server.on('request', async (request, response) => {
      let body = ''
      for await (const part of request) body += part
      const status = request.url === '/v1/traces' ? (this.statuses.shift() ?? 200) : 404
      this.headers.push(request.headers)
      if (status === 200) this.#keep(JSON.parse(body) as Request)
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}')
      this.#onRequest()
    })
  }

  static async start(): Promise<SpanCollector> {
    const server = createServer()
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    return new SpanCollector(server)
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Resolves when `isThere` holds, looking at every request. */
  until(isThere: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#onRequest = () => {
        if (isThere()) resolve()
      }
      this.#onRequest()
    })
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections()
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
    })
  }

  #keep({ resourceSpans }: Request): void {
    for (const { resource, scopeSpans } of resourceSpans) {
      this.resources.push(resource.attributes)
      for (const { spans } of scopeSpans) this.spans.push(...spans)
    }
  }
}

/** An attribute of a span, as it was meant. */
export function attributeOf({ attributes }: CollectedSpan, key: string): unknown {
  const value = attributes.find((one) => one.key === key)?.value
  if (value === undefined) return undefined
  if ('intValue' in value) return Number(value.intValue)
  return Object.values(value)[0]
}
