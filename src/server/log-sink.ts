import { closeSync, openSync, write, writeSync } from 'node:fs'

/** Bytes of lines waiting for a slow terminal or disk before further ones are dropped (and counted). */
const pendingBytesMax = 4 * 2 ** 20
const retryMilliseconds = 20

/**
 * Writes lines to a file descriptor, off the broker's thread: all lines of a turn in one write, one write under way at
 * a time. A reader that does not read (`lapine start | less`) costs lines, never the broker's time.
 */
export class LogSink {
  #fd: number
  readonly #path: string | undefined
  #pending: string[] = []
  #pendingBytes = 0
  #dropped = 0
  #busy = false
  #unwritten: Buffer | undefined
  #onIdle: (() => void)[] = []

  /** `path` is that of a file the sink owns; undefined for a stream of the process. */
  constructor(fd: number, path?: string) {
    this.#fd = fd
    this.#path = path
  }

  /** Appends to a file, creating it. Throws as `fs.openSync` does. */
  static toFile(path: string): LogSink {
    return new LogSink(openSync(path, 'a', 0o640), path)
  }

  /** Opens its file anew: what was moved away is written to no longer. Rejects as `fs.openSync` throws. */
  async reopen(): Promise<void> {
    if (this.#path === undefined) return
    const fresh = openSync(this.#path, 'a', 0o640)
    await this.flush()
    closeSync(this.#fd)
    this.#fd = fresh
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
      if (this.#unwritten !== undefined) writeSync(this.#fd, this.#unwritten)
      this.#unwritten = undefined
      if (rest.length > 0) writeSync(this.#fd, rest)
    } catch {
      // Nobody is left to be told.
    }
  }

  async close(): Promise<void> {
    await this.flush()
    if (this.#path !== undefined) closeSync(this.#fd)
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
    this.#unwritten ??= this.#takePending()
    if (this.#unwritten.length === 0) {
      this.#unwritten = undefined
      this.#busy = false
      for (const resolve of this.#onIdle.splice(0)) resolve()
      return
    }
    write(this.#fd, this.#unwritten, (error, written) => this.#onWritten(error, written))
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
