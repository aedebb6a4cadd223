/** A part of a pattern. Greedy and lazy make no difference, because nobody asks what was matched. */
export type PatternNode =
  | { readonly kind: 'characters'; readonly set: CharacterSet }
  | { readonly kind: 'assertion'; readonly at: Assertion }
  | { readonly kind: 'sequence'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'choice'; readonly options: readonly PatternNode[] }
  | { readonly kind: 'repeat'; readonly part: PatternNode; readonly least: number; readonly most: number }
  | { readonly kind: 'lookahead'; readonly part: PatternNode; readonly negated: boolean }

/** A place, rather than a character. `line end` is the end, or before the newline that ends all. */
export type Assertion = 'start' | 'end' | 'line end' | 'word edge' | 'no word edge'

/** Code points from `from` to `to`, pairwise; or all others. */
export interface CharacterSet {
  readonly ranges: readonly (readonly [from: number, to: number])[]
  readonly negated: boolean
  readonly ignoreCase: boolean
}

type Ranges = CharacterSet['ranges']

const depthMax = 50
const repeatMax = 1000

const highest = 0x10ffff
const digits: Ranges = [[0x30, 0x39]]
const wordCharacters: Ranges = [...digits, [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]]
const spaces: Ranges = [
  [0x09, 0x0d],
  [0x20, 0x20],
]

const sets = new Map<string, Ranges>([
  ['d', digits],
  ['w', wordCharacters],
  ['s', spaces],
])

const posixSets = new Map<string, Ranges>([
  [
    'alpha',
    [
      [0x41, 0x5a],
      [0x61, 0x7a],
    ],
  ],
  ['digit', digits],
  ['alnum', [...digits, [0x41, 0x5a], [0x61, 0x7a]]],
  ['upper', [[0x41, 0x5a]]],
  ['lower', [[0x61, 0x7a]]],
  ['space', spaces],
  ['word', wordCharacters],
  ['xdigit', [...digits, [0x41, 0x46], [0x61, 0x66]]],
  [
    'punct',
    [
      [0x21, 0x2f],
      [0x3a, 0x40],
      [0x5b, 0x60],
      [0x7b, 0x7e],
    ],
  ],
])

const controls = new Map([
  ['t', 0x09],
  ['n', 0x0a],
  ['v', 0x0b],
  ['f', 0x0c],
  ['r', 0x0d],
  ['e', 0x1b],
  ['a', 0x07],
  ['0', 0],
])

const assertions = new Map<string, Assertion>([
  ['A', 'start'],
  ['z', 'end'],
  ['Z', 'line end'],
  ['b', 'word edge'],
  ['B', 'no word edge'],
])

/** Takes a pattern apart; throws a SyntaxError for what is wrong, or what cannot be searched in linear time. */
export function parsePattern(source: string): PatternNode {
  return new PatternParser(source).parse()
}

class PatternParser {
  readonly #characters: readonly string[]
  #at = 0
  #depth = 0
  #ignoreCase = false

  constructor(source: string) {
    this.#characters = Array.from(source)
  }

