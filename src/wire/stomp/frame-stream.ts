import { isUtf8 } from '../../std/utf8.ts'
import { StompError, type StompFrame, type StompVersion, unescapeHeader } from './frame.ts'

/** Bounds of what a peer may send. */
export interface StompLimits {
  /** Header lines of one frame. */
  readonly headersMax: number
  /** Bytes of command and headers. */
  readonly headBytesMax: number
  readonly bodyBytesMax: number
}

/** What comes out of a `FrameStream`. A heart-beat is an end of line between frames. */
export interface StompHandler {
  onFrame(frame: StompFrame): void
  onHeartBeat(): void
}

const LF = 0x0a
const CR = 0x0d
const NUL = 0
const noBytes = Buffer.alloc(0)

/** The frame being put together. */
interface Head {
  readonly command: string
  readonly headers: readonly (readonly [string, string])[]
  /** Undefined: the body ends with the next NUL. */
  readonly contentLength: number | undefined
  readonly size: number
}

/**
 * Cuts a stream of chunks into frames (STOMP 1.2, "Augmented BNF"). A frame that is split over chunks is put together
 * in a buffer that grows with the bytes that arrived, never with a declared length, and is not searched twice.
 */
export class FrameStream {
  /** Until CONNECT has settled it, nothing is escaped. */
  version: StompVersion = '1.0'
  limits: StompLimits
  #kept: Buffer = noBytes
  #keptEnd = 0
  /** Whether `#kept` is ours and not a chunk of the socket. */
  #owned = false
  /** The head of the frame at the start of what is kept, once it is complete. */
  #head: Head | undefined
  /** How far the end of head or body was looked for in vain. */
  #searched = 0
  #paused = false
  #running = false
  #lost = false

  constructor(limits: StompLimits) {
    this.limits = limits
  }

  get keptBytes(): number {
    return this.#keptEnd
  }

  get paused(): boolean {
    return this.#paused
  }

  /** Stops after the frame at hand. */
  pause(): void {
    this.#paused = true
  }

