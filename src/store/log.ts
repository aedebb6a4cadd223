/**
 * The store's port. A `Store` opens named logs; a `Log` is an ordered, checksummed sequence of
 * records. The embedded journal, the in-memory one and (later) a replicated engine implement it,
 * and one conformance suite runs against each.
 */

/** Byte address of a record in its log: grows with every append, never reused, ≤ 2^53. */
export type Position = number

/** Where `reserve` lets the caller write a record's header and body. Reused by the next `reserve`. */
export interface Reservation {
  readonly position: Position
  /** The batch being formed. Write the header at `offset` and the body right behind it. */
  readonly buffer: Buffer
  readonly offset: number
}

/** One record as it is read back. Header and body are checksummed apart. */
export interface LogRecord {
  readonly position: Position
  /** The caller's own number, 1..255. */
  readonly type: number
  readonly header: Buffer
  readonly bodySize: number
  /** Absent when only headers were asked for, or when the body failed its checksum (`damaged`). */
  readonly body: Buffer | undefined
  /** Header and body behind each other, where they are. */
  readonly bytes?: Buffer
  readonly damaged: boolean
}

/**
 * A record as `replay` hands it over: one object for all of them. It and its bytes are the visitor's during
 * the call only; `copy` makes one to keep.
 */
export interface VisitedRecord extends LogRecord {
  /** Holds the header from `headerAt` on: numbers are read there without making an object. */
  readonly buffer: Buffer
  readonly headerAt: number
  readonly headerSize: number
  copy(): LogRecord
}

/** A range of a log that did not verify when it was opened or read. */
export interface Damage {
  readonly log: string
  readonly from: Position
  readonly to: Position
  readonly reason: string
}

export interface Snapshot {
  /** Everything before this position is contained in `bytes`. */
  readonly through: Position
  readonly bytes: Buffer
}

/** A stretch of a log as it was read on from a position. */
export interface Stretch {
  /** In order. They share the memory they were read into. */
  readonly records: readonly LogRecord[]
  /** Where the next stretch begins. */
  readonly next: Position
}

export interface Log {
  readonly name: string
  /** Position behind the last record appended. */
  readonly end: Position
  /** Everything before it is on disk for good. */
  readonly durable: Position
  /** First position still held. */
  readonly start: Position
  /** Bytes on disk taken by the log, for space accounting. */
  readonly bytesHeld: number
  /** Bytes appended that are not durable yet: they are held in memory. */
  readonly pendingBytes: number
  /**
   * Makes room for a record in the batch being formed; synchronous, nothing is written yet. Header and
   * body must be in place before the next call of this log.
   */
  reserve(type: number, headerSize: number, bodySize: number): Reservation
  /**
   * Starts writing what was reserved so far, unless a write is under way (then it follows).
   * Call it at the end of a turn. Never throws: a storage fault goes to the store's `onFault`.
   */
  commit(): void
  /** Resolves once everything appended before the call is durable (calls `commit`). */
  flush(): Promise<void>
  /** Called in the turn after a batch became durable, with the new value of `durable`. One listener. */
  onDurable: ((durable: Position) => void) | undefined
  /**
   * Visits every record from `from` on, in order; damaged ranges are skipped and reported. Bodies that are
   * not asked for may go unread, and unverified: they are verified when they are read.
   */
  replay(from: Position, options: { bodies: boolean }, visit: (record: VisitedRecord) => void): Promise<void>
  /** Reads one record back, verified; undefined when it is damaged or trimmed. */
  read(position: Position): Promise<LogRecord | undefined>
  /** As `read` for a record at hand in memory; undefined says nothing but that `read` has to be asked. */
  cached(position: Position): LogRecord | undefined
  /** Reads many records; cheapest when the positions grow. */
  readMany(positions: readonly Position[]): Promise<(LogRecord | undefined)[]>
  /**
   * Reads durable records in order from `from` on, where a record is or was or one ends: up to about `bytes` of them,
   * at least one unless there is none. What is damaged or trimmed is left out. Keeps nothing in memory.
   */
  readOn(from: Position, bytes: number): Promise<Stretch>
  /** Less space is left on the disk than should be: what is not needed should be given up soon. */
  readonly isShort: boolean
  /** As the store's `look` would answer, as of the last look. */
  readonly bytesLeft: number
  /** What `start` would be after `trim(before)`. */
  startAfterTrim(before: Position): Position
  /** Gives up everything before `before` (rounded down to what the log can drop). */
  trim(before: Position): void
  saveSnapshot(snapshot: Snapshot): Promise<void>
  loadSnapshot(): Promise<Snapshot | undefined>
}

export interface LogOptions {
  /** The most that `trim` may hold back on disk for being in the middle of a segment; the store's own value if not said. */
  readonly segmentBytes?: number
}

export interface Store {
  /** Opens (creating it if absent) and verifies a log. The options are those of who opens it first. */
  open(name: string, options?: LogOptions): Promise<Log>
  /** Names of the logs there are, opened or not. */
  names(): Promise<string[]>
  /**
   * Gives up a log and all that is in it, for good when it resolves; after a crash on the way it is there whole
   * or not at all. Who waits for something in it to be durable is refused. Opening it again begins a new log.
   */
  remove(name: string): Promise<void>
  /** Damage found so far, over all logs; the first ranges only where there are very many. */
  readonly damage: readonly Damage[]
  /** How many ranges there were on the whole. */
  readonly damageCount: number
  /** Called once on the first I/O error: after it no record becomes durable any more. */
  onFault: ((fault: Error) => void) | undefined
  /** Whether the disk has no space for what comes next: no fault, but publishers should be held back. */
  readonly full: boolean
  /** Called when `full` changes. What was appended meanwhile becomes durable when there is space again. */
  onFull: ((full: boolean) => void) | undefined
  /** Bytes left on the disk, less those that were appended and have no file yet; endless where nobody knows. */
  look(): Promise<number>
  /** Told the same whenever the store has looked by itself: at every stretch of space that it takes. */
  onSpace: ((bytesLeft: number) => void) | undefined
  /** Commits what is pending, seals and closes every log. */
  close(): Promise<void>
}
