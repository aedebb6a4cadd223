import type { Clock } from '../../../std/clock.ts'
import { Ring } from '../../../std/ring.ts'
import type { Log, Position } from '../../../store/log.ts'
import type { SideLog } from '../../commit-marks.ts'
import type { Message } from '../../message.ts'
import type { MessageStore } from '../../message-store.ts'
import { type AddressMemory, type Chunk, chunkOf } from './chunk.ts'
import { ChunkFlag } from './chunk-record.ts'
import { entrySize, writeChunk, writeIndex } from './chunk-writer.ts'
import { withoutOffset } from './offset-header.ts'
import { Outline } from './outline.ts'
import type { StreamRules } from './stream-arguments.ts'
import { FilterBuilder, filterValueOf } from './stream-filter.ts'
import { Tail } from './tail.ts'

/** A chunk takes no more messages when it has so many bytes. */
const CHUNK_BYTES = 128 * 1024
/** An index record may take such a part of what was written since the last one. */
const INDEX_PART = 1 / 32
/** What a record takes beside its header and body, about. */
const RECORD_BYTES = 40

/** A stream's log and what is in it. */
export interface OpenedStream {
  readonly log: Log
  readonly outline: Outline
}

export interface StreamLogOptions {
  readonly clock: Clock
  readonly store: MessageStore
  readonly rules: StreamRules
  readonly opened: Promise<OpenedStream>
  /** An index record is written after so many bytes of chunks. */
  readonly indexAfterBytes: number
  /** More can be handed out. */
  readonly onCommitted: () => void
}

/** Chunks on their way to the disk. */
interface Underway {
  /** Where the log ends behind them. */
  readonly end: Position
  /** What is true when they are there. */
  readonly taken: number
  readonly committed: number
  /** What may be given up then. */
  readonly trim: Position
}

/** A part of a stream as it was read. */
export interface ReadChunks {
  readonly chunks: readonly Chunk[]
  /** Where to read on. */
  readonly next: Position
}

/** The log of one stream: gathers messages during a turn, writes them as chunks at its end, and knows where each lies. */
export class StreamLog implements SideLog {
  rules: StreamRules
  readonly tail: Tail
  /** Somebody follows the stream, so new chunks stay in memory. */
  isFollowed = false
  readonly #options: StreamLogOptions
  readonly #addresses: AddressMemory = { last: undefined }
  readonly #filter = new FilterBuilder()
  readonly #underway = new Ring<Underway>()
  #gathered: Message[] = []
  /** Bytes of the entries of what was gathered. */
  #sizes: number[] = []
  #log: Log | undefined
  #outline = new Outline()
  #taken = 0
  #stored = 0
  /** Offset behind the last message that is on disk. */
  #committed = 0
  #gone = false

  constructor(options: StreamLogOptions) {
    this.#options = options
    this.rules = options.rules
    this.tail = new Tail((bytes) => options.store.occupy(bytes))
    options.store.attach(this)
  }

  get taken(): number {
    return this.#taken
  }

  get stored(): number {
    return this.#gone ? Number.POSITIVE_INFINITY : this.#stored
  }

  get committed(): number {
    return this.#committed
  }

  get firstOffset(): number {
    return this.#outline.firstOffset
  }

  /** Offset of the next message to come. */
  get nextOffset(): number {
    return this.#outline.nextOffset + this.#gathered.length
  }

  get lastChunkOffset(): number {
    return this.#outline.lastChunkOffset
  }

  get firstTimestamp(): number | undefined {
    return this.#outline.index.firstTimestamp
  }

  get lastTimestamp(): number {
    return this.#outline.lastTimestamp
  }

  /** Messages held. */
  get count(): number {
    return this.#outline.count + this.#gathered.length
  }

  /** Bytes of what is held, without what was gathered in this turn. */
  get bytes(): number {
    return this.#outline.segments.bytes
  }

  get segmentCount(): number {
    return this.#outline.segments.length
  }

