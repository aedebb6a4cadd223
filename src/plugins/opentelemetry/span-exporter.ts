import { request as requestPlain } from 'node:http'
import { request as requestSecure } from 'node:https'
import type { Clock, Timer } from '../../std/clock.ts'
import type { Logger } from '../../std/logger.ts'
import { type Resource, type Span, writeSpans } from './span.ts'

/** Spans in one request, and those that wait at most; beyond that they are dropped. */
const BATCH_MAX = 512
const WAITING_MAX = 8192
const BATCH_MILLISECONDS = 2000
const ANSWER_MILLISECONDS = 10_000
/** Between two attempts at a collector that is away. */
const RETRY_MILLISECONDS = { first: 1000, max: 60_000 }

export interface SpanExporterOptions {
  /** Of the collector; spans go to `/v1/traces` below it. */
  readonly endpoint: string
  readonly headers: Readonly<Record<string, string>>
  readonly resource: Resource
  readonly clock: Clock
  readonly logger: Logger
}

/** Sends spans to a collector by OTLP over HTTP, as JSON, in batches. A collector that is away costs spans, not memory. */
export class SpanExporter {
  readonly #options: SpanExporterOptions
  readonly #url: URL
  #waiting: Span[] = []
  #dropped = 0
  #timer: Timer | undefined
  #sending: Promise<void> | undefined
  #retryMilliseconds = 0

  constructor(options: SpanExporterOptions) {
    this.#options = options
    this.#url = new URL(`${options.endpoint.replace(/\/+$/, '')}/v1/traces`)
  }

  add(span: Span): void {
    if (this.#waiting.length >= WAITING_MAX) {
      this.#dropped++
      return
    }
    this.#waiting.push(span)
    if (this.#sending !== undefined) return
    if (this.#waiting.length >= BATCH_MAX && this.#retryMilliseconds === 0) this.#send()
    else this.#timer ??= this.#options.clock.after(this.#retryMilliseconds || BATCH_MILLISECONDS, () => this.#send())
  }

  /** Sends what waits, once, and ends. */
  async close(): Promise<void> {
    await this.#sending
    this.#timer?.cancel()
    while (this.#waiting.length > 0) {
      const problem = await this.#post(this.#waiting.splice(0, BATCH_MAX))
      if (problem !== undefined) return
    }
  }

  #send(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    const batch = this.#waiting.splice(0, BATCH_MAX)
    this.#sending = this.#post(batch).then((problem) => this.#onAnswer(batch, problem))
  }

  #onAnswer(batch: readonly Span[], problem: Problem | undefined): void {
    this.#sending = undefined
    const { logger, clock } = this.#options
    if (problem === undefined) {
      if (this.#retryMilliseconds > 0)
        logger.info(`spans reach ${this.#url.origin} again; ${this.#dropped} were dropped`)
      this.#retryMilliseconds = 0
      this.#dropped = 0
    } else {
      if (this.#retryMilliseconds === 0)
        logger.warning(`spans cannot be sent to ${this.#url.origin}: ${problem.reason}`)
      const { first, max } = RETRY_MILLISECONDS
      this.#retryMilliseconds = Math.min(max, Math.max(first, this.#retryMilliseconds * 2))
      // What the collector does not understand it will not understand later.
      if (problem.passing) this.#waiting = [...batch, ...this.#waiting].slice(0, WAITING_MAX)
      else this.#dropped += batch.length
    }
    if (this.#waiting.length > 0) {
      this.#timer ??= clock.after(this.#retryMilliseconds || BATCH_MILLISECONDS, () => this.#send())
    }
  }

  #post(batch: readonly Span[]): Promise<Problem | undefined> {
    const body = Buffer.from(writeSpans(this.#options.resource, batch))
    return new Promise((resolve) => {
      const request = (this.#url.protocol === 'https:' ? requestSecure : requestPlain)(
        this.#url,
        {
          method: 'POST',
          // No connection stays open behind a batch.
          agent: false,
          signal: AbortSignal.timeout(ANSWER_MILLISECONDS),
          headers: { ...this.#options.headers, 'content-type': 'application/json', 'content-length': body.length },
        },
        (response) => {
          response.resume()
          const { statusCode: status = 0 } = response
          response.on('error', (error) => resolve({ reason: error.message, passing: true }))
          response.on('end', () => resolve(problemOf(status)))
        },
      )
      request.on('error', (error) => resolve({ reason: error.message, passing: true }))
      request.end(body)
    })
  }
}

interface Problem {
  readonly reason: string
  /** It may go well later (OTLP 1.x, "Failures"). */
  readonly passing: boolean
}

function problemOf(status: number): Problem | undefined {
  if (status >= 200 && status < 300) return undefined
  return { reason: `it answers ${status}`, passing: [429, 502, 503, 504].includes(status) }
}
