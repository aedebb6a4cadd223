import type { LogRecord, Position } from './log.ts'

/** A record in bytes of its own. A view of its header or body is made when somebody asks: who reads many needs neither. */
export class WholeRecord implements LogRecord {
  readonly position: Position
  readonly type: number
  readonly bodySize: number
  readonly bytes: Buffer
  readonly damaged = false

  /** `bytes` are header and body behind each other. */
  constructor(position: Position, type: number, bodySize: number, bytes: Buffer) {
    this.position = position
    this.type = type
    this.bodySize = bodySize
    this.bytes = bytes
  }

  get header(): Buffer {
    return this.bytes.subarray(0, this.bytes.length - this.bodySize)
  }

  get body(): Buffer {
    return this.bytes.subarray(this.bytes.length - this.bodySize)
  }
}
