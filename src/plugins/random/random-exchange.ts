import type { Binding } from '../../broker/binding.ts'
import { Exchange } from '../../broker/exchange.ts'
import type { ExchangeType, Found, Router } from '../../broker/exchange-type.ts'
import { Fault } from '../../broker/fault.ts'
import type { Message } from '../../broker/message.ts'
import type { PseudoRandom } from '../../std/pseudo-random.ts'

/** `x-random`: each message goes along one binding, whichever chance picks. A queue bound twice is picked twice as often. */
export function randomExchangeType(chance: PseudoRandom): ExchangeType {
  return { name: 'x-random', byKeyAlone: false, perMessage: true, create: () => new RandomRouter(chance) }
}

/**
 * `x-local-random`: the same for classic queues on this node only, so that no message takes a step
 * through the network.
 */
export function localRandomExchangeType(chance: PseudoRandom): ExchangeType {
  return {
    name: 'x-local-random',
    byKeyAlone: false,
    perMessage: true,
    validateBinding({ destination, routingKey }) {
      if (routingKey !== '') {
        throw new Fault('precondition-failed', `Non empty binding '${routingKey}' key not permitted`)
      }
      if (destination instanceof Exchange) throw new Fault('precondition-failed', 'Destination not found')
      if (destination.type !== 'classic') {
        const type = `rabbit_${destination.type}_queue`
        throw new Fault('precondition-failed', `Queue type ${type} not valid for this exchange type`)
      }
    },
    create: () => new RandomRouter(chance),
  }
}

class RandomRouter implements Router {
  readonly #chance: PseudoRandom
  readonly #bindings: Binding[] = []

  constructor(chance: PseudoRandom) {
    this.#chance = chance
  }

  add(binding: Binding): void {
    this.#bindings.push(binding)
  }

  remove(binding: Binding): void {
    const last = this.#bindings.pop()
    if (last === undefined || last === binding) return
    this.#bindings[this.#bindings.indexOf(binding)] = last
  }

  route(_routingKey: string, _message: Message | undefined, found: Found): void {
    const { length } = this.#bindings
    if (length > 0) found(this.#bindings[this.#chance.below(length)]!.destination)
  }
}
