import type { Clock } from '../std/clock.ts'
import type { Logger } from '../std/logger.ts'
import { Turnstile } from '../std/turnstile.ts'
import type { Log, LogRecord, Store, VisitedRecord } from '../store/log.ts'
import type { Definitions } from './definitions.ts'
import { readChunkHeader, readIndexHeader, StreamRecordType } from './queues/stream/chunk-record.ts'
import { Outline } from './queues/stream/outline.ts'
import type { OpenedStream } from './queues/stream/stream-log.ts'

/** Streams opened at once; each takes memory to look at its log. */
const OPENING_MAX = 16
/** How long to wait before space is looked for again. */
const RETRY_MILLISECONDS = 1000
const prefix = 'stream-'

/** Sizes at which streams do what they seldom do. */
export interface StreamBounds {
  /** After so many bytes of chunks an index record is written, or later when that would take more than a small part. */
  readonly indexAfterBytes: number
  /** How much of a log's end is looked at for the newest index record. */
  readonly endBytes: number
}

const defaultBounds: StreamBounds = { indexAfterBytes: 64 * 1024 * 1024, endBytes: 32 * 1024 * 1024 }

export interface StreamLogsOptions {
  readonly store: Store
  readonly clock: Clock
  readonly logger: Logger
  readonly bounds?: StreamBounds
}

/** The logs of streams, each named by the number of its stream. */
export class StreamLogs {
  readonly bounds: StreamBounds
  readonly #options: StreamLogsOptions
  readonly #turnstile = new Turnstile(OPENING_MAX)

  constructor(options: StreamLogsOptions) {
    this.#options = options
    this.bounds = options.bounds ?? defaultBounds
  }

  /** Opens a stream's log, which trims in steps of so many bytes, and finds out what is in it. */
  open(number: number, segmentBytes: number, description: string): Promise<OpenedStream> {
    return this.#turnstile.pass(async () => {
      const log = await this.#open(`${prefix}${number}`, segmentBytes)
      const { endBytes } = this.bounds
      return { log, outline: await outlineOf(log, { logger: this.#options.logger, description, endBytes }) }
    })
  }

  /** Removes a stream's log for good, once it is open or could not be opened. */
  async remove(number: number, opened: Promise<unknown>): Promise<void> {
    await opened.catch(() => undefined)
    await this.#options.store.remove(`${prefix}${number}`)
  }

  /** Waits for space on a full disk; every other failure is the caller's. */
  async #open(name: string, segmentBytes: number): Promise<Log> {
    const { store, clock, logger } = this.#options
    for (;;) {
      try {
        return await store.open(name, { segmentBytes })
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? error.code : undefined
        if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error
        logger.warning(`no space on the disk for the log ${name}: it is tried again`)
        await new Promise<void>((resolve) => clock.after(RETRY_MILLISECONDS, resolve))
      }
    }
  }
}

/**
 * Removes the logs of streams that are gone: those whose removal a crash came before, and those whose definition never
 * reached the disk. Where definitions are damaged, that is not known; then they stay, and nobody gets their numbers.
 */
export async function removeOrphans(store: Store, definitions: Definitions, logger: Logger): Promise<void> {
  const wanted = new Set<string>()
  for (const { type, number } of definitions.all('queue')) if (type === 'stream') wanted.add(`${prefix}${number}`)
  const orphans = (await store.names()).filter((name) => /^stream-\d+$/.test(name) && !wanted.has(name))
  if (orphans.length === 0) return
  const isKnown = !store.damage.some(({ log }) => log === 'definitions')
  for (const name of orphans) {
    definitions.skipQueueNumber(Number(name.slice(prefix.length)))
    if (isKnown) await store.remove(name)
    else logger.error(`the log ${name} is of no stream that is known; definitions are damaged, so it is kept`)
  }
}

interface Reading {
  readonly logger: Logger
  /** What the stream is called. */
  readonly description: string
  readonly endBytes: number
}

/** What is in a stream's log: from its newest index record on if there is one, else from its beginning. */
async function outlineOf(log: Log, reading: Reading): Promise<Outline> {
  const kept = await newestIndex(log, reading.endBytes)
  const outline = kept ?? new Outline()
  const from = kept?.indexPosition ?? log.start
  await log.replay(from, { bodies: false }, (record) => visit(outline, record, reading))
  return outline
}

function visit(outline: Outline, record: VisitedRecord, { logger, description }: Reading): void {
  const { type, buffer, headerAt, headerSize, bodySize, position, damaged } = record
  if (type === StreamRecordType.index) {
    // Everything before it may have been given up.
    outline.nextOffset = Math.max(outline.nextOffset, readIndexHeader(buffer, headerAt))
    outline.indexPosition = position
    outline.bytesSinceIndex = 0
  }
  const head = type === StreamRecordType.chunk ? readChunkHeader(buffer, headerAt, headerSize) : undefined
  if (head === undefined) return
  outline.add({ ...head, filter: Buffer.alloc(0) }, position, headerSize + bodySize)
  if (!damaged) return
  const last = head.firstOffset + head.count - 1
  logger.error(`offsets ${head.firstOffset} to ${last} of ${description} are damaged on disk and lost`)
}

/** The outline in the newest index record, which the chunks behind it name. */
async function newestIndex(log: Log, endBytes: number): Promise<Outline | undefined> {
  const from = log.end - endBytes
  if (from <= log.start) return undefined
  let position = 0
  await log.replay(from, { bodies: false }, ({ type, buffer, headerAt, headerSize, position: at }) => {
    if (type === StreamRecordType.index) position = at
    if (type !== StreamRecordType.chunk) return
    position = Math.max(position, readChunkHeader(buffer, headerAt, headerSize)?.indexPosition ?? 0)
  })
  if (position < log.start) return undefined
  return outlineIn(await log.read(position))
}

function outlineIn(record: LogRecord | undefined): Outline | undefined {
  if (record?.type !== StreamRecordType.index || record.body === undefined) return undefined
  return Outline.load(record.body, record.position)
}
