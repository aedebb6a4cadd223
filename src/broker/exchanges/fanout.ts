import type { Binding, Destination } from '../binding.ts'
import type { ExchangeType, Router } from '../exchange-type.ts'
import type { Message } from '../message.ts'
import { DestinationBag } from './destination-bag.ts'

/** Routes to every binding. */
export const fanoutExchangeType: ExchangeType = {
  name: 'fanout',
  byKeyAlone: true,
  create: () => new FanoutRouter(),
}

class FanoutRouter implements Router {
  readonly #bag = new DestinationBag()

  add(binding: Binding): void {
    this.#bag.add(binding.destination)
  }

  remove(binding: Binding): void {
    this.#bag.remove(binding.destination)
  }

  route(_routingKey: string, _message: Message | undefined, found: (destination: Destination) => void): void {
    this.#bag.each(found)
  }
}