  /** Goes on with what was kept. From within a handler it only takes the pause back. */
  resume(handler: StompHandler): void {
    this.#paused = false
    if (!this.#running) this.push(noBytes, handler)
  }

  /** Hands out every frame that is complete. Throws a StompError, after which all further input is ignored. */
  push(chunk: Buffer, handler: StompHandler): void {
    if (this.#running) throw new Error('frames are pushed from within a frame handler')
    if (this.#lost) return
    this.#running = true
    this.#append(chunk)
    let next = 0
    try {
      const bytes = this.#kept.subarray(0, this.#keptEnd)
      for (let end = this.#one(bytes, next, handler); end !== undefined; end = this.#one(bytes, next, handler)) {
        next = end
      }
    } catch (error) {
      this.#lost = true
      this.#forget()
      throw error
    } finally {
      this.#running = false
    }
    this.#drop(next)
  }

  /** Handles what begins at `at`; answers where the next thing begins, undefined when this one is not complete. */
  #one(bytes: Buffer, at: number, handler: StompHandler): number | undefined {
    if (this.#paused || at === bytes.length) return undefined
    if (this.#head === undefined) {
      if (bytes[at] === LF) {
        handler.onHeartBeat()
        return at + 1
      }
      if (bytes[at] === CR) return this.#carriageReturn(bytes, at, handler)
      const end = this.#endOfHead(bytes, at)
      if (end === undefined) return undefined
      this.#head = this.#readHead(bytes, at, end)
      this.#searched = 0
    }
    const head = this.#head
    const end = this.#endOfBody(bytes, at + head.size, head)
    if (end === undefined) return undefined
    this.#head = undefined
    this.#searched = 0
    handler.onFrame({
      command: head.command,
      headers: head.headers,
      body: Buffer.from(bytes.subarray(at + head.size, end)),
    })
    return end + 1
  }

  #carriageReturn(bytes: Buffer, at: number, handler: StompHandler): number | undefined {
    if (at + 1 === bytes.length) return undefined
    if (bytes[at + 1] !== LF) throw new StompError('a carriage return stands alone between frames')
    handler.onHeartBeat()
    return at + 2
  }

  /** Where the body begins: behind the first empty line. */
  #endOfHead(bytes: Buffer, at: number): number | undefined {
    const { headBytesMax } = this.limits
    for (let line = Math.max(at, at + this.#searched); ; ) {
      const end = bytes.indexOf(LF, line)
      if ((end < 0 ? bytes.length : end) - at > headBytesMax) throw new StompError('the headers are too long')
      if (end < 0) {
        this.#searched = line - at
        return undefined
      }
      if (end === line || (end === line + 1 && bytes[line] === CR)) return end + 1
      line = end + 1
    }
  }

  #endOfBody(bytes: Buffer, start: number, { contentLength }: Head): number | undefined {
    const { bodyBytesMax } = this.limits
    if (contentLength !== undefined) {
      const end = start + contentLength
      if (end >= bytes.length) return undefined
      if (bytes[end] !== NUL) throw new StompError('the body is longer than its content-length')
      return end
    }
    const end = bytes.indexOf(NUL, start + this.#searched)
    if ((end < 0 ? bytes.length : end) - start > bodyBytesMax) throw new StompError('the body is too long')
    if (end >= 0) return end
    this.#searched = bytes.length - start
    return undefined
  }

  #readHead(bytes: Buffer, at: number, end: number): Head {
    if (!isUtf8(bytes, at, end)) throw new StompError('the headers are not UTF-8')
    const [command = '', ...lines] = bytes.toString('utf8', at, end).split('\n').map(withoutCarriageReturn)
    if (!/^[A-Z]+$/.test(command)) throw new StompError('a frame begins with no command')
    // Behind the last line end there is nothing, before it an empty line.
    lines.splice(-2)
    if (lines.length > this.limits.headersMax) throw new StompError('there are too many headers')
    const isFirst = command === 'CONNECT' || command === 'STOMP'
    // It is not escaped; a client that names versions is none of 1.0.
    const isNamed = isFirst && lines.some((line) => line.startsWith('accept-version:'))
    const read = isNamed ? readPlain : readHeader
    const headers = lines.map((line) => read(line, isFirst ? '1.0' : this.version))
    const length = headers.find(([name]) => name === 'content-length')?.[1]
    return { command, headers, contentLength: this.#readLength(length), size: end - at }
  }

  #readLength(text: string | undefined): number | undefined {
    if (text === undefined) return undefined
    const length = Number(text)
    if (!/^\d+$/.test(text.trim())) throw new StompError('the content-length is no number')
    if (length > this.limits.bodyBytesMax) throw new StompError('the body is too long')
    return length
  }

  #append(chunk: Buffer): void {
    const size = this.#keptEnd + chunk.length
    if (this.#keptEnd === 0) {
      // Not copied before it turns out that something of it has to wait.
      this.#kept = chunk
      this.#keptEnd = chunk.length
      this.#owned = false
      return
    }
    if (size > this.#kept.length) {
      const larger = Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(Math.max(32, size))))
      this.#kept.copy(larger, 0, 0, this.#keptEnd)
      this.#kept = larger
      this.#owned = true
    }
    chunk.copy(this.#kept, this.#keptEnd)
    this.#keptEnd = size
  }

  /** What is left is copied: a chunk belongs to the socket, and must not be held whole for its last bytes. */
  #drop(count: number): void {
    const left = this.#keptEnd - count
    if (left === 0) return this.#forget()
    if (this.#owned) {
      if (count > 0) this.#kept.copyWithin(0, count, this.#keptEnd)
      this.#keptEnd = left
      return
    }
    const kept = Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(Math.max(32, left))))
    this.#kept.copy(kept, 0, count, this.#keptEnd)
    this.#kept = kept
    this.#keptEnd = left
    this.#owned = true
  }

  #forget(): void {
    this.#kept = noBytes
    this.#keptEnd = 0
  }
}

function readHeader(line: string, version: StompVersion): readonly [string, string] {
  const [name, value] = readPlain(line)
  // STOMP 1.0 let blanks stand around names and values.
  return version === '1.0'
    ? [name.trim(), value.trim()]
    : [unescapeHeader(name, version), unescapeHeader(value, version)]
}

function readPlain(line: string): readonly [string, string] {
  const colon = line.indexOf(':')
  if (colon < 0) throw new StompError('a header has no colon')
  return [line.slice(0, colon), line.slice(colon + 1)]
}

function withoutCarriageReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line
}
