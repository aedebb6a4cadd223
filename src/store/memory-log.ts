import type { Clock } from '../std/clock.ts'
import { wordsOf } from './checksum.ts'
import type { Log, LogRecord, Position, Reservation, Snapshot, Stretch, VisitedRecord } from './log.ts'
import { assertRecordSize } from './record.ts'
import { RecordView } from './record-view.ts'
import { WholeRecord } from './whole-record.ts'

/** Type, header size and body size in front of each record. */
const HEAD_SIZE = 12
/** Chunks share the log's address space evenly; a greater record gets a chunk of its own. */
const CHUNK_SIZE = 256 * 1024
/** Like the journal's, so that 0 is never a record. */
const FIRST_POSITION = 64

interface Chunk {
  readonly base: Position
  readonly buffer: Buffer
  used: number
}

interface Waiter {
  readonly through: Position
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

interface MutableReservation extends Reservation {
  position: Position
  buffer: Buffer
  offset: number
}

/** A log in memory, in chunks; trimming drops whole chunks. */
export class MemoryLog implements Log {
  readonly name: string
  readonly isShort = false
  readonly bytesLeft = Number.POSITIVE_INFINITY
  readonly #clock: Clock
  /** Milliseconds a write takes. */
  readonly #delay: (() => number) | undefined
  readonly #reservation: MutableReservation = { position: 0, buffer: Buffer.alloc(0), offset: 0 }
  #chunks: Chunk[] = []
  #start: Position = FIRST_POSITION
  #end: Position = FIRST_POSITION
  #durable: Position = FIRST_POSITION
  #committed: Position = FIRST_POSITION
  #bytesHeld = 0
  #waiting: Waiter[] = []
  #discarded = false
  #snapshot: Snapshot | undefined
  onDurable: ((durable: Position) => void) | undefined = undefined

  constructor(name: string, clock: Clock, delay?: () => number) {
    this.name = name
    this.#clock = clock
    this.#delay = delay
  }

  get end(): Position {
    return this.#end
  }

  get durable(): Position {
    return this.#durable
  }

  get start(): Position {
    return this.#start
  }

  get bytesHeld(): number {
    return this.#bytesHeld
  }

  get pendingBytes(): number {
    return this.#end - this.#durable
  }

