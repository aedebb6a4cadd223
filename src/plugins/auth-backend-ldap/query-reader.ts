import type { LdapCase, LdapQuery, LdapText } from './query.ts'
import { readTerm, type Term } from './term.ts'

/** A query in Erlang's notation: `{in_group, "ou=${vhost}-users,dc=example,dc=com"}`. Throws an Error that says what is wrong. */
export function readLdapQuery(text: string): LdapQuery {
  return queryOf(readTerm(text))
}

/** Queries by tag: `[{administrator, {constant, false}}]`. */
export function readTagQueries(text: string): ReadonlyMap<string, LdapQuery> {
  const term = readTerm(text)
  if (term.kind !== 'list') throw new Error('expected a list of {tag, Query}')
  return new Map(
    term.items.map((item) => {
      if (item.kind !== 'tuple' || item.items.length !== 2) throw new Error('expected {tag, Query}')
      return [nameOf(item.items[0]!), queryOf(item.items[1]!)] as const
    }),
  )
}

function queryOf(term: Term): LdapQuery {
  if (term.kind !== 'tuple' || term.items[0]?.kind !== 'atom')
    throw new Error('expected a query such as {constant, true}')
  const [head, ...rest] = term.items
  const word = (head as { text: string }).text
  const count = (...allowed: number[]): void => {
    if (!allowed.includes(rest.length)) throw new Error(`{${word}, …} has another number of parts`)
  }
  switch (word) {
    case 'constant':
      count(1)
      return { kind: 'constant', value: booleanOf(rest[0]!) }
    case 'exists':
      count(1)
      return { kind: 'exists', dn: textOf(rest[0]!) }
    case 'in_group':
      count(1, 2)
      return { kind: 'in_group', dn: textOf(rest[0]!), attribute: attributeOf(rest[1]) }
    case 'in_group_nested':
      count(1, 2, 3)
      return { kind: 'in_group_nested', dn: textOf(rest[0]!), attribute: attributeOf(rest[1]), scope: scopeOf(rest[2]) }
    case 'for':
      count(1)
      return { kind: 'for', cases: listOf(rest[0]!).map(caseOf) }
    case 'not':
      count(1)
      return { kind: 'not', query: queryOf(rest[0]!) }
    case 'and':
    case 'or':
      count(1)
      return { kind: word, queries: listOf(rest[0]!).map(queryOf) }
    case 'equals':
    case 'match':
      count(2)
      return { kind: word, left: comparedOf(rest[0]!), right: comparedOf(rest[1]!) }
    default:
      throw new Error(`there is no query '${word}'`)
  }
}

function caseOf(term: Term): LdapCase {
  if (term.kind !== 'tuple' || term.items.length !== 3) throw new Error('expected {variable, value, Query}')
  const [variable, value, query] = term.items as [Term, Term, Term]
  return { variable: nameOf(variable), value: nameOf(value), query: queryOf(query) }
}

function comparedOf(term: Term): LdapText {
  if (term.kind === 'string') return { kind: 'string', pattern: term.text }
  const [head, ...rest] = term.kind === 'tuple' ? term.items : []
  const word = head?.kind === 'atom' ? head.text : ''
  if (word === 'string' && rest.length === 1) return { kind: 'string', pattern: textOf(rest[0]!) }
  if (word === 'attribute' && rest.length === 2) {
    return { kind: 'attribute', dn: textOf(rest[0]!), attribute: textOf(rest[1]!) }
  }
  throw new Error('expected a text, {string, Text} or {attribute, DN, Attribute}')
}

function listOf(term: Term): readonly Term[] {
  if (term.kind !== 'list') throw new Error('expected a list')
  return term.items
}

function textOf(term: Term): string {
  if (term.kind !== 'string') throw new Error('expected a text in quotes')
  return term.text
}

/** A word or a text: RabbitMQ takes both for names of virtual hosts and the like. */
function nameOf(term: Term): string {
  if (term.kind !== 'atom' && term.kind !== 'string') throw new Error('expected a word')
  return term.text
}

function booleanOf(term: Term): boolean {
  if (term.kind === 'atom' && (term.text === 'true' || term.text === 'false')) return term.text === 'true'
  throw new Error('expected true or false')
}

function attributeOf(term: Term | undefined): string {
  return term === undefined ? 'member' : textOf(term)
}

function scopeOf(term: Term | undefined): 'sub' | 'one' {
  if (term === undefined) return 'sub'
  const word = nameOf(term)
  if (word === 'subtree' || word === 'wholeSubtree') return 'sub'
  if (word === 'singlelevel' || word === 'singleLevel' || word === 'onelevel') return 'one'
  throw new Error(`'${word}' is no scope: subtree or singlelevel`)
}
