import type { Access } from '../../broker/access.ts'
import type { Message } from '../../broker/message.ts'
import type { Method } from '../../wire/amqp091/methods.gen.ts'
import type { Flow } from './flow.ts'
import type { Head } from './head.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { Output } from './output.ts'

/** What a channel needs of its connection. */
export interface ConnectionPort {
  /** Never given twice, unlike the name. */
  readonly serial: number
  readonly name: string
  readonly head: Head
  readonly access: Access
  readonly output: Output
  /** Where it is said what may hold the client up. */
  readonly flow: Flow
  /** Where errors go. */
  readonly life: Lifecycle
  /** Largest frame the client takes. */
  readonly frameMax: number
  /** The client understands a basic.cancel from the server. */
  readonly takesCancel: boolean
  /** Both sides closed a channel: its number is free. */
  onChannelClosed(channel: number): void
}

/** How methods that need their time are carried out on a channel. */
export interface ChannelPort {
  /** Name of the queue declared last. */
  lastQueue: string
  /** Waits for `operation`, with further frames of the channel held, and then does the rest. */
  carryOut<T>(operation: Promise<T>, rest: (value: T) => void): void
}

/** What the two sides of a channel, publishing and consuming, need of it. */
export interface SidePort extends ChannelPort {
  readonly number: number
  readonly serial: number
  readonly access: Access
  readonly connection: ConnectionPort
  readonly state: 'open' | 'closing' | 'closed'
  /** Name of the queue that answers to this channel's requests come to. */
  readonly replyQueue: string | undefined
  /** Writes a method of this channel. */
  reply(method: Method): void
  /** Tells the client something it did not ask for. */
  notice(method: Method): void
  /** Writes header and body of a message, whose method was written before. */
  writeContent(message: Message): void
}

/** Where a publisher's messages go on: to the broker at once, or into a transaction. */
export interface PublishPort {
  /** Name of the queue that answers to this channel's requests come to. */
  readonly replyQueue: string | undefined
  /** A message came in whole. */
  onMessage(message: Message, mandatory: boolean): void
}
