import { type Words, wordsOf } from './checksum.ts'
import { type DiskFile, errorCode } from './disk.ts'
import { alignUp } from './record.ts'

const PAGE = 4096

/** Reads up to the buffer's size; pages that the disk cannot give are zeros, and told of. */
export async function readTolerantly(
  file: DiskFile,
  buffer: Buffer,
  position: number,
  unreadable?: (from: number, to: number) => void,
): Promise<void> {
  try {
    const count = await file.read(buffer, position)
    buffer.fill(0, count)
    return
  } catch (error) {
    if (errorCode(error) !== 'EIO') throw error
  }
  const end = position + buffer.length
  for (let from = position; from < end; ) {
    const to = Math.min(end, Math.floor(from / PAGE) * PAGE + PAGE)
    const page = buffer.subarray(from - position, to - position)
    try {
      page.fill(0, await file.read(page, from))
    } catch (error) {
      if (errorCode(error) !== 'EIO') throw error
      page.fill(0)
      unreadable?.(from, to)
    }
    from = to
  }
}

/** The piece behind the window, on its way into the second half of its buffer. */
interface Ahead {
  readonly offset: number
  readonly length: number
  readonly buffer: Buffer
  readonly read: Promise<void>
}

/** The piece of a file that a scan is looking at; while it looks, the next one is read. */
export class ScanWindow {
  readonly #file: DiskFile
  /** Offset behind the last byte to look at. */
  readonly #limit: number
  readonly size: number
  /** Holds the file's bytes from `from` up to `to`. */
  words: Words
  from = 0
  to = 0
  /** Ranges of the file that the disk could not give. */
  readonly #unreadable: { readonly from: number; readonly to: number }[] = []
  /** The buffer that the window lies in when it was read ahead. */
  #own: Buffer | undefined
  #spare: Buffer | undefined
  #ahead: Ahead | undefined

  constructor(file: DiskFile, limit: number, size: number) {
    this.#file = file
    this.#limit = limit
    this.size = alignUp(size)
    this.words = wordsOf(Buffer.allocUnsafeSlow(alignUp(Math.max(1, Math.min(this.size, limit)))))
  }

  holds(offset: number, length: number): boolean {
    return offset >= this.from && offset + length <= this.to
  }

  /** Whether the disk could not give something of a range that was in the window. */
  isUnreadable(from: number, to: number): boolean {
    return this.#unreadable.some((range) => range.from < to && from < range.to)
  }

  /** Brings the bytes from `offset` on into the window, at least `length` of them. */
  async load(offset: number, length: number): Promise<void> {
    if (!(await this.#takeAhead(offset, length))) await this.#read(offset, length)
    this.#readAhead()
  }

  /** Resolves when nothing is being read any more, so that the file can be closed. */
  async settle(): Promise<void> {
    await this.#ahead?.read.catch(() => undefined)
  }

  /** Moves on to the piece that was read ahead, if it has what is wanted together with the end of this one. */
  async #takeAhead(offset: number, length: number): Promise<boolean> {
    const ahead = this.#ahead
    this.#ahead = undefined
    if (ahead === undefined) return false
    await ahead.read
    const kept = ahead.offset - offset
    const fits = offset >= this.from && kept >= 0 && kept <= this.size && length <= kept + ahead.length
    this.#spare = ahead.buffer
    if (!fits) return false
    const start = this.size - kept
    this.words.buffer.copy(ahead.buffer, start, offset - this.from, offset - this.from + kept)
    this.words = wordsOf(ahead.buffer.subarray(start, this.size + alignUp(ahead.length)))
    this.#spare = this.#own
    this.#own = ahead.buffer
    this.from = offset
    this.to = ahead.offset + ahead.length
    return true
  }

  async #read(offset: number, length: number): Promise<void> {
    if (length > this.words.buffer.length) this.words = wordsOf(Buffer.allocUnsafeSlow(alignUp(length)))
    const size = Math.min(this.words.buffer.length, Math.max(length, this.#limit - offset))
    await readTolerantly(this.#file, this.words.buffer.subarray(0, size), offset, this.#onUnreadable)
    this.from = offset
    this.to = offset + size
  }

  #readAhead(): void {
    const offset = this.to
    const length = Math.min(this.size, this.#limit - offset)
    if (length <= 0) return
    const buffer = this.#spare ?? Buffer.allocUnsafeSlow(2 * this.size)
    this.#spare = undefined
    const piece = buffer.subarray(this.size, this.size + length)
    const read = readTolerantly(this.#file, piece, offset, this.#onUnreadable)
    read.catch(() => undefined)
    this.#ahead = { offset, length, buffer, read }
  }

  readonly #onUnreadable = (from: number, to: number): void => {
    this.#unreadable.push({ from, to })
  }
}
