import type { Access } from '../../broker/access.ts'
import { headerOf, type StompFrame, type StompVersion } from '../../wire/stomp/frame.ts'
import { DeclaredQueues } from './declared-queues.ts'
import type { Head } from './head.ts'
import type { HeartBeats } from './heart-beats.ts'
import type { Login } from './login.ts'
import type { Output } from './output.ts'
import { Refusal } from './refusal.ts'
import { Sender } from './sender.ts'
import { Subscriptions, type SubscriptionsPort } from './subscriptions.ts'
import { Transactions } from './transactions.ts'

/** What a client needs of its connection. */
export interface ClientPort {
  readonly head: Head
  readonly output: Output
  /** Gives a frame the receipt it asks for, once what is before `mark` is on disk. */
  acknowledge(frame: StompFrame, mark: number): void
  onBug(error: unknown): void
}

/** The receipt comes with the end of the transaction. */
export const LATER = -1

/** What CONNECT has settled. */
export interface ClientTerms {
  readonly version: StompVersion
  readonly session: string
  readonly heartBeats: HeartBeats
}

/** A client that has been let in: what it sends, what it gets, what it holds back. */
export class Client implements SubscriptionsPort {
  readonly head: Head
  readonly access: Access
  readonly output: Output
  readonly version: StompVersion
  readonly session: string
  readonly heartBeats: HeartBeats
  readonly mechanism: string
  readonly connectedAt: number
  readonly declared: DeclaredQueues
  readonly subscriptions: Subscriptions
  readonly sender: Sender
  readonly #transactions = new Transactions()
  readonly #port: ClientPort

  constructor(port: ClientPort, { access, mechanism }: Login, terms: ClientTerms) {
    const { head, output } = port
    this.#port = port
    this.head = head
    this.output = output
    this.access = access
    this.mechanism = mechanism
    this.version = terms.version
    this.session = terms.session
    this.heartBeats = terms.heartBeats
    this.connectedAt = head.broker.clock.now()
    this.declared = new DeclaredQueues(access)
    this.subscriptions = new Subscriptions(this)
    this.sender = new Sender(this)
  }

  onBug(error: unknown): void {
    this.#port.onBug(error)
  }

  /**
   * Carries a frame out; answers the mark that has to be on disk before its receipt, 0 for none, or `LATER`. Nothing
   * else may be carried out before a promise has resolved.
   */
  carryOut(frame: StompFrame): number | Promise<number> {
    switch (frame.command) {
      case 'SEND':
        return this.#send(frame)
      case 'ACK':
      case 'NACK':
        return this.#settle(frame)
      case 'SUBSCRIBE':
        return this.subscriptions.subscribe(frame).then(() => 0)
      case 'UNSUBSCRIBE':
        return this.subscriptions.unsubscribe(frame).then(() => 0)
      case 'BEGIN':
        this.#transactions.begin(frame)
        return 0
      case 'COMMIT':
        return this.#transactions.commit(frame)
      case 'ABORT':
        this.#transactions.abort(frame)
        return 0
      default:
        throw new Refusal('Bad command', `Could not interpret command "${frame.command}"\n`)
    }
  }

  /** Lets go of everything. */
  leave(): void {
    this.subscriptions.close()
    this.access.closeChannel()
    this.access.close()
  }

  #send(frame: StompFrame): number | Promise<number> {
    const transaction = headerOf(frame, 'transaction')
    if (transaction !== undefined) this.#transactions.check(transaction)
    const message = this.sender.message(frame)
    if (message instanceof Promise) return message.then(() => this.#send(frame))
    if (transaction === undefined) return this.sender.publish(message)
    this.#transactions.add(transaction, () => {
      const mark = this.sender.publish(message)
      this.#port.acknowledge(frame, mark)
      return mark
    })
    return LATER
  }

  #settle(frame: StompFrame): number {
    const settle = this.subscriptions.settlement(frame)
    const transaction = headerOf(frame, 'transaction')
    if (transaction === undefined) settle()
    else {
      this.#transactions.check(transaction)
      this.#transactions.add(transaction, () => {
        settle()
        return 0
      })
    }
    return 0
  }
}
