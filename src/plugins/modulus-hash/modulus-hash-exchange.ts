import type { Binding } from '../../broker/binding.ts'
import type { ExchangeType, Found, Router } from '../../broker/exchange-type.ts'
import type { Message } from '../../broker/message.ts'
import { hash32 } from '../../std/hash32.ts'

/**
 * `x-modulus-hash`: a message goes along the binding whose place in the list is the hash of its
 * routing key modulo the number of bindings.
 */
export const modulusHashExchangeType: ExchangeType = {
  name: 'x-modulus-hash',
  byKeyAlone: true,
  perMessage: true,
  create: () => new ModulusHashRouter(),
}

class ModulusHashRouter implements Router {
  /** In the order they were made, which is that of the definitions: a restart must not move keys. */
  readonly #bindings: Binding[] = []

  add(binding: Binding): void {
    this.#bindings.push(binding)
  }

  remove(binding: Binding): void {
    this.#bindings.splice(this.#bindings.indexOf(binding), 1)
  }

  route(routingKey: string, _message: Message | undefined, found: Found): void {
    const { length } = this.#bindings
    if (length > 0) found(this.#bindings[hash32(routingKey) % length]!.destination)
  }
}
