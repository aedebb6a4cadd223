import type { Table } from '../std/table.ts'
import type { QueueDeclaration } from './access.ts'
import type { EffectivePolicy } from './effective-policy.ts'
import type { Owner, Queue } from './queue.ts'
import type { QueueContext } from './queues/context.ts'
import type { NoteOf } from './recovered-notes.ts'
import type { RecoveredQueue } from './recovered-queue.ts'

/** What a queue is made of. */
export interface QueueOptions {
  readonly name: string
  readonly vhost: string
  /** What the message log calls it; no other queue had it or will have it. */
  readonly number: number
  readonly durable: boolean
  readonly autoDelete: boolean
  readonly owner: Owner | undefined
  readonly arguments: Table
  /** Somebody has stopped its deliveries. */
  readonly paused?: boolean | undefined
  /** What policies say at the time; changes come by `Queue.applyPolicy`. */
  readonly policy: EffectivePolicy
  /** What the message log has of it, at start. */
  readonly recovered: RecoveredQueue | undefined
}

/** A kind of queue: a factory with its rules of declaration; plug-ins add more. */
export interface QueueType {
  /** As in `x-queue-type`. */
  readonly name: string
  /** Throws a Fault with RabbitMQ's text for a declaration this type refuses. */
  validate(declaration: QueueDeclaration, description: string): void
  /** What queues with these arguments want to know of each of their messages at start, if anything. */
  noteOf?(arguments_: Table): NoteOf | undefined
  /** Throws a Fault for a conditional deletion this type refuses. */
  validateDeletion?(conditions: { readonly ifUnused: boolean; readonly ifEmpty: boolean }, description: string): void
  create(options: QueueOptions, context: QueueContext): Queue
}
