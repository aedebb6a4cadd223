import type { Destination } from '../binding.ts'
import type { ExchangeType, Router } from '../exchange-type.ts'
import { Fault } from '../fault.ts'
import type { Message } from '../message.ts'

/**
 * The type of the nameless exchange of one virtual host: every queue is reached by its name, with
 * no binding to keep and none allowed. To the outside its type is `direct`, as RabbitMQ says.
 */
export function defaultExchangeType(queueNamed: (name: string) => Destination | undefined): ExchangeType {
  return {
    name: 'direct',
    byKeyAlone: true,
    validateBinding() {
      throw new Fault('access-refused', 'operation not permitted on the default exchange')
    },
    create: () => new DefaultRouter(queueNamed),
  }
}

class DefaultRouter implements Router {
  readonly #queueNamed: (name: string) => Destination | undefined

  constructor(queueNamed: (name: string) => Destination | undefined) {
    this.#queueNamed = queueNamed
  }

  /** Nothing to keep: `validateBinding` lets none come here. */
  add(): void {}

  remove(): void {}

  route(routingKey: string, _message: Message | undefined, found: (destination: Destination) => void): void {
    const queue = this.#queueNamed(routingKey)
    if (queue !== undefined) found(queue)
  }
}
