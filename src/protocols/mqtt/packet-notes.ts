import type { Access } from '../../broker/access.ts'
import { Address } from '../../broker/address.ts'
import type { CancelReason, Consumer } from '../../broker/consumer.ts'
import type { Delivery } from '../../broker/delivery.ts'
import { Message } from '../../broker/message.ts'
import { encodeProperties } from '../../broker/properties.ts'
import type { Queue } from '../../broker/queue.ts'
import { emptyTable, tableGet, tableInteger } from '../../std/table.ts'
import { Header } from './headers.ts'
import type { Session } from './session.ts'

/** The address of notes on PUBRELs; a received message has its own. */
const released = new Address('', 'mqtt-released')

/** The packet identifiers of one direction, each with its note in the queue once that has come. */
class Noted {
  #notes: Map<number, Delivery | undefined> | undefined

  has(packetIdentifier: number): boolean {
    return this.#notes?.has(packetIdentifier) === true
  }

  get size(): number {
    return this.#notes?.size ?? 0
  }

  keys(): Iterable<number> {
    return this.#notes?.keys() ?? []
  }

  add(packetIdentifier: number): void {
    this.#notes ??= new Map()
    this.#notes.set(packetIdentifier, undefined)
  }

  /** Its note has come, or a further one of it; what is not asked for any more is done with. */
  arrived(packetIdentifier: number, note: Delivery): void {
    const notes = this.#notes
    if (notes?.has(packetIdentifier) === true && notes.get(packetIdentifier) === undefined) {
      notes.set(packetIdentifier, note)
    } else note.queue.settle(note, 'accepted')
  }

  remove(packetIdentifier: number): void {
    const note = this.#notes?.get(packetIdentifier)
    this.#notes?.delete(packetIdentifier)
    if (note !== undefined) note.queue.settle(note, 'accepted')
  }

  /** Puts all notes back, for whoever has the session next. */
  putBack(): void {
    for (const note of this.#notes?.values() ?? []) if (note !== undefined) note.queue.settle(note, 'requeued')
    this.#notes = undefined
  }
}

/**
 * What QoS 2 has to remember of a session: the identifiers of messages received and not released yet, and of those
 * released to the client and not completed yet. For a session that lasts they are messages in a queue of their own, so
 * that they are on disk exactly when what they tell of is.
 */
export class PacketNotes implements Consumer {
  readonly tag = 'qos2'
  readonly priority = 0
  readonly settled = false
  readonly exclusive = true
  readonly prefetch = 0
  readonly sharesPrefetch = false
  readonly arguments = emptyTable
  readonly received = new Noted()
  readonly released = new Noted()
  readonly #session: Session
  readonly #access: Access
  #queue: Queue | undefined
  /** Notes to be sorted in outside of the queue's own work. */
  readonly #arrived: Delivery[] = []
  readonly #output: { schedule(): void }
  #closed = false

  constructor(session: Session, output: { schedule(): void }) {
    this.#session = session
    this.#access = session.access
    this.#output = output
  }

  /** Where a received message is noted; undefined for a session that ends with its connection. */
  get queue(): Queue | undefined {
    return this.#queue
  }

  /** It has to be opened before QoS 2 is used. */
  get needsOpening(): boolean {
    return this.#session.durable && this.#queue === undefined
  }

  /** Reads what was noted, and makes the queue if it is not there; with `onlyIfThere` only the former. */
  async open(onlyIfThere: boolean): Promise<void> {
    const { notes } = this.#session.names
    if (this.#queue !== undefined || (onlyIfThere && this.#session.queue(notes) === undefined)) return
    await this.#session.declare(notes)
    for (;;) {
      const note = await this.#access.get(notes)
      if (note === undefined) break
      const known = packetIdentifierOf(note.message)
      const direction = this.#direction(note)
      direction.add(known)
      direction.arrived(known, note)
    }
    if (this.#closed) this.#putBack()
    else this.#queue = this.#access.consume(notes, this)
  }

  /** Notes that a message was released to the client. The note counts once it is on disk. */
  release(packetIdentifier: number): void {
    this.released.add(packetIdentifier)
    if (this.#queue === undefined) return
    const headers = [[Header.packetIdentifier, { tag: 'I', value: packetIdentifier }]] as const
    const properties = encodeProperties({ deliveryMode: 2, headers })
    this.#access.enqueue(this.#queue.name, new Message(released, properties, 0, properties.length, 0))
  }

  ready(): boolean {
    return true
  }

  deliver(note: Delivery): void {
    this.#arrived.push(note)
    this.#output.schedule()
  }

  cancelled(_reason: CancelReason): void {
    this.#queue = undefined
  }

  /** Sorts in what has come. */
  sortIn(): void {
    for (const note of this.#arrived.splice(0)) this.#direction(note).arrived(packetIdentifierOf(note.message), note)
  }

  /** The connection ends; what is noted stays with the session. */
  close(): void {
    this.#closed = true
    this.#queue?.remove(this)
    this.sortIn()
    this.#putBack()
    this.#queue = undefined
  }

  #putBack(): void {
    this.received.putBack()
    this.released.putBack()
  }

  #direction({ message }: Delivery): Noted {
    return message.address.exchange === '' && message.address.routingKey === released.routingKey
      ? this.released
      : this.received
  }
}

function packetIdentifierOf({ properties }: Message): number {
  return Number(tableInteger(tableGet(properties.headers ?? [], Header.packetIdentifier)) ?? 0)
}
