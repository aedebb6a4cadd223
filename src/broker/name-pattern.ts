import {
  type Assertion,
  type CharacterSet,
  inSet,
  isWordCharacter,
  type PatternNode,
  parsePattern,
} from './name-pattern-syntax.ts'

/** Whether a name is meant: a regular expression an operator wrote, searched anywhere in the name. */
export interface NamePattern {
  readonly source: string
  matches(name: string): boolean
}

/**
 * Compiles a pattern; throws a SyntaxError for one that is none, or one that cannot be searched
 * without the danger of backtracking for ever (back references, lookbehind, possessive and atomic
 * groups). The empty pattern matches nothing.
 *
 * The engine is our own because the one of JavaScript takes exponential time for patterns like
 * `(a+)+$`, and whoever may write permissions must not be able to stop the broker.
 */
export function namePattern(source: string): NamePattern {
  if (source === '') return { source, matches: () => false }
  if (source === '.*') return { source, matches: () => true }
  if (source.length > sourceMax) throw new SyntaxError(`a pattern of ${source.length} characters is too long`)
  const writer = new ProgramWriter()
  writer.write(parsePattern(source))
  const program: readonly Instruction[] = [...writer.program, { kind: 'match' }]
  return { source, matches: (name) => new PatternSearch(program, name).run() }
}

const sourceMax = 4096
/** Parts of a pattern, with repetitions written out. */
const programMax = 4000

type Instruction =
  | { readonly kind: 'character'; readonly set: CharacterSet }
  | { readonly kind: 'assertion'; readonly at: Assertion }
  | { readonly kind: 'jump'; to: number }
  | { readonly kind: 'split'; other: number }
  /** The lookahead itself is right behind; it ends with a match of its own. */
  | { readonly kind: 'lookahead'; readonly negated: boolean; to: number }
  | { readonly kind: 'match' }

/** Turns a pattern into instructions; repetitions with numbers are written out. */
class ProgramWriter {
  readonly program: Instruction[] = []
  #written = 0

  write(node: PatternNode): void {
    // Counts parts, not instructions: an empty group repeated a thousand times a thousand times makes none.
    if (++this.#written > programMax || this.program.length > programMax) {
      throw new SyntaxError('the pattern is too large')
    }
    switch (node.kind) {
      case 'characters':
        this.program.push({ kind: 'character', set: node.set })
        return
      case 'assertion':
        this.program.push({ kind: 'assertion', at: node.at })
        return
      case 'sequence':
        for (const part of node.parts) this.write(part)
        return
      case 'choice':
        return this.#choice(node.options)
      case 'repeat':
        return this.#repeat(node)
      case 'lookahead':
        return this.#lookahead(node)
      default:
        node satisfies never
    }
  }

  #choice(options: readonly PatternNode[]): void {
    const ends: { kind: 'jump'; to: number }[] = []
    for (const option of options.slice(0, -1)) {
      const split = this.#split()
      this.write(option)
      const end = { kind: 'jump' as const, to: 0 }
      this.program.push(end)
      ends.push(end)
      split.other = this.program.length
    }
    this.write(options.at(-1)!)
    for (const end of ends) end.to = this.program.length
  }

  #repeat({ part, least, most }: PatternNode & { kind: 'repeat' }): void {
    for (let count = 0; count < least; count++) this.write(part)
    const splits: { kind: 'split'; other: number }[] = []
    if (most === Number.POSITIVE_INFINITY) {
      const to = this.program.length
      splits.push(this.#split())
      this.write(part)
      this.program.push({ kind: 'jump', to })
    } else {
      for (let count = least; count < most; count++) {
        splits.push(this.#split())
        this.write(part)
      }
    }
    for (const split of splits) split.other = this.program.length
  }

  #lookahead({ part, negated }: PatternNode & { kind: 'lookahead' }): void {
    const lookahead = { kind: 'lookahead' as const, negated, to: 0 }
    this.program.push(lookahead)
    this.write(part)
    this.program.push({ kind: 'match' })
    lookahead.to = this.program.length
  }

  #split(): { kind: 'split'; other: number } {
    const split = { kind: 'split' as const, other: 0 }
    this.program.push(split)
    return split
  }
}

/**
 * One search. Each instruction is tried at most once at each place of the name, because a second
 * try could only fail as the first one did; so the time is bounded by the product of both sizes
 * (and once more by the name's length where a lookahead succeeds).
 */
class PatternSearch {
  readonly #program: readonly Instruction[]
  readonly #name: readonly number[]
  readonly #tried: Uint8Array
  readonly #looked = new Map<number, boolean>()

  constructor(program: readonly Instruction[], name: string) {
    this.#program = program
    this.#name = Array.from(name, (character) => character.codePointAt(0)!)
    this.#tried = new Uint8Array(program.length * (this.#name.length + 1))
  }

  run(): boolean {
    for (let place = 0; place <= this.#name.length; place++) if (this.#from(0, place)) return true
    return false
  }

  #from(instruction: number, place: number): boolean {
    const waiting = [instruction, place]
    while (waiting.length > 0) {
      let at = waiting.pop()!
      let step = waiting.pop()!
      for (;;) {
        if (this.#isTried(step, at)) break
        const current = this.#program[step]!
        if (current.kind === 'match') return true
        if (current.kind === 'split') {
          waiting.push(current.other, at)
          step++
        } else if (current.kind === 'jump') {
          step = current.to
        } else if (current.kind === 'character') {
          const code = this.#name[at]
          if (code === undefined || !inSet(current.set, code)) break
          step++
          at++
        } else if (current.kind === 'assertion') {
          if (!this.#holds(current.at, at)) break
          step++
        } else {
          if (this.#look(step, current.to, at) === current.negated) break
          step = current.to
        }
      }
    }
    return false
  }

  #isTried(step: number, at: number): boolean {
    const index = step * (this.#name.length + 1) + at
    if (this.#tried[index] === 1) return true
    this.#tried[index] = 1
    return false
  }

  #look(step: number, end: number, at: number): boolean {
    const width = this.#name.length + 1
    const known = this.#looked.get(step * width + at)
    if (known !== undefined) return known
    const found = this.#from(step + 1, at)
    // After a success the marks no longer mean failure.
    if (found) this.#tried.fill(0, (step + 1) * width, end * width)
    this.#looked.set(step * width + at, found)
    return found
  }

  #holds(assertion: Assertion, at: number): boolean {
    const end = this.#name.length
    switch (assertion) {
      case 'start':
        return at === 0
      case 'end':
        return at === end
      case 'line end':
        return at === end || (at === end - 1 && this.#name[at] === 0x0a)
      case 'word edge':
        return isWordCharacter(this.#name[at - 1]) !== isWordCharacter(this.#name[at])
      case 'no word edge':
        return isWordCharacter(this.#name[at - 1]) === isWordCharacter(this.#name[at])
    }
  }
}
