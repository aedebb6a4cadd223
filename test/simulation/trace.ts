import { crc32 } from 'node:zlib'

/** All that happens in a run, told line by line: two runs of one seed must tell the same. */
export class Trace {
  readonly #print: ((line: string) => void) | undefined
  #digest = 0
  /** Lines so far. */
  length = 0

  /** With `print` every line is shown as well. */
  constructor(print?: (line: string) => void) {
    this.#print = print
  }

  /** What was told so far, in one word. */
  get digest(): string {
    return `${this.length}-${(this.#digest >>> 0).toString(16).padStart(8, '0')}`
  }

  tell(line: string): void {
    this.length += 1
    this.#digest = crc32(line, this.#digest)
    this.#print?.(`${String(this.length).padStart(6)} ${line}`)
  }
}
