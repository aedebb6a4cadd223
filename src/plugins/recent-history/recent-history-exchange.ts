import type { Binding } from '../../broker/binding.ts'
import { erlangTerm } from '../../broker/erlang-term.ts'
import type { ExchangeContext } from '../../broker/exchange-context.ts'
import type { ExchangeType, Found, Router } from '../../broker/exchange-type.ts'
import { DestinationBag } from '../../broker/exchanges/destination-bag.ts'
import { Fault } from '../../broker/fault.ts'
import type { Message } from '../../broker/message.ts'
import { headerOf } from '../../broker/properties.ts'
import { type Table, tableBoolean, tableGet, tableInteger } from '../../std/table.ts'
import { History } from './history.ts'

const LENGTH = 'x-recent-history-length'
const LENGTH_DEFAULT = 20
const noStore = Buffer.from('x-recent-history-no-store')

/** `x-recent-history`: routes as a fanout exchange does, and gives whoever binds the last messages first. */
export const recentHistoryExchangeType: ExchangeType = {
  name: 'x-recent-history',
  byKeyAlone: false,
  perMessage: true,
  keepsMessages: true,
  validate(arguments_) {
    lengthOf(arguments_)
  },
  create: (arguments_, context) => new RecentHistoryRouter(lengthOf(arguments_), context),
}

function lengthOf(arguments_: Table): number {
  const value = tableGet(arguments_, LENGTH)
  if (value === undefined) return LENGTH_DEFAULT
  const length = tableInteger(value)
  if (length === undefined || length < 1) {
    const text = `Invalid argument ${erlangTerm(value)}, '${LENGTH}' must be a positive integer`
    throw new Fault('precondition-failed', text)
  }
  return Number(length)
}

class RecentHistoryRouter implements Router {
  readonly #context: ExchangeContext
  readonly #history: History
  readonly #bag = new DestinationBag()

  constructor(length: number, context: ExchangeContext) {
    this.#context = context
    this.#history = new History(length, context)
  }

  add(binding: Binding): void {
    this.#bag.add(binding.destination)
  }

  remove(binding: Binding): void {
    this.#bag.remove(binding.destination)
  }

  route(_routingKey: string, message: Message | undefined, found: Found): void {
    if (message !== undefined && isStored(message)) found(this.#history)
    this.#bag.each(found)
  }

  open(): Promise<void> {
    return this.#history.open()
  }

  bound({ destination }: Binding): void {
    for (const message of this.#history) this.#context.deliver(message, destination)
  }

  close(): void {
    this.#history.close()
  }
}

function isStored({ content, offset }: Message): boolean {
  return tableBoolean(headerOf(content, offset, noStore)) !== true
}
