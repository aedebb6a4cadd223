import type { Published } from '../../broker/access.ts'
import { Fault } from '../../broker/fault.ts'
import type { Message } from '../../broker/message.ts'
import { replyCodes } from '../../wire/amqp091/codes.ts'
import { Confirms } from './confirms.ts'
import type { Deliveries } from './deliveries.ts'
import type { ConnectionPort, PublishPort, SidePort } from './ports.ts'
import { Publisher } from './publisher.ts'
import { Transaction } from './transaction.ts'

/** What a channel sends: its publishes, and the two modes they may be answered in, confirms or a transaction. */
export class PublisherSide implements PublishPort {
  readonly #channel: SidePort
  readonly #connection: ConnectionPort
  readonly #publisher: Publisher
  /** In confirm mode. */
  confirms: Confirms | undefined
  /** In transactional mode. */
  transaction: Transaction | undefined
  /** Messages that came, unroutable ones that went back, and those that did not. */
  published = 0
  returned = 0
  dropped = 0

  constructor(channel: SidePort) {
    this.#channel = channel
    this.#connection = channel.connection
    this.#publisher = new Publisher(channel.connection.head, channel.access, this)
    channel.connection.flow.publishes = true
  }

  get replyQueue(): string | undefined {
    return this.#channel.replyQueue
  }

  /** A publish has begun, so only its content may follow. */
  get expectsContent(): boolean {
    return this.#publisher.expectsContent
  }

  onPublish(buffer: Buffer, start: number, end: number): void {
    this.#publisher.onPublish(buffer, start, end)
  }

  onContent(type: number, buffer: Buffer, start: number, end: number): void {
    this.#publisher.onContent(type, buffer, start, end)
    // Also bodies that never end take memory.
    if (this.#connection.head.alarmed) this.#connection.flow.onPublished()
  }

  onMessage(message: Message, mandatory: boolean): void {
    this.published++
    if (this.transaction === undefined) {
      const answer = this.#publish(message, mandatory)
      const confirms = this.confirms
      if (confirms !== undefined) {
        confirms.add(answer, this.#connection.head.broker.mark)
        if (!confirms.scheduled) this.#connection.output.scheduleConfirms(confirms)
      }
    } else this.transaction.add(message, mandatory)
  }

  onConfirmSelect(noWait: boolean): void {
    if (this.transaction !== undefined) throw cannotSwitch('tx', 'confirm')
    this.confirms ??= new Confirms(this.#channel.number, this.#channel.access.publishing)
    if (!noWait) this.#channel.reply({ name: 'confirm.select-ok' })
  }

  onTxSelect(deliveries: Deliveries): void {
    if (this.confirms !== undefined) throw cannotSwitch('confirm', 'tx')
    this.transaction ??= new Transaction()
    deliveries.settlements ??= []
    this.#channel.reply({ name: 'tx.select-ok' })
  }

  onTxCommit(deliveries: Deliveries): void {
    this.#openTransaction().commit((message, mandatory) => this.#publish(message, mandatory))
    deliveries.commit()
    this.#channel.carryOut(this.#connection.head.broker.flush(), () => this.#channel.reply({ name: 'tx.commit-ok' }))
  }

  onTxRollback(deliveries: Deliveries): void {
    this.#openTransaction().rollBack()
    deliveries.rollBack()
    this.#channel.reply({ name: 'tx.rollback-ok' })
  }

  /** Confirms what is due, and forgets the rest. */
  close(): void {
    if (this.confirms === undefined) return
    this.confirms.flush(this.#connection.output.frames, this.#connection.head.broker.durable)
    this.confirms.closed = true
  }

  #publish(message: Message, mandatory: boolean): Published {
    const answer = this.#channel.access.publish(message, undefined, this.#channel.number)
    if (answer === 'unroutable') this.#onUnroutable(message, mandatory)
    return answer
  }

  #onUnroutable(message: Message, mandatory: boolean): void {
    const { counters } = message.address
    if (!mandatory) {
      this.dropped++
      this.#channel.access.publishing.dropUnroutable++
      if (counters !== undefined) counters.dropUnroutable++
      return
    }
    this.returned++
    this.#channel.access.publishing.returnUnroutable++
    if (counters !== undefined) counters.returnUnroutable++
    const { exchange, routingKey } = message.address
    this.#channel.reply({
      name: 'basic.return',
      replyCode: replyCodes.NO_ROUTE,
      replyText: 'NO_ROUTE',
      exchange,
      routingKey,
    })
    this.#channel.writeContent(message)
  }

  #openTransaction(): Transaction {
    if (this.transaction === undefined) throw new Fault('precondition-failed', 'channel is not transactional')
    return this.transaction
  }
}

function cannotSwitch(from: string, to: string): Fault {
  return new Fault('precondition-failed', `cannot switch from ${from} to ${to} mode`)
}
