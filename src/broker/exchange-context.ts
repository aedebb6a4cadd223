import type { Clock } from '../std/clock.ts'
import type { Logger } from '../std/logger.ts'
import type { Published } from './access.ts'
import type { Destination } from './binding.ts'
import type { Message } from './message.ts'
import type { MessageStore } from './message-store.ts'
import type { RecoveredQueue } from './recovered-queue.ts'
import type { Turn } from './turn.ts'

/** What an exchange that does more than route is given of the house around it. */
export interface ExchangeContext {
  readonly name: string
  readonly vhost: string
  readonly durable: boolean
  /** What the message log calls it; 0 for a type that keeps nothing there. */
  readonly number: number
  /** What the message log has of it, at start. */
  readonly recovered: RecoveredQueue | undefined
  readonly clock: Clock
  readonly turn: Turn
  readonly store: MessageStore
  readonly logger: Logger
  /** Routes a message from this exchange on, by its keys, and puts it into the queues found. */
  publish(message: Message): Published
  /** The same from `destination` on: a queue gets it, an exchange routes it. */
  deliver(message: Message, destination: Destination): Published
}
