import assert from 'node:assert/strict'
import type { Log, LogRecord, Position } from '../../src/store/log.ts'
import { mulberry } from './mulberry.ts'

/** A record as it was appended. */
export interface Appended {
  readonly position: Position
  readonly end: Position
  readonly type: number
  readonly header: Buffer
  readonly body: Buffer
}

/** How large the records of a history are. */
export interface HistorySizes {
  readonly header: number
  readonly body: number
}

/**
 * What a log was given and what it said was durable, over any number of crashes; compares it with what
 * the log holds when it is opened again.
 */
export class LogHistory {
  readonly #random: () => number
  readonly #sizes: HistorySizes
  /** Records that must or may be in the log, in order. */
  records: Appended[] = []
  /** Everything before it must be there. */
  durable: Position = 0
  /** Nothing is appended before it: behind all that was appended, or after a crash all that is left. */
  highest: Position = 0
  trimmed: Position = 0
  /** Through where the last snapshot reaches that was saved. */
  snapshot: Position = 0

  constructor(seed: number, sizes: HistorySizes = { header: 40, body: 3000 }) {
    this.#random = mulberry(seed)
    this.#sizes = sizes
  }

  /** The same history, going on by itself with another seed. */
  fork(seed: number): LogHistory {
    const fork = new LogHistory(seed, this.#sizes)
    fork.records = [...this.records]
    fork.durable = this.durable
    fork.highest = this.highest
    fork.trimmed = this.trimmed
    fork.snapshot = this.snapshot
    return fork
  }

  /** A whole number below `limit`. */
  below(limit: number): number {
    return Math.floor(this.#random() * limit)
  }

  append(log: Log, bodySize = this.below(this.#sizes.body)): Appended {
    const header = this.#bytes(this.below(this.#sizes.header))
    const body = this.#bytes(this.below(8) === 0 ? 0 : bodySize)
    const type = 1 + this.below(255)
    const reservation = log.reserve(type, header.length, body.length)
    header.copy(reservation.buffer, reservation.offset)
    body.copy(reservation.buffer, reservation.offset + header.length)
    const { position } = reservation
    assert.ok(position >= this.highest, `position ${position} was given before, up to ${this.highest}`)
    assert.ok(position > 0)
    const appended = { position, end: log.end, type, header, body }
    this.highest = log.end
    this.records.push(appended)
    return appended
  }

  /** Notes what the log says is durable. */
  watch(log: Log): void {
    log.onDurable = (durable) => {
      assert.equal(durable, log.durable)
      assert.ok(durable >= this.durable, 'durable never goes back')
      this.durable = durable
    }
  }

  /** Reads a log that was opened again; what it holds is from now on what it has to hold. */
  async check(log: Log): Promise<void> {
    const found: LogRecord[] = []
    await log.replay(log.start, { bodies: true }, (record) => found.push(record.copy()))
    const first = found[0]?.position ?? Number.MAX_SAFE_INTEGER
    const expected = this.records.filter((record) => record.position >= first)
    for (const lost of this.records) {
      if (lost.position >= first || lost.end <= this.trimmed) continue
      assert.ok(lost.position >= this.durable, `record ${lost.position} was durable and is gone, first is ${first}`)
    }
    for (const [index, record] of found.entries()) assertSame(record, expected[index])
    const missing = expected[found.length]
    if (missing !== undefined) {
      assert.ok(missing.end > this.durable, `record ${missing.position} was durable (${this.durable}) and is gone`)
    }
    await this.#checkHeads(log, found)
    this.records = expected.slice(0, found.length)
    for (const record of this.records) if (this.below(4) === 0) assertSame(await log.read(record.position), record)
    assert.ok(log.end >= this.durable)
    this.durable = Math.max(this.durable, this.records.at(-1)?.end ?? 0)
    this.highest = this.durable
  }

  /** Without bodies the same is visited, from indexes where there are some. */
  async #checkHeads(log: Log, found: readonly LogRecord[]): Promise<void> {
    let next = 0
    await log.replay(log.start, { bodies: false }, (record) => {
      const { position, type, header, bodySize } = found[next++]!
      assert.deepEqual([record.position, record.type, record.bodySize], [position, type, bodySize])
      assert.ok(record.header.equals(header))
    })
    assert.equal(next, found.length)
  }

  #bytes(size: number): Buffer {
    const bytes = Buffer.alloc(size)
    for (let at = 0; at < size; at++) bytes[at] = Math.floor(this.#random() * 256)
    return bytes
  }
}

/** Fails unless the log gave back what was appended. */
export function assertSame(record: LogRecord | undefined, appended: Appended | undefined): void {
  assert.ok(appended !== undefined, `record ${record?.position} was never appended, or comes twice`)
  assert.ok(record !== undefined, `record ${appended.position} cannot be read`)
  assert.equal(record.position, appended.position)
  assert.equal(record.type, appended.type)
  assert.equal(record.damaged, false)
  assert.equal(record.bodySize, appended.body.length)
  assert.ok(record.header.equals(appended.header), `header of ${record.position}`)
  assert.ok(record.body?.equals(appended.body) === true, `body of ${record.position}`)
}
