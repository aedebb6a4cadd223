import type { Logger } from '../std/logger.ts'
import type { Log, VisitedRecord } from '../store/log.ts'
import type { Losses } from './damage.ts'
import type { Definitions } from './definitions.ts'
import { timeToLiveOf } from './message.ts'
import { priorityOf } from './properties.ts'
import type { Queue } from './queue.ts'
import { emptyEntry } from './queues/spilled-index.ts'
import {
  HOLDER_SIZE,
  HOLDERS_AT,
  holderCountAt,
  propertiesAt,
  RecordType,
  readDelivered,
  readMarks,
  readSettle,
  wallTimeAt,
} from './record.ts'
import type { NoteOf } from './recovered-notes.ts'
import { RecoveredQueue } from './recovered-queue.ts'
import { describe } from './resource.ts'
import type { Topology } from './topology.ts'

export interface RecoveryPorts {
  readonly definitions: Definitions
  readonly log: Log
  readonly logger: Logger
  readonly losses: Losses
  topology(vhost: string): Topology | undefined
}

/** Builds exchanges, queues and bindings from the definitions, and fills the queues from the message log. */
export async function recover(ports: RecoveryPorts): Promise<void> {
  const { definitions, logger } = ports
  const { queues: recovered, damaged } = await recoverMessages(ports.log, notesWanted(ports))
  nameLosses(damaged, ports)
  // Also of queues whose definitions were lost: a new queue must not get their messages.
  for (const number of recovered.keys()) definitions.skipQueueNumber(number)
  for (const exchange of definitions.all('exchange')) {
    const number = exchange.number ?? 0
    const known = ports.topology(exchange.vhost)?.restoreExchange(exchange, recovered.get(number))
    recovered.delete(number)
    if (known === false) {
      logger.error(`exchange '${exchange.name}' in vhost '${exchange.vhost}' has the unknown type '${exchange.type}'`)
    }
  }
  const queues: Queue[] = []
  for (const definition of definitions.all('queue')) {
    const queue = ports.topology(definition.vhost)?.restoreQueue(definition, recovered.get(definition.number))
    recovered.delete(definition.number)
    if (queue === undefined) {
      const { name, vhost, type } = definition
      logger.error(`queue '${name}' in vhost '${vhost}' has the unknown type '${type}'`)
      continue
    }
    queues.push(queue)
  }
  for (const { opening } of queues) await opening
  for (const binding of definitions.all('binding')) ports.topology(binding.vhost)?.restoreBinding(binding)
  for (const { vhost, name } of definitions.all('exchange')) await ports.topology(vhost)?.vhost.exchange(name)?.open()
  if (queues.length === 0) return
  const messages = queues.reduce((sum, { depth }) => sum + depth, 0)
  logger.info(`recovered ${messages} messages of ${queues.length} durable queues`)
}

/** Says what messages are lost whose bodies turned out to be damaged. */
function nameLosses(damaged: FoundMessages['damaged'], { definitions, logger, losses }: RecoveryPorts): void {
  if (damaged.size === 0) return
  for (const kind of ['queue', 'exchange'] as const) {
    for (const { number, vhost, name } of definitions.all(kind)) {
      for (const sequence of damaged.get(number ?? 0) ?? []) {
        losses.add({ kind: 'message', vhost, [kind]: name, from: sequence, to: sequence + 1 })
        logger.error(`message ${sequence} of ${describe(kind, name, vhost)} is damaged on disk and lost`)
      }
    }
  }
}

/** Who wants to know more of messages than where they lie, by number. */
function notesWanted({ definitions, topology }: RecoveryPorts): Map<number, NoteOf> {
  const wanted = new Map<number, NoteOf>()
  for (const kind of ['exchange', 'queue'] as const) {
    for (const definition of definitions.all(kind)) {
      const noteOf = topology(definition.vhost)?.noteOf(definition)
      if (noteOf !== undefined && definition.number !== undefined) wanted.set(definition.number, noteOf)
    }
  }
  return wanted
}

