/** A term of Erlang: strings and binaries are texts. */
export type ErlangTerm =
  | string
  | number
  | { readonly atom: string }
  | { readonly list: readonly ErlangTerm[] }
  | { readonly tuple: readonly ErlangTerm[] }

/** Nested deeper than anybody writes by hand. */
const DEPTH_MAX = 64

/** Reads one term with its full stop. Throws an Error that names the line. */
export function parseErlangTerm(text: string): ErlangTerm {
  const reader = new TermReader(text)
  const term = reader.term(0)
  reader.expect('.')
  reader.end()
  return term
}

const blank = /(?:\s+|%[^\n]*)*/y
const number = /[+-]?\d+(?:\.\d+(?:[eE][+-]?\d+)?)?/y
const bareAtom = /[a-z][\w@]*/y
const quotedAtom = /'((?:[^'\\]|\\.)*)'/y
const string = /"((?:[^"\\]|\\.)*)"/y
const binary = /<<\s*"((?:[^"\\]|\\.)*)"(?:\/utf8)?\s*>>/y
const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', s: ' ', e: '\u001b', 0: '\0' }

class TermReader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  term(depth: number): ErlangTerm {
    if (depth > DEPTH_MAX) throw this.#error('it is nested too deeply')
    this.#match(blank)
    switch (this.#text[this.#at]) {
      case '[':
        return { list: this.#items(']', depth) }
      case '{':
        return { tuple: this.#items('}', depth) }
      default:
        return this.#plain()
    }
  }

  expect(char: string): void {
    this.#match(blank)
    if (this.#text[this.#at] !== char) throw this.#error(`expected '${char}'`)
    this.#at++
  }

  end(): void {
    this.#match(blank)
    if (this.#at < this.#text.length) throw this.#error('expected nothing more')
  }

  #items(close: string, depth: number): ErlangTerm[] {
    this.#at++
    const items: ErlangTerm[] = []
    this.#match(blank)
    if (this.#text[this.#at] === close) {
      this.#at++
      return items
    }
    for (;;) {
      items.push(this.term(depth + 1))
      this.#match(blank)
      const char = this.#text[this.#at]
      if (char === close) {
        this.#at++
        return items
      }
      this.expect(',')
    }
  }

  #plain(): ErlangTerm {
    const bytes = this.#match(binary) ?? this.#match(string)
    if (bytes !== undefined) return unescaped(bytes[1]!)
    const digits = this.#match(number)
    if (digits !== undefined) return Number(digits[0])
    const quoted = this.#match(quotedAtom)
    if (quoted !== undefined) return { atom: unescaped(quoted[1]!) }
    const atom = this.#match(bareAtom)
    if (atom !== undefined) return { atom: atom[0] }
    throw this.#error('expected a term of Erlang')
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)
    if (found === null) return undefined
    this.#at = pattern.lastIndex
    return found
  }

  #error(what: string): Error {
    const line = this.#text.slice(0, this.#at).split('\n').length
    const found = this.#text.slice(this.#at, this.#at + 20).split('\n')[0]
    return new Error(`line ${line}: ${what}${found === '' ? '' : `, found '${found}'`}`)
  }
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_, char: string) => escapes[char] ?? char)
}
