import type { Message } from './message.ts'

/** How much to look at: so many messages, and so many bytes of bodies, but always one. */
export interface BrowseBounds {
  readonly count: number
  readonly bytes: number
}

/** A message as it waits in a queue, looked at and not touched. */
export interface BrowsedMessage {
  /** How many are handed out before it; in a stream its offset. */
  readonly position: number
  /** Its number among all that ever came into the queue; in a stream its offset. */
  readonly sequence: number
  readonly message: Message
  /** It may have been handed out before. */
  readonly redelivered: boolean
  /** Milliseconds until it expires; Infinity for never. */
  readonly expiresIn: number
}
