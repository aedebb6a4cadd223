import type { Binding, Destination } from '../../broker/binding.ts'
import { erlangTerm } from '../../broker/erlang-term.ts'
import { Exchange } from '../../broker/exchange.ts'
import type { ExchangeType, Found, Router } from '../../broker/exchange-type.ts'
import { Fault } from '../../broker/fault.ts'
import type { Message } from '../../broker/message.ts'
import { hash32 } from '../../std/hash32.ts'
import { longString, type Table, tableGet, tableString } from '../../std/table.ts'
import { Shares } from './shares.ts'

const WEIGHT_MAX = 10_000

/** What the hash is of, instead of the routing key: `hash-header` or `hash-property`. */
type Hashed = (message: Message) => string | Buffer | undefined

const properties: Readonly<Record<string, Hashed>> = {
  correlation_id: ({ properties }) => properties.correlationId,
  message_id: ({ properties }) => properties.messageId,
  timestamp: ({ properties }) => properties.timestamp?.toString(),
}

/**
 * `x-consistent-hash`: spreads messages over its bindings by the hash of the routing key, of a header
 * (`hash-header`) or of a property (`hash-property`). A binding's key is its weight.
 */
export const consistentHashExchangeType: ExchangeType = {
  name: 'x-consistent-hash',
  byKeyAlone: false,
  perMessage: true,
  validate(arguments_) {
    const header = argument(arguments_, 'hash-header')
    const property = argument(arguments_, 'hash-property')
    if (header !== undefined && property !== undefined) {
      throw new Fault('precondition-failed', 'hash-header and hash-property are mutually exclusive')
    }
    if (property !== undefined && properties[property] === undefined) {
      throw new Fault('precondition-failed', `Unsupported property: ${property}`)
    }
  },
  validateBinding({ routingKey }) {
    if (!/^[+-]?\d+$/.test(routingKey)) {
      const shown = erlangTerm(longString(routingKey))
      throw new Fault('precondition-failed', `The binding key must be an integer: ${shown}`)
    }
    const weight = Number(routingKey)
    if (weight < 1) throw new Fault('precondition-failed', 'The binding key must be greater than 0')
    if (weight > WEIGHT_MAX) throw new Fault('precondition-failed', `The binding key must not exceed ${WEIGHT_MAX}`)
  },
  create: (arguments_) => new ConsistentHashRouter(hashedBy(arguments_)),
}

function argument(arguments_: Table, name: string): string | undefined {
  const value = tableGet(arguments_, name)
  const text = tableString(value)
  if (value !== undefined && text === undefined) {
    throw new Fault('precondition-failed', `invalid arg '${name}': ${erlangTerm(value)} is no longstr`)
  }
  return text
}

function hashedBy(arguments_: Table): Hashed | undefined {
  const property = argument(arguments_, 'hash-property')
  if (property !== undefined) return properties[property]
  const header = argument(arguments_, 'hash-header')
  return header === undefined ? undefined : (message) => headerOf(message, header)
}

function headerOf({ properties }: Message, name: string): string | Buffer | undefined {
  const value = properties.headers === undefined ? undefined : tableGet(properties.headers, name)
  if (value === undefined || value.tag === 'S') return value?.value
  return erlangTerm(value)
}

/** Of several bindings of one destination the first one counts. */
class ConsistentHashRouter implements Router {
  readonly #hashed: Hashed | undefined
  readonly #shares = new Shares<Destination>()
  readonly #bindings = new Map<Destination, Binding[]>()

  constructor(hashed: Hashed | undefined) {
    this.#hashed = hashed
  }

  add(binding: Binding): void {
    const { destination } = binding
    const known = this.#bindings.get(destination)
    if (known !== undefined) {
      known.push(binding)
      return
    }
    this.#bindings.set(destination, [binding])
    this.#share(binding)
  }

  remove(binding: Binding): void {
    const { destination } = binding
    const [first, ...others] = this.#bindings.get(destination) ?? []
    if (first !== binding) {
      if (first !== undefined) this.#bindings.set(destination, [first, ...others.filter((other) => other !== binding)])
      return
    }
    this.#shares.remove(destination)
    this.#bindings.delete(destination)
    if (others[0] === undefined) return
    this.#bindings.set(destination, others)
    this.#share(others[0])
  }

  /** What is to be hashed and is not there hashes as nothing does: such messages stay together. */
  route(routingKey: string, message: Message | undefined, found: Found): void {
    const content = this.#hashed === undefined ? routingKey : message && this.#hashed(message)
    const destination = this.#shares.of(hash32(content ?? ''))
    if (destination !== undefined) found(destination)
  }

  #share({ destination, routingKey }: Binding): void {
    const kind = destination instanceof Exchange ? 'exchange' : 'queue'
    this.#shares.add(destination, `${kind} ${destination.name}`, Number(routingKey))
  }
}
