import type { Binding, Destination } from '../binding.ts'
import type { ExchangeType, Router } from '../exchange-type.ts'
import type { Message } from '../message.ts'
import { KeyMap } from './key-map.ts'

/** Routes to the bindings whose key is the routing key. */
export const directExchangeType: ExchangeType = {
  name: 'direct',
  byKeyAlone: true,
  create: () => new DirectRouter(),
}

class DirectRouter implements Router {
  readonly #keys = new KeyMap()

  add(binding: Binding): void {
    this.#keys.add(binding.routingKey, binding.destination)
  }

  remove(binding: Binding): void {
    this.#keys.remove(binding.routingKey, binding.destination)
  }

  route(routingKey: string, _message: Message | undefined, found: (destination: Destination) => void): void {
    this.#keys.each(routingKey, found)
  }
}
