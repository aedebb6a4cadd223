import type { Table } from '../std/table.ts'
import type { Access, BindingDeclaration, ExchangeDeclaration, Published, QueueDeclaration } from './access.ts'
import type { Address } from './address.ts'
import { Undecided } from './authenticator.ts'
import type { Consumer } from './consumer.ts'
import type { PublishCounters } from './counters.ts'
import type { Delivery } from './delivery.ts'
import type { Message } from './message.ts'
import type { Owner, Queue } from './queue.ts'
import type { User } from './user.ts'

/**
 * An Access whose user is judged by backends that take their time. What answers with a promise waits for them;
 * what does not, throws `Undecided`, and whoever called comes again.
 */
export class WaitingAccess implements Access {
  readonly #access: Access

  constructor(access: Access) {
    this.#access = access
  }

  get user(): User {
    return this.#access.user
  }

  get expiresAt(): number | undefined {
    return this.#access.expiresAt
  }

  get vhost(): string {
    return this.#access.vhost
  }

  get publishing(): PublishCounters {
    return this.#access.publishing
  }

  get owner(): Owner {
    return this.#access.owner
  }

  declareExchange(declaration: ExchangeDeclaration): Promise<void> {
    return decided(() => this.#access.declareExchange(declaration))
  }

  checkExchange(name: string): void {
    this.#access.checkExchange(name)
  }

  deleteExchange(name: string, options: { ifUnused: boolean }): Promise<void> {
    return decided(() => this.#access.deleteExchange(name, options))
  }

  bindExchange(declaration: BindingDeclaration): Promise<void> {
    return decided(() => this.#access.bindExchange(declaration))
  }

  unbindExchange(declaration: BindingDeclaration): Promise<void> {
    return decided(() => this.#access.unbindExchange(declaration))
  }

  declareQueue(declaration: QueueDeclaration): Promise<Queue> {
    return decided(() => this.#access.declareQueue(declaration))
  }

  checkQueue(name: string): Queue {
    return this.#access.checkQueue(name)
  }

  deleteQueue(name: string, options: { ifUnused: boolean; ifEmpty: boolean }): Promise<number> {
    return decided(() => this.#access.deleteQueue(name, options))
  }

  alterQueue(name: string, arguments_: Table): Promise<void> {
    return decided(() => this.#access.alterQueue(name, arguments_))
  }

  pauseQueue(name: string, paused: boolean): Promise<void> {
    return decided(() => this.#access.pauseQueue(name, paused))
  }

  purgeQueue(name: string): Promise<number> {
    return decided(() => this.#access.purgeQueue(name))
  }

  bindQueue(declaration: BindingDeclaration): Promise<void> {
    return decided(() => this.#access.bindQueue(declaration))
  }

  unbindQueue(declaration: BindingDeclaration): Promise<void> {
    return decided(() => this.#access.unbindQueue(declaration))
  }

  address(exchange: string, routingKey: string): Address {
    return this.#access.address(exchange, routingKey)
  }

  isCurrent(address: Address): boolean {
    return this.#access.isCurrent(address)
  }

  publish(message: Message, also?: Queue, channel?: number): Published {
    return this.#access.publish(message, also, channel)
  }

  enqueue(queue: string, message: Message): Published {
    return this.#access.enqueue(queue, message)
  }

  consume(queue: string, consumer: Consumer): Queue {
    return this.#access.consume(queue, consumer)
  }

  get(queue: string, settled?: boolean, channel?: number): Promise<Delivery | undefined> {
    return decided(() => this.#access.get(queue, settled, channel))
  }

  consumeReplies(consumer: Consumer): Queue {
    return this.#access.consumeReplies(consumer)
  }

  mayConsume(queue: string): Promise<boolean> {
    return decided(() => this.#access.mayConsume(queue))
  }

  updateSecret(secret: string): Promise<void> {
    return this.#access.updateSecret(secret)
  }

  openChannel(): void {
    this.#access.openChannel()
  }

  closeChannel(): void {
    this.#access.closeChannel()
  }

  close(): void {
    this.#access.close()
  }
}

/** Repeats an operation until everything it has to know of backends is known. */
async function decided<T>(operation: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await operation()
    } catch (error) {
      if (!(error instanceof Undecided)) throw error
      await error.decision
    }
  }
}
