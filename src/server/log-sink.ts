import { write, writeSync } from 'node:fs'
import { LogFile, type RotationSettings } from './log-rotation.ts'

/** Bytes of lines waiting for a slow terminal or disk before further ones are dropped (and counted). */
const pendingBytesMax = 4 * 2 ** 20
const retryMilliseconds = 20

/** Where a sink writes. */
interface LogTarget {
  /** Opens it anew: what was moved away is written to no longer. Throws as `fs.openSync` does. */
  reopen?(): void
  /** The descriptor that was written to last. */
  readonly current: number
  /** The one to write so many bytes to, that begin with a line. */
  descriptor(bytes: number): number
  close(): Promise<void>
}

/**
 * Writes lines to a file descriptor, off the broker's thread: all lines of a turn in one write, one write under way at
 * a time. A reader that does not read (`lapine start | less`) costs lines, never the broker's time.
 */
export class LogSink {
  readonly #target: LogTarget
  #pending: string[] = []
  #pendingBytes = 0
  #dropped = 0
  #busy = false
  #unwritten: Buffer | undefined
  #onIdle: (() => void)[] = []

  constructor(target: LogTarget) {
    this.#target = target
  }

  /** Writes to a descriptor that is somebody else's. */
  static toDescriptor(fd: number): LogSink {
    return new LogSink({ current: fd, descriptor: () => fd, close: async () => {} })
  }

  /** Appends to a file, creating it. Throws as `fs.openSync` does. */
  static toFile(path: string, rotation: RotationSettings): LogSink {
    return new LogSink(new LogFile(path, rotation, Date.now))
  }

  /** Opens its file anew, behind all that was appended so far. Rejects as `fs.openSync` throws. */
  async reopen(): Promise<void> {
    await this.flush()
    this.#target.reopen?.()
  }

  append(line: string): void {
    if (this.#pendingBytes + line.length > pendingBytesMax) {
      this.#dropped += 1
      return
    }
    this.#pendingBytes += line.length
    this.#pending.push(line)
    if (this.#busy) return
    this.#busy = true
    setImmediate(() => this.#writeNext())
  }

  /** Resolves when everything appended so far was handed to the operating system. */
  flush(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#busy) this.#onIdle.push(resolve)
      else resolve()
    })
  }

  /** For the last words of a process: writes what is pending before returning. */
  flushNow(): void {
    const rest = this.#takePending()
    try {
      if (this.#unwritten !== undefined) writeSync(this.#target.current, this.#unwritten)
      this.#unwritten = undefined
      if (rest.length > 0) writeSync(this.#target.current, rest)
    } catch {
      // Nobody is left to be told.
    }
  }

  async close(): Promise<void> {
    await this.flush()
    await this.#target.close()
  }

  #takePending(): Buffer {
    if (this.#dropped > 0) this.#pending.push(`${this.#dropped} log lines were dropped: their reader was too slow\n`)
    const bytes = Buffer.from(this.#pending.join(''))
    this.#pending = []
    this.#pendingBytes = 0
    this.#dropped = 0
    return bytes
  }

  #writeNext(): void {
    const fd = this.#unwritten === undefined ? undefined : this.#target.current
    this.#unwritten ??= this.#takePending()
    if (this.#unwritten.length === 0) {
      this.#unwritten = undefined
      this.#busy = false
      for (const resolve of this.#onIdle.splice(0)) resolve()
      return
    }
    // Only whole lines go to another file than those before.
    write(fd ?? this.#target.descriptor(this.#unwritten.length), this.#unwritten, (error, written) =>
      this.#onWritten(error, written),
    )
  }

  #onWritten(error: NodeJS.ErrnoException | null, written: number): void {
    if (error?.code === 'EAGAIN') {
      setTimeout(() => this.#writeNext(), retryMilliseconds)
      return
    }
    // A log that cannot be written (disk full, terminal gone) must not stop the broker: these lines are lost.
    this.#unwritten = error === null ? this.#unwritten?.subarray(written) : undefined
    if (this.#unwritten?.length === 0) this.#unwritten = undefined
    this.#writeNext()
  }
}