  parse(): PatternNode {
    const node = this.#choice()
    if (this.#at < this.#characters.length) throw this.#error('unmatched )')
    return node
  }

  #choice(): PatternNode {
    if (++this.#depth > depthMax) throw this.#error('groups nested too deep')
    // `(?i)` counts to the end of its group.
    const ignoreCase = this.#ignoreCase
    const options = [this.#sequence()]
    while (this.#take('|')) options.push(this.#sequence())
    this.#ignoreCase = ignoreCase
    this.#depth--
    return options.length === 1 ? options[0]! : { kind: 'choice', options }
  }

  #sequence(): PatternNode {
    const parts: PatternNode[] = []
    for (let next = this.#peek(); next !== undefined && next !== '|' && next !== ')'; next = this.#peek()) {
      const part = this.#atom()
      if (part !== undefined) parts.push(this.#repeated(part))
    }
    return { kind: 'sequence', parts }
  }

  #repeated(part: PatternNode): PatternNode {
    const bounds = this.#bounds()
    if (bounds === undefined) return part
    if (this.#take('+')) throw this.#error('possessive repetition is not supported')
    this.#take('?')
    if (this.#bounds() !== undefined) throw this.#error('nothing to repeat')
    return { kind: 'repeat', part, ...bounds }
  }

  #bounds(): { least: number; most: number } | undefined {
    if (this.#take('*')) return { least: 0, most: Number.POSITIVE_INFINITY }
    if (this.#take('+')) return { least: 1, most: Number.POSITIVE_INFINITY }
    if (this.#take('?')) return { least: 0, most: 1 }
    if (this.#peek() !== '{') return undefined
    const found = /^\{(\d{1,9})(,(\d{0,9}))?\}/.exec(this.#characters.slice(this.#at, this.#at + 24).join(''))
    if (found === null) return undefined
    this.#at += found[0].length
    const least = Number(found[1])
    const most = found[2] === undefined ? least : found[3] === '' ? Number.POSITIVE_INFINITY : Number(found[3])
    if (most < least) throw this.#error('numbers out of order in {}')
    if (least > repeatMax || (most > repeatMax && most !== Number.POSITIVE_INFINITY)) throw this.#error('{} too large')
    return { least, most }
  }

  #atom(): PatternNode | undefined {
    const character = this.#next()
    switch (character) {
      case '(':
        return this.#group()
      case '[':
        return this.#class()
      case '.':
        return this.#characterSet([[0x0a, 0x0a]], true)
      case '^':
        return { kind: 'assertion', at: 'start' }
      case '$':
        return { kind: 'assertion', at: 'line end' }
      case '\\':
        return this.#escape()
      case '*':
      case '+':
      case '?':
        throw this.#error('nothing to repeat')
      default:
        return this.#literal(character)
    }
  }

  #group(): PatternNode | undefined {
    if (!this.#take('?')) return this.#closed(this.#choice())
    if (this.#take('=')) return { kind: 'lookahead', negated: false, part: this.#closed(this.#choice()) }
    if (this.#take('!')) return { kind: 'lookahead', negated: true, part: this.#closed(this.#choice()) }
    const head = this.#characters.slice(this.#at).join('')
    const named = /^P?<[A-Za-z_]\w*>/.exec(head)
    if (named !== null) {
      this.#at += named[0].length
      return this.#closed(this.#choice())
    }
    const flags = /^(-?)(i?)([:)])/.exec(head)
    if (flags === null) throw this.#error('this kind of group is not supported')
    this.#at += flags[0].length
    const before = this.#ignoreCase
    if (flags[2] === 'i') this.#ignoreCase = flags[1] === ''
    if (flags[3] === ')') return undefined
    const inner = this.#choice()
    this.#ignoreCase = before
    return this.#closed(inner)
  }

  #closed(node: PatternNode): PatternNode {
    if (!this.#take(')')) throw this.#error('missing )')
    return node
  }

  #escape(): PatternNode {
    const character = this.#next()
    const assertion = assertions.get(character)
    if (assertion !== undefined) return { kind: 'assertion', at: assertion }
    if (character === 'Q') return this.#quoted()
    const set = sets.get(character.toLowerCase())
    if (set !== undefined) return this.#characterSet(set, character !== character.toLowerCase())
    const code = this.#escapedCode(character)
    return this.#characterSet([[code, code]], false)
  }

  /** `\Q…\E`: all literal. */
  #quoted(): PatternNode {
    const parts: PatternNode[] = []
    while (this.#at < this.#characters.length) {
      const character = this.#next()
      if (character === '\\' && this.#take('E')) break
      parts.push(this.#literal(character))
    }
    return { kind: 'sequence', parts }
  }

  #escapedCode(character: string): number {
    const control = controls.get(character)
    if (control !== undefined) return control
    if (character === 'x') {
      const found = /^(?:\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{1,2}))/.exec(
        this.#characters.slice(this.#at, this.#at + 8).join(''),
      )
      const code = found === null ? Number.NaN : Number.parseInt(found[1] ?? found[2]!, 16)
      if (!(code <= highest)) throw this.#error('bad \\x')
      this.#at += found![0].length
      return code
    }
    if (/[A-Za-z0-9]/.test(character)) throw this.#error(`\\${character} is not supported`)
    return character.codePointAt(0)!
  }

  #class(): PatternNode {
    const negated = this.#take('^')
    const ranges: [number, number][] = []
    for (let first = true; first || this.#peek() !== ']'; first = false) {
      const known = this.#knownSet()
      if (known !== undefined) {
        for (const [from, to] of known) ranges.push([from, to])
        continue
      }
      const from = this.#classCode()
      const isRange = this.#peek() === '-' && this.#characters[this.#at + 1] !== ']'
      if (isRange) this.#at++
      const to = isRange ? this.#classCode() : from
      if (to < from) throw this.#error('range out of order in []')
      ranges.push([from, to])
    }
    this.#at++
    return this.#characterSet(ranges, negated)
  }

  /** `\d` or `[:digit:]` within `[]`. */
  #knownSet(): Ranges | undefined {
    const head = this.#characters.slice(this.#at, this.#at + 12).join('')
    const found = /^\[:(\^?)([a-z]+):\]/.exec(head) ?? /^\\(?:([DWS])|[dws])/.exec(head)
    if (found === null) return undefined
    this.#at += found[0].length
    const set = found[2] === undefined ? sets.get(found[0][1]!.toLowerCase()) : posixSets.get(found[2])
    if (set === undefined) throw this.#error(`unknown ${found[0]}`)
    const inverted = Boolean(found[1])
    return inverted ? complement(set) : set
  }

  #classCode(): number {
    if (this.#at >= this.#characters.length) throw this.#error('missing ]')
    const character = this.#next()
    if (character !== '\\') return character.codePointAt(0)!
    const escaped = this.#next()
    return escaped === 'b' ? 0x08 : this.#escapedCode(escaped)
  }

  #literal(character: string): PatternNode {
    const code = character.codePointAt(0)!
    return this.#characterSet([[code, code]], false)
  }

  #characterSet(ranges: Ranges, negated: boolean): PatternNode {
    return { kind: 'characters', set: { ranges, negated, ignoreCase: this.#ignoreCase } }
  }

  #peek(): string | undefined {
    return this.#characters[this.#at]
  }

  #next(): string {
    const character = this.#characters[this.#at++]
    if (character === undefined) throw this.#error('ends too early')
    return character
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false
    this.#at++
    return true
  }

  #error(what: string): SyntaxError {
    return new SyntaxError(`${what} at offset ${this.#at} of '${this.#characters.join('')}'`)
  }
}

function complement(ranges: Ranges): Ranges {
  const result: [number, number][] = []
  let from = 0
  for (const [start, end] of ranges) {
    if (start > from) result.push([from, start - 1])
    from = end + 1
  }
  result.push([from, highest])
  return result
}

/** Whether the code point belongs to the set. */
export function inSet({ ranges, negated, ignoreCase }: CharacterSet, code: number): boolean {
  return isInside(ranges, code) !== negated || (ignoreCase && isInside(ranges, swappedCase(code)) !== negated)
}

function isInside(ranges: Ranges, code: number): boolean {
  for (const [from, to] of ranges) if (code >= from && code <= to) return true
  return false
}

/** ASCII only, as RabbitMQ compiles patterns without Unicode. */
function swappedCase(code: number): number {
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x7a ? code ^ 0x20 : code
}

/** Whether `\w` matches it. */
export function isWordCharacter(code: number | undefined): boolean {
  return code !== undefined && isInside(wordCharacters, code)
}
