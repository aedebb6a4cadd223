import type { Position } from '../../../store/log.ts'
import type { Consumer } from '../../consumer.ts'
import type { Message } from '../../message.ts'
import type { Chunk } from './chunk.ts'
import type { StreamFilter } from './stream-filter.ts'
import type { StreamLog } from './stream-log.ts'

/** Read at a time, at most and at least. */
const READ_BYTES_MAX = 256 * 1024
const READ_BYTES_MIN = 16 * 1024

export interface CursorOptions {
  readonly consumer: Consumer
  readonly log: StreamLog
  readonly filter: StreamFilter | undefined
  /** Offset to begin with. */
  readonly next: number
  /** Chunks before the first that is not older are passed over. */
  readonly since: number
  /** Bytes to read at a time. */
  readonly readBytes: number
  /** Something was read. */
  readonly onRead: () => void
  /** Messages from one offset to before another cannot be read. */
  readonly onLost: (from: number, to: number) => void
  /** So many bytes more are in memory, or fewer. */
  readonly onBytes: (change: number) => void
}

/** Where one consumer is in a stream, and what it gets next. */
export class Cursor {
  readonly consumer: Consumer
  /** Offset of the message to be handed out next, or of one before it that will be passed over. */
  next: number
  readonly #options: CursorOptions
  #since: number
  #chunk: Chunk | undefined
  /** Chunks that were read and come after that. */
  #ahead: Chunk[] = []
  #bytes = 0
  /** Where to read on behind them; undefined when that has to be looked up. */
  #position: Position | undefined
  #reading = false
  #closed = false

  constructor(options: CursorOptions) {
    this.#options = options
    this.consumer = options.consumer
    this.next = options.next
    this.#since = options.since
  }

  /** The message that comes next, whose offset is `next` then. Undefined while it is being read, and at the end. */
  peek(): Message | undefined {
    const { filter } = this.#options
    for (let chunk = this.#current(); chunk !== undefined; chunk = this.#current()) {
      if (chunk.head.timestamp < this.#since || filter?.mayMatch(chunk.head.filter) === false) {
        this.next = chunk.end
        continue
      }
      this.#since = Number.NEGATIVE_INFINITY
      for (; this.next < chunk.end; this.next++) {
        const message = chunk.message(this.next)
        if (filter === undefined || filter.matches(message)) return message
      }
    }
    return undefined
  }

  /** Memory is short: what was read will be read again. */
  shed(): void {
    this.#chunk = undefined
    this.#ahead = []
    this.#position = undefined
    this.#count()
  }

  close(): void {
    this.#closed = true
    this.shed()
  }

  /** The chunk that `next` lies in, which moves over what is no longer there. */
  #current(): Chunk | undefined {
    const { log } = this.#options
    if (this.next < log.firstOffset) this.next = log.firstOffset
    if (this.#chunk !== undefined && this.next < this.#chunk.end && this.next >= this.#chunk.firstOffset) {
      return this.#chunk
    }
    if (this.next >= log.committed) {
      this.shed()
      return undefined
    }
    const chunk = this.#takeAhead() ?? this.#takeTail()
    if (chunk !== this.#chunk) {
      this.#chunk = chunk
      this.#count()
    }
    if (chunk === undefined) this.#read()
    else if (this.next < chunk.firstOffset) {
      this.#options.onLost(this.next, chunk.firstOffset)
      this.next = chunk.firstOffset
    }
    return chunk
  }

  #takeAhead(): Chunk | undefined {
    const { log } = this.#options
    let chunk = this.#ahead.shift()
    while (chunk !== undefined && chunk.end <= this.next) chunk = this.#ahead.shift()
    // The next ones are read before they are needed.
    if (chunk !== undefined && this.#ahead.length === 0 && chunk.end < log.committed) {
      if (log.tail.find(chunk.end) === undefined) this.#read()
    }
    return chunk
  }

  #takeTail(): Chunk | undefined {
    const chunk = this.#options.log.tail.find(this.next)
    if (chunk !== undefined) this.#position = undefined
    return chunk
  }

  #read(): void {
    if (this.#reading) return
    const { log, readBytes, onRead } = this.#options
    this.#reading = true
    const { committed } = log
    const position = this.#position ?? log.locate(this.next)
    log.read(position, Math.min(Math.max(readBytes, READ_BYTES_MIN), READ_BYTES_MAX)).then(
      ({ chunks, next }) => {
        this.#reading = false
        if (this.#closed) return
        this.#position = next
        const wanted = chunks.filter((chunk) => chunk.end > this.next)
        this.#ahead.push(...wanted)
        // Behind the last record that can be read there is nothing, though it should be.
        if (chunks.length === 0 && this.#ahead.length === 0 && this.next < committed) this.#lose(committed)
        this.#count()
        onRead()
      },
      // A disk that fails is the store's to report.
      () => {
        this.#reading = false
      },
    )
  }

  #lose(to: number): void {
    this.#options.onLost(this.next, to)
    this.next = to
    this.#position = undefined
  }

  #count(): void {
    let bytes = this.#chunk?.size ?? 0
    for (const chunk of this.#ahead) bytes += chunk.size
    if (bytes === this.#bytes) return
    this.#options.onBytes(bytes - this.#bytes)
    this.#bytes = bytes
  }
}
