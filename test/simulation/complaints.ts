/** What the broker did wrong, in the words of `test/durability/checker.ts` and some more. */
export class Complaints {
  readonly #lines: string[] = []
  readonly #onComplaint: (line: string) => void

  constructor(onComplaint: (line: string) => void) {
    this.#onComplaint = onComplaint
  }

  get lines(): readonly string[] {
    return this.#lines
  }

  get length(): number {
    return this.#lines.length
  }

  /** `what` happened to a message, a definition or whatever `whom` names. */
  add(what: string, ...whom: readonly string[]): void {
    const line = [what, ...whom].join(' ')
    this.#lines.push(line)
    this.#onComplaint(line)
  }
}
