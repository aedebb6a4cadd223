import { type Words, wordsOf } from './checksum.ts'
import type { LogRecord, Position, VisitedRecord } from './log.ts'

/** A record that lies in memory with many others; one object, reused for each of them. */
export class RecordView implements VisitedRecord {
  position: Position = 0
  type = 0
  /** Holds the head where there is one, right before the header. */
  words: Words = wordsOf(Buffer.alloc(0))
  headerAt = 0
  headerSize = 0
  bodySize = 0
  /** Where the body is, unless only headers were asked for or it is damaged. */
  bodyBuffer: Buffer | undefined = undefined
  bodyAt = 0
  damaged = false

  get buffer(): Buffer {
    return this.words.buffer
  }

  get header(): Buffer {
    return this.words.buffer.subarray(this.headerAt, this.headerAt + this.headerSize)
  }

  get body(): Buffer | undefined {
    return this.bodyBuffer?.subarray(this.bodyAt, this.bodyAt + this.bodySize)
  }

  copy(): LogRecord {
    const { position, type, headerSize, bodySize, bodyBuffer, bodyAt, headerAt, damaged } = this
    const bytes = Buffer.allocUnsafe(headerSize + (bodyBuffer === undefined ? 0 : bodySize))
    this.words.buffer.copy(bytes, 0, headerAt, headerAt + headerSize)
    bodyBuffer?.copy(bytes, headerSize, bodyAt, bodyAt + bodySize)
    const header = bytes.subarray(0, headerSize)
    const body = bodyBuffer === undefined ? undefined : bytes.subarray(headerSize)
    return { position, type, header, bodySize, body, damaged }
  }
}