  reserve(type: number, headerSize: number, bodySize: number): Reservation {
    assertRecordSize(type, headerSize, bodySize)
    const size = Math.ceil((HEAD_SIZE + headerSize + bodySize) / 8) * 8
    let chunk = this.#chunks.at(-1)
    if (chunk === undefined || chunk.used + size > chunk.buffer.length) {
      chunk = { base: this.#end, buffer: Buffer.allocUnsafeSlow(Math.max(CHUNK_SIZE, size)), used: 0 }
      this.#chunks.push(chunk)
      this.#bytesHeld += chunk.buffer.length
    }
    const reservation = this.#reservation
    chunk.buffer.writeUInt32LE(type, chunk.used)
    chunk.buffer.writeUInt32LE(headerSize, chunk.used + 4)
    chunk.buffer.writeUInt32LE(bodySize, chunk.used + 8)
    reservation.position = chunk.base + chunk.used
    reservation.buffer = chunk.buffer
    reservation.offset = chunk.used + HEAD_SIZE
    chunk.used += size
    this.#end = chunk.base + chunk.used
    return reservation
  }

  commit(): void {
    if (this.#committed === this.#end) return
    this.#committed = this.#end
    const through = this.#end
    const delay = this.#delay?.() ?? 0
    if (delay > 0) this.#clock.after(delay, () => this.#becomeDurable(through))
    else this.#clock.defer(() => this.#becomeDurable(through))
  }

  flush(): Promise<void> {
    if (this.#discarded) return Promise.reject(removed(this.name))
    this.commit()
    const through = this.#end
    if (this.#durable === through) return Promise.resolve()
    return new Promise((resolve, reject) => this.#waiting.push({ through, resolve, reject }))
  }

  #becomeDurable(through: Position): void {
    if (through <= this.#durable || this.#discarded) return
    this.#durable = through
    this.onDurable?.(through)
    const waiting = this.#waiting.splice(0)
    for (const waiter of waiting) {
      if (waiter.through <= through) waiter.resolve()
      else this.#waiting.push(waiter)
    }
  }

  /** The log goes: nothing of it becomes durable any more. */
  discard(): void {
    this.#discarded = true
    for (const { reject } of this.#waiting.splice(0)) reject(removed(this.name))
  }

  async replay(from: Position, options: { bodies: boolean }, visit: (record: VisitedRecord) => void): Promise<void> {
    await this.flush()
    const through = this.#durable
    const view = new RecordView()
    for (const chunk of this.#chunks.slice()) {
      view.words = wordsOf(chunk.buffer)
      for (let offset = 0; offset < chunk.used && chunk.base + offset < through; ) {
        const at = offset
        view.position = chunk.base + at
        view.type = chunk.buffer.readUInt32LE(at)
        view.headerAt = at + HEAD_SIZE
        view.headerSize = chunk.buffer.readUInt32LE(at + 4)
        view.bodySize = chunk.buffer.readUInt32LE(at + 8)
        view.bodyBuffer = options.bodies ? chunk.buffer : undefined
        view.bodyAt = view.headerAt + view.headerSize
        offset += Math.ceil((HEAD_SIZE + view.headerSize + view.bodySize) / 8) * 8
        if (view.position >= from) visit(view)
      }
    }
  }

  cached(position: Position): LogRecord | undefined {
    const chunk = this.#chunkOf(position)
    return chunk === undefined ? undefined : recordAt(chunk, position - chunk.base)
  }

  readMany(positions: readonly Position[]): Promise<(LogRecord | undefined)[]> {
    return Promise.all(positions.map((position) => this.read(position)))
  }

  async read(position: Position): Promise<LogRecord | undefined> {
    return this.cached(position)
  }

  #chunkOf(position: Position): Chunk | undefined {
    let low = 0
    let high = this.#chunks.length - 1
    while (low <= high) {
      const middle = (low + high) >> 1
      const chunk = this.#chunks[middle]!
      if (position < chunk.base) high = middle - 1
      else if (position >= chunk.base + chunk.used) low = middle + 1
      else return chunk
    }
    return undefined
  }

  async readOn(from: Position, bytes: number): Promise<Stretch> {
    const records: LogRecord[] = []
    let next = from
    let length = 0
    for (const chunk of this.#chunks) {
      if (chunk.base + chunk.used <= next) continue
      next = Math.max(next, chunk.base)
      for (let at = next - chunk.base; at < chunk.used && next < this.#durable; at = next - chunk.base) {
        if (length >= bytes) return { records, next }
        const record = recordAt(chunk, at)
        const size = Math.ceil((HEAD_SIZE + record.header.length + record.bodySize) / 8) * 8
        records.push(record)
        length += size
        next += size
      }
    }
    return { records, next }
  }

  startAfterTrim(before: Position): Position {
    return this.#chunks[this.#gone(before)]?.base ?? this.#start
  }

  trim(before: Position): void {
    const gone = this.#gone(before)
    if (gone === 0) return
    for (const chunk of this.#chunks.splice(0, gone)) this.#bytesHeld -= chunk.buffer.length
    this.#start = this.#chunks[0]!.base
  }

  /** How many chunks lie before an address, not counting the last. */
  #gone(before: Position): number {
    let gone = 0
    while (gone < this.#chunks.length - 1 && this.#chunks[gone + 1]!.base <= before) gone += 1
    return gone
  }

  async saveSnapshot(snapshot: Snapshot): Promise<void> {
    this.#snapshot = { through: snapshot.through, bytes: Buffer.from(snapshot.bytes) }
  }

  async loadSnapshot(): Promise<Snapshot | undefined> {
    return this.#snapshot
  }
}

function removed(name: string): Error {
  return new Error(`the log ${name} was removed`)
}

/** The record at `offset`, with bytes of its own. */
function recordAt(chunk: Chunk, offset: number): LogRecord {
  const headerSize = chunk.buffer.readUInt32LE(offset + 4)
  const bodySize = chunk.buffer.readUInt32LE(offset + 8)
  const at = offset + HEAD_SIZE
  const bytes = Buffer.from(chunk.buffer.subarray(at, at + headerSize + bodySize))
  return new WholeRecord(chunk.base + offset, chunk.buffer.readUInt32LE(offset), bodySize, bytes)
}
