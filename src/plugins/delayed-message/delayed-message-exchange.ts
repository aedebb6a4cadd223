import type { Binding } from '../../broker/binding.ts'
import type { ExchangeContext } from '../../broker/exchange-context.ts'
import type { ExchangeType, Found, Router } from '../../broker/exchange-type.ts'
import { Fault } from '../../broker/fault.ts'
import type { Message } from '../../broker/message.ts'
import { type Table, tableGet, tableString } from '../../std/table.ts'
import { delayIn } from './delay.ts'
import { DelayedMessages } from './delayed-messages.ts'

const NAME = 'x-delayed-message'

/**
 * `x-delayed-message`: keeps a message back for the milliseconds its `x-delay` header says, and then routes
 * it as an exchange of the type `x-delayed-type` does. `typeOf` finds that type.
 */
export function delayedMessageExchangeType(typeOf: (name: string) => ExchangeType | undefined): ExchangeType {
  const innerType = (arguments_: Table): ExchangeType => {
    const name = tableString(tableGet(arguments_, 'x-delayed-type'))
    if (name === undefined) {
      throw new Fault('precondition-failed', "Invalid argument, 'x-delayed-type' must be an existing exchange type")
    }
    if (name === NAME) {
      throw new Fault('precondition-failed', `Invalid argument, '${NAME}' can't be used for 'x-delayed-type'`)
    }
    const type = typeOf(name)
    if (type === undefined) throw new Fault('precondition-failed', `unknown exchange type '${name}'`)
    return type
  }
  return {
    name: NAME,
    byKeyAlone: false,
    keepsMessages: true,
    validate: (arguments_, description) => innerType(arguments_).validate?.(arguments_, description),
    validateBinding: (binding, arguments_) => innerType(arguments_).validateBinding?.(binding, arguments_),
    noteOf: () => (wallTime, properties) => wallTime + delayIn(properties, 0),
    create: (arguments_, context) => new DelayedMessageRouter(innerType(arguments_), arguments_, context),
  }
}

class DelayedMessageRouter implements Router {
  readonly #type: ExchangeType
  readonly #inner: Router
  readonly #messages: DelayedMessages
  readonly refused?: (message: Message) => void

  constructor(type: ExchangeType, arguments_: Table, context: ExchangeContext) {
    this.#type = type
    // The number is taken: what the inner type may keep, it keeps in memory.
    this.#inner = type.create(arguments_, { ...context, number: 0, recovered: undefined })
    this.#messages = new DelayedMessages(context)
    if (this.#inner.refused !== undefined) this.refused = (message) => this.#inner.refused?.(message)
  }

  add(binding: Binding): void {
    this.#inner.add(binding)
  }

  remove(binding: Binding): void {
    this.#inner.remove(binding)
  }

  route(routingKey: string, message: Message | undefined, found: Found): void {
    if (message !== undefined) {
      if (delayIn(message.content, message.offset) > 0) return found(this.#messages)
      if (this.#type.perMessage === true && routingKey !== message.address.routingKey) return
    }
    this.#inner.route(routingKey, message, found)
  }

  open(): void {
    void this.#inner.open?.()
    this.#messages.open()
  }

  bound(binding: Binding): void {
    this.#inner.bound?.(binding)
  }

  close(): void {
    this.#inner.close?.()
    this.#messages.close()
  }

  info(): Readonly<Record<string, number>> {
    return { messages_delayed: this.#messages.length, ...this.#inner.info?.() }
  }
}