/**
 * Replays the message log. Records come in the order they were written, so a settlement always
 * finds its message before it, or the message is gone already. Bodies stay on disk.
 */
async function recoverMessages(log: Log, noteOf: ReadonlyMap<number, NoteOf>): Promise<FoundMessages> {
  const found = new FoundMessages(noteOf)
  await log.replay(log.start, { bodies: false }, (record) => {
    switch (record.type) {
      case RecordType.publish:
        return found.publish(record)
      case RecordType.settle:
        return readSettle(record.header, (number, first, end) => found.settle(number, first, end))
      case RecordType.mark:
        return readMarks(record.header, (number, sequence, mark) =>
          found.queue(number).mark(sequence, mark, record.position),
        )
      case RecordType.delivered: {
        const { queue: number, through } = readDelivered(record)
        const queue = found.queue(number)
        // The last one counts: it runs ahead of what was handed out, and is exact after a clean stop.
        queue.deliveredThrough = through
        queue.notePosition = record.position
      }
    }
  })
  return found
}

/** What the message log knows, by the number of the queue. Millions of records pass through: nothing is made for one. */
class FoundMessages {
  readonly queues = new Map<number, RecoveredQueue>()
  /** Sequences of messages whose bodies do not verify, by the number of the queue. */
  readonly damaged = new Map<number, Set<number>>()
  readonly #noteOf: ReadonlyMap<number, NoteOf>
  readonly #entry = { ...emptyEntry(), durable: true }
  #last: RecoveredQueue | undefined
  #lastNumber = -1

  constructor(noteOf: ReadonlyMap<number, NoteOf>) {
    this.#noteOf = noteOf
  }

  queue(number: number): RecoveredQueue {
    if (number === this.#lastNumber) return this.#last!
    let queue = this.queues.get(number)
    if (queue === undefined) {
      queue = new RecoveredQueue(this.#noteOf.get(number))
      this.queues.set(number, queue)
    }
    this.#last = queue
    this.#lastNumber = number
    return queue
  }

  settle(number: number, first: number, end: number): void {
    this.queue(number).settleRun(first, end)
    const damaged = this.damaged.get(number)
    if (damaged === undefined) return
    for (const sequence of damaged) if (sequence >= first && sequence < end) damaged.delete(sequence)
  }

  publish(record: VisitedRecord): void {
    const { buffer, headerAt, headerSize, bodySize } = record
    const count = holderCountAt(buffer, headerAt)
    const properties = propertiesAt(buffer, headerAt)
    const priority = priorityOf(buffer, properties)
    const entry = this.#entry
    entry.expiresAt = wallTimeAt(buffer, headerAt) + timeToLiveOf(buffer, properties)
    entry.position = record.position
    entry.share = Math.ceil((headerSize + bodySize) / count)
    entry.bodySize = bodySize
    const end = headerAt + HOLDERS_AT + count * HOLDER_SIZE
    for (let at = headerAt + HOLDERS_AT; at < end; at += HOLDER_SIZE) {
      const number = buffer.readUInt32LE(at)
      const queue = this.queue(number)
      entry.sequence = buffer.readUIntLE(at + 4, 6)
      queue.add(entry, priority)
      if (queue.notes !== undefined) {
        const bytes = buffer.subarray(properties, headerAt + headerSize)
        queue.notes.add(entry.sequence, wallTimeAt(buffer, headerAt), bytes)
      }
      // A body that does not verify is lost; nobody gets it as good.
      if (record.damaged) queue.settle(entry.sequence)
      if (record.damaged || this.damaged.size > 0) this.#note(number, entry.sequence, record.damaged)
    }
  }

  /** A message may come again, whole, where it was moved to. */
  #note(number: number, sequence: number, isDamaged: boolean): void {
    const known = this.damaged.get(number)
    if (!isDamaged) known?.delete(sequence)
    else if (known !== undefined) known.add(sequence)
    else this.damaged.set(number, new Set([sequence]))
  }
}
