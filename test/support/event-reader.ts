import { within } from './waiting.ts'

/** One event of a stream of Server-Sent Events. */
export interface ReadEvent {
  readonly event: string
  readonly id: string | undefined
  // biome-ignore lint/suspicious/noExplicitAny: tests look at what they asked for
  readonly data: any
}

export interface EventRequest {
  readonly method?: string
  readonly user?: string
  readonly password?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** Reads a stream of Server-Sent Events, as a browser does. */
export class EventReader {
  readonly response: Response
  /** All that came. */
  readonly events: ReadEvent[] = []
  /** Resolves when the stream has ended, from whichever side. */
  readonly ended: Promise<void>
  readonly #abort: AbortController
  #waiting: (() => void)[] = []

  private constructor(response: Response, abort: AbortController) {
    this.response = response
    this.#abort = abort
    this.ended = this.#read().catch(() => {})
  }

  /** Throws with status and body for anything but a stream. */
  static async open(url: string, request: EventRequest = {}): Promise<EventReader> {
    const { method = 'GET', user = 'guest', password = user, body, headers } = request
    const abort = new AbortController()
    const response = await fetch(url, {
      method,
      headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`, ...headers },
      signal: abort.signal,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (response.headers.get('content-type')?.startsWith('text/event-stream') !== true) {
      throw new Error(`${response.status} ${await response.text()}`)
    }
    return new EventReader(response, abort)
  }

  /** The first event, of those that came or come, that pleases. */
  next(event: string, pleases: (data: ReadEvent['data']) => boolean = () => true): Promise<ReadEvent> {
    const wait = async (): Promise<ReadEvent> => {
      for (;;) {
        const found = this.events.find((one) => one.event === event && pleases(one.data))
        if (found !== undefined) return found
        await new Promise<void>((resolve) => this.#waiting.push(resolve))
      }
    }
    return within(wait(), `the event ${event}; there came ${this.events.map((one) => one.event).join()}`)
  }

  /** Goes away. */
  close(): void {
    this.#abort.abort()
  }

  async #read(): Promise<void> {
    let text = ''
    const decoder = new TextDecoder()
    for await (const chunk of this.response.body!) {
      text += decoder.decode(chunk as Uint8Array, { stream: true })
      const blocks = text.split('\n\n')
      text = blocks.pop()!
      for (const block of blocks) this.#take(block)
      const waiting = this.#waiting
      this.#waiting = []
      for (const wake of waiting) wake()
    }
  }

  #take(block: string): void {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
    const event = field('event')
    if (event !== undefined) this.events.push({ event, id: field('id'), data: JSON.parse(field('data') ?? 'null') })
  }
}
