import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Clock, Timer } from '../../std/clock.ts'

/** How long the head of a request may take, from the beginning of the connection or the end of the one before. */
const HEAD_MILLISECONDS = 75_000

/** How long its body may take. */
const BODY_MILLISECONDS = 300_000

const LOOK_MILLISECONDS = 5000

/**
 * Ends connections whose request does not come to its end. Node has the same limits, but looks after them in servers
 * that listen themselves, and this one is handed its streams.
 */
export class RequestPatience {
  readonly #clock: Clock
  readonly #deadlines = new Map<Duplex, number>()
  #timer: Timer | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Looks after all requests of a server. */
  watch(server: Server): void {
    server.on('request', (request, response) => this.#onRequest(request, response))
  }

  /** A connection from which a request is expected. */
  onConnection(stream: Duplex): void {
    this.#waitFor(stream, HEAD_MILLISECONDS)
    stream.once('close', () => this.#forget(stream))
  }

  /** From now on the connection is somebody else's. */
  release(stream: Duplex): void {
    this.#forget(stream)
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    const stream = request.socket
    this.#waitFor(stream, BODY_MILLISECONDS)
    // From then on it is our turn.
    request.once('end', () => this.#deadlines.delete(stream))
    response.once('finish', () => this.#waitFor(stream, HEAD_MILLISECONDS))
  }

  #waitFor(stream: Duplex, milliseconds: number): void {
    if (stream.destroyed) return
    this.#deadlines.set(stream, this.#clock.monotonic() + milliseconds)
    this.#timer ??= this.#clock.every(LOOK_MILLISECONDS, () => this.#look())
  }

  #forget(stream: Duplex): void {
    this.#deadlines.delete(stream)
    if (this.#deadlines.size > 0) return
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #look(): void {
    const now = this.#clock.monotonic()
    for (const [stream, deadline] of this.#deadlines) if (now >= deadline) stream.destroy()
  }
}