  /** The log is there. */
  open({ log, outline }: OpenedStream): void {
    if (this.#gone) return
    this.#log = log
    this.#outline = outline
    this.#committed = outline.nextOffset
    log.onDurable = (durable) => this.#onDurable(durable)
    // What came meanwhile was given a mark already.
    this.commit()
  }

  append(message: Message): void {
    if (this.#gathered.length === 0) this.#options.store.taking(this)
    const own = withoutOffset(message)
    this.#gathered.push(own)
    this.#sizes.push(entrySize(own))
    this.#taken += 1
  }

  commit(): void {
    const log = this.#log
    if (log === undefined || this.#gone || this.#gathered.length === 0) return
    const messages = this.#gathered
    const sizes = this.#sizes
    this.#gathered = []
    this.#sizes = []
    let trim: Position = 0
    for (let first = 0; first < messages.length; ) {
      let bytes = sizes[first]!
      let end = first + 1
      while (end < messages.length && bytes + sizes[end]! <= CHUNK_BYTES) bytes += sizes[end++]!
      trim = Math.max(trim, this.#write(log, messages.slice(first, end), bytes))
      first = end
    }
    this.#keepIndex(log)
    this.#underway.push({ end: log.end, taken: this.#taken, committed: this.#outline.nextOffset, trim })
    log.commit()
  }

  flush(): Promise<void> {
    return this.#options.opened.then(({ log }) => {
      this.commit()
      return this.#gone ? undefined : log.flush()
    })
  }

  shed(): void {
    this.tail.clear()
  }

  /** Rules have changed: gives up what they want gone. */
  enforceRetention(): void {
    const first = this.#outline.enforce(this.rules, this.#options.clock.now())
    if (first !== undefined) this.#log?.trim(first)
  }

  /** The stream is deleted. */
  close(): void {
    this.#gone = true
    this.#gathered = []
    this.#sizes = []
    this.tail.clear()
    if (this.#log !== undefined) this.#log.onDurable = undefined
    this.#options.store.detach(this)
  }

  /** Where to read on for the message of an offset. */
  locate(offset: number): Position {
    return this.#outline.index.before(offset)?.position ?? 0
  }

  /** Offset of a chunk at or before the first one that is not older than a time. */
  offsetSince(timestamp: number): number {
    return this.#outline.index.since(timestamp)?.offset ?? this.firstOffset
  }

  /** Reads chunks that are on disk, about so many bytes of them; none only where no more can be read. */
  read(position: Position, bytes: number): Promise<ReadChunks> {
    return this.#log!.readOn(position, bytes).then(({ records, next }) => {
      const chunks = records.flatMap((record) => chunkOf(record, this.#addresses) ?? [])
      // A segment may hold nothing but an index of those before it.
      return chunks.length > 0 || records.length === 0 ? { chunks, next } : this.read(next, bytes)
    })
  }

  /** Answers from where on the log is needed; 0 for what that was before. */
  #write(log: Log, messages: readonly Message[], bytes: number): Position {
    const { clock } = this.#options
    const outline = this.#outline
    const timestamp = clock.now()
    const begins = outline.roll(this.rules)
    const trim = begins ? outline.enforce(this.rules, timestamp) : undefined
    for (const message of messages) this.#filter.add(filterValueOf(message), this.rules.filterBytes)
    const head = {
      timestamp,
      firstOffset: outline.nextOffset,
      heldFrom: outline.firstOffset,
      indexPosition: outline.indexPosition,
      count: messages.length,
      flags: begins ? ChunkFlag.segmentStart : 0,
      filter: this.#filter.take(),
    }
    const addresses = this.isFollowed ? this.#addresses : undefined
    const written = writeChunk(log, head, messages, { bytes, addresses })
    if (written.chunk !== undefined) this.tail.add(written.chunk)
    outline.add(head, written.position, written.bytes + RECORD_BYTES)
    return Math.min(trim ?? 0, written.position)
  }

  #keepIndex(log: Log): void {
    const outline = this.#outline
    if (outline.bytesSinceIndex < Math.max(this.#options.indexAfterBytes, outline.savedSize / INDEX_PART)) return
    const bytes = outline.save()
    outline.indexPosition = writeIndex(log, outline.nextOffset, bytes)
    outline.bytesSinceIndex = 0
  }

  #onDurable(durable: Position): void {
    let trim: Position = 0
    for (let next = this.#underway.peek(); next !== undefined && next.end <= durable; next = this.#underway.peek()) {
      this.#stored = next.taken
      this.#committed = next.committed
      trim = Math.max(trim, next.trim)
      this.#underway.shift()
    }
    if (trim > 0) this.#log?.trim(trim)
    this.#options.onCommitted()
    this.#options.store.advance()
  }
}
