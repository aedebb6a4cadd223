import { type Table, type TableValue, tableGet, tableString, tableTypeName } from '../../std/table.ts'
import { tableValuesEqual } from '../../std/table-equality.ts'
import type { Binding, Destination } from '../binding.ts'
import { erlangTerm } from '../erlang-term.ts'
import type { ExchangeType, Router } from '../exchange-type.ts'
import { Fault } from '../fault.ts'
import type { Message } from '../message.ts'

type MatchMode = 'all' | 'any' | 'all-with-x' | 'any-with-x'

/** Routes by the message's headers: a binding's arguments are what they must (all or any) be. */
export const headersExchangeType: ExchangeType = {
  name: 'headers',
  byKeyAlone: false,
  validateBinding(binding) {
    const value = tableGet(binding.arguments, 'x-match')
    if (value === undefined) return
    const shown = erlangTerm(value)
    if (value.tag !== 'S') {
      const text = `Invalid x-match field type ${tableTypeName(value)} (value ${shown}); expected longstr`
      throw new Fault('precondition-failed', text)
    }
    if (matchMode(value) !== undefined) return
    const text = `Invalid x-match field value ${shown}; expected all, any, all-with-x, or any-with-x`
    throw new Fault('precondition-failed', text)
  },
  create: () => new HeadersRouter(),
}

/** One binding, with its arguments taken apart. */
interface Rule {
  readonly destination: Destination
  readonly any: boolean
  /** Headers to compare; a void asks for presence only. */
  readonly conditions: readonly (readonly [name: string, value: TableValue])[]
}

class HeadersRouter implements Router {
  readonly #rules = new Map<Binding, Rule>()

  add(binding: Binding): void {
    this.#rules.set(binding, rule(binding))
  }

  remove(binding: Binding): void {
    this.#rules.delete(binding)
  }

  route(_routingKey: string, message: Message | undefined, found: (destination: Destination) => void): void {
    const headers = byName(message?.properties.headers ?? [])
    for (const rule of this.#rules.values()) if (fits(rule, headers)) found(rule.destination)
  }
}

function rule({ destination, arguments: arguments_ }: Binding): Rule {
  const mode = matchMode(tableGet(arguments_, 'x-match')) ?? 'all'
  const withX = mode === 'all-with-x' || mode === 'any-with-x'
  const conditions = arguments_.filter(([name]) => name !== 'x-match' && (withX || !name.startsWith('x-')))
  return { destination, any: mode === 'any' || mode === 'any-with-x', conditions }
}

function matchMode(value: TableValue | undefined): MatchMode | undefined {
  const text = tableString(value)
  switch (text) {
    case 'all':
    case 'any':
    case 'all-with-x':
    case 'any-with-x':
      return text
    default:
      return undefined
  }
}

/** Of a header that comes twice the last one counts. */
function byName(headers: Table): Map<string, TableValue> {
  return new Map(headers)
}

/** No conditions: `all` of them hold, `any` of them does not. */
function fits(rule: Rule, headers: Map<string, TableValue>): boolean {
  for (const [name, wanted] of rule.conditions) {
    const value = headers.get(name)
    const equal = value !== undefined && (wanted.tag === 'V' || tableValuesEqual(wanted, value))
    if (equal === rule.any) return rule.any
  }
  return !rule.any
}
