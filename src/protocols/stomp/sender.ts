import type { Access, Published } from '../../broker/access.ts'
import type { Address } from '../../broker/address.ts'
import type { Message } from '../../broker/message.ts'
import { headerOf, type StompFrame } from '../../wire/stomp/frame.ts'
import type { DeclaredQueues } from './declared-queues.ts'
import type { Destination } from './destination.ts'
import type { Head } from './head.ts'
import { incomingMessage } from './incoming-form.ts'
import { queueDeclarationOf } from './queue-headers.ts'
import { Refusal } from './refusal.ts'
import { destinationOf, notFor, type Subscriptions } from './subscriptions.ts'

/** Destinations whose addresses are kept. */
const ADDRESSES_MAX = 1024

const TEMP_QUEUE = '/temp-queue/'

/** What a sender needs of its client. */
interface SenderPort {
  readonly head: Head
  readonly access: Access
  readonly declared: DeclaredQueues
  readonly subscriptions: Subscriptions
}

/** What one client sends: made into messages, handed to the broker. */
export class Sender {
  published = 0
  /** Sent to where no queue took it. */
  dropped = 0
  readonly #head: Head
  readonly #access: Access
  readonly #declared: DeclaredQueues
  readonly #subscriptions: Subscriptions
  /** Where destinations lead, by their headers. */
  readonly #addresses = new Map<string, Address>()
  /** Queues that replies come to, by the name after `/temp-queue/`. */
  readonly #replies = new Map<string, string>()

  constructor({ head, access, declared, subscriptions }: SenderPort) {
    this.#head = head
    this.#access = access
    this.#declared = declared
    this.#subscriptions = subscriptions
  }

  /** The message of a SEND; a promise where queues have to be declared first, after which it is to be asked again. */
  message(frame: StompFrame): Message | Promise<void> {
    if (headerOf(frame, 'message-id') !== undefined) {
      throw new Refusal('Invalid header', "'message-id' is not allowed on 'SEND'.\n")
    }
    const header = headerOf(frame, 'destination') ?? ''
    const known = this.#addresses.get(header)
    const address = known !== undefined && this.#access.isCurrent(known) ? known : this.#address(frame, header)
    if (address instanceof Promise) return address
    const replyTo = this.#replyQueue(frame)
    if (replyTo instanceof Promise) return replyTo
    return incomingMessage(frame, address, { slab: this.#head.slab, replyTo })
  }

  /** Answers the mark that has to be on disk before this counts as done. Throws a Refusal when a queue refuses it. */
  publish(message: Message): number {
    this.published++
    const answer: Published = this.#access.publish(message, undefined, 1)
    if (answer === 'refused') throw new Refusal('Message refused', 'A queue has refused the message.\n')
    if (answer === 'unroutable') this.dropped++
    return answer === 'stored' ? this.#head.broker.mark : 0
  }

  #address(frame: StompFrame, header: string): Address | Promise<void> {
    const destination = destinationOf(frame)
    if (destination.kind === 'temp-queue') throw notFor(frame)
    if (destination.kind === 'queue' && !this.#declared.has(destination.name)) {
      return this.#declared.declare(queueDeclarationOf(destination.name, frame))
    }
    const address = this.#newAddress(destination)
    this.#keep(header, address)
    return address
  }

  #newAddress(destination: Destination): Address {
    const { kind, name } = destination
    if (kind === 'exchange') return this.#access.address(name, destination.key)
    return this.#access.address(kind === 'topic' ? this.#head.settings.topicExchange : '', name)
  }

  #keep(header: string, address: Address): void {
    if (this.#addresses.size >= ADDRESSES_MAX) this.#addresses.clear()
    this.#addresses.set(header, address)
  }

  /** The queue behind a `reply-to:/temp-queue/NAME`; undefined for any other reply-to. */
  #replyQueue(frame: StompFrame): string | undefined | Promise<void> {
    const header = headerOf(frame, 'reply-to')
    if (header === undefined || !header.startsWith(TEMP_QUEUE)) return undefined
    const name = header.slice(TEMP_QUEUE.length)
    const known = this.#replies.get(name)
    if (known !== undefined) return known
    return this.#subscriptions.openReplies(name).then((queue) => {
      this.#replies.set(name, queue)
    })
  }
}
