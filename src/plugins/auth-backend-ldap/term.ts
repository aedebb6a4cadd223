/** An Erlang term, as far as queries have them. */
export type Term =
  | { readonly kind: 'atom' | 'string'; readonly text: string }
  | { readonly kind: 'tuple' | 'list'; readonly items: readonly Term[] }

/** Terms may stand in each other so deep. */
const DEPTH_MAX = 64

const token =
  /\s*(?:%[^\n]*\n\s*)*([{}[\],]|"(?:[^"\\]|\\[\s\S])*"|<<"(?:[^"\\]|\\[\s\S])*">>|'(?:[^'\\]|\\[\s\S])*'|[a-z][A-Za-z0-9_@]*|\.)/y

/** Reads a term, with or without a full stop behind it. Throws an Error that says where it cannot go on. */
export function readTerm(text: string): Term {
  const reader = new TermReader(text)
  const term = reader.term(0)
  reader.end()
  return term
}

class TermReader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  term(depth: number): Term {
    if (depth > DEPTH_MAX) throw new Error('the query goes too deep')
    const found = this.#next()
    if (found === '{') return { kind: 'tuple', items: this.#items('}', depth) }
    if (found === '[') return { kind: 'list', items: this.#items(']', depth) }
    if (found.startsWith('"')) return { kind: 'string', text: unescaped(found.slice(1, -1)) }
    if (found.startsWith('<<')) return { kind: 'string', text: unescaped(found.slice(3, -3)) }
    if (found.startsWith("'")) return { kind: 'atom', text: unescaped(found.slice(1, -1)) }
    if (/^[a-z]/.test(found)) return { kind: 'atom', text: found }
    throw new Error(`'${found}' is not expected`)
  }

  end(): void {
    if (this.#peek() === '.') this.#next()
    if (
      this.#text
        .slice(this.#at)
        .replace(/%[^\n]*/g, '')
        .trim() !== ''
    )
      throw this.#unexpected()
  }

  #items(close: string, depth: number): Term[] {
    const items: Term[] = []
    if (this.#peek() === close) {
      this.#next()
      return items
    }
    for (;;) {
      items.push(this.term(depth + 1))
      const separator = this.#next()
      if (separator === close) return items
      if (separator !== ',') throw new Error(`expected ',' or '${close}', found '${separator}'`)
    }
  }

  #peek(): string | undefined {
    token.lastIndex = this.#at
    return token.exec(this.#text)?.[1]
  }

  #next(): string {
    token.lastIndex = this.#at
    const found = token.exec(this.#text)?.[1]
    if (found === undefined) throw this.#unexpected()
    this.#at = token.lastIndex
    return found
  }

  #unexpected(): Error {
    const rest = this.#text.slice(this.#at).trim()
    return new Error(rest === '' ? 'the query ends too early' : `cannot read '${rest.slice(0, 20)}'`)
  }
}

const letters: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', s: ' ' }

function unescaped(text: string): string {
  return text.replace(/\\([\s\S])/g, (_, letter: string) => letters[letter] ?? letter)
}
