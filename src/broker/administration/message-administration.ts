import type { Clock } from '../../std/clock.ts'
import { longString, tableSet } from '../../std/table.ts'
import type { Access } from '../access.ts'
import { Address } from '../address.ts'
import type { BrowsedMessage } from '../browsed-message.ts'
import { originOf } from '../dead-letter-headers.ts'
import type { Delivery } from '../delivery.ts'
import { Fault } from '../fault.ts'
import { Message, withProperties } from '../message.ts'
import type { Queue } from '../queue.ts'
import { describe } from '../resource.ts'
import type { VirtualHost } from '../virtual-host.ts'
import type { VirtualHosts } from '../virtual-hosts.ts'
import type { Actor } from './actor.ts'
import type { Office } from './office.ts'

/** Messages looked at and moved at a time, and bytes of them. */
const BATCH = { count: 200, bytes: 4 * 1024 * 1024 } as const

/** The header that says from which queue a message was replayed. */
const REPLAYED_FROM = 'x-replayed-from'

/** Where messages go. `origin`: to the queue each of them died in, as its `x-death` tells. */
export type MessageTarget =
  | { readonly queue: string }
  | { readonly exchange: string; readonly routingKey: string | undefined }
  | 'origin'

/** What becomes of messages of one queue. */
export interface MessageTransfer {
  /** `replay` is `move` that says so in a header. */
  readonly verb: 'move' | 'copy' | 'replay' | 'delete'
  /** Absent for `delete`. */
  readonly target?: MessageTarget | undefined
  /** Which of those that are there at the beginning. */
  matches(message: BrowsedMessage): boolean
}

/** What became of one message. */
export interface TransferredMessage {
  readonly sequence: number
  readonly outcome: 'done' | 'failed'
  /** The queue or exchange it went to. */
  readonly to?: string
  /** Why it stayed where it was. */
  readonly reason?: string
}

/** Who started a transfer and looks on. */
export interface TransferObserver {
  /** Asked between batches. */
  readonly isCancelled: boolean
  onMessage(message: TransferredMessage): void
  /** So many were looked at. */
  onLooked(count: number): void
}

export interface MessagePorts {
  readonly office: Office
  readonly vhosts: VirtualHosts
  readonly clock: Clock
  /** The actor's own door into a virtual host; to be closed. */
  open(actor: Actor, vhost: string): Promise<Access>
  /** Resolves when all stored so far is on disk. */
  flush(): Promise<void>
}

/** Messages that wait in queues: taken from one, put into another. */
export class MessageAdministration {
  readonly #ports: MessagePorts

  constructor(ports: MessagePorts) {
    this.#ports = ports
  }

  /**
   * Moves, copies, replays or deletes messages that wait in a queue, those that are there at the beginning. A message
   * leaves its queue only when it is on disk where it goes: who is killed in the middle may find some in both. What
   * cannot go stays, at its place. Needs permission to read from the queue, and to write where they go.
   */
  transfer(
    actor: Actor,
    place: { readonly vhost: string; readonly queue: string },
    transfer: MessageTransfer,
    observer: TransferObserver,
  ): Promise<void> {
    const { vhost, queue: name } = place
    const what = `${transfer?.verb} of messages of ${describe('queue', name, vhost)}`
    const matter = { operation: 'messages.transfer', actor, what, vhost, resource: { queue: name } } as const
    return this.#ports.office.carryOut(matter, async () => {
      const found = this.#ports.vhosts.topology(vhost)?.vhost
      const queue = found?.queue(name)
      if (found === undefined || queue === undefined)
        throw new Fault('not-found', `no ${describe('queue', name, vhost)}`)
      if (queue.owner !== undefined) {
        throw new Fault('resource-locked', `${describe('queue', name, vhost)} is exclusive`)
      }
      if (transfer.verb !== 'copy' && queue.pick === undefined) {
        throw new Fault('precondition-failed', `messages cannot be taken out of a ${queue.type} queue`)
      }
      const access = await this.#ports.open(actor, vhost)
      try {
        const run = new TransferRun({ ...transfer, vhost: found, queue, access, observer, ports: this.#ports })
        await run.run()
      } finally {
        access.close()
      }
    })
  }
}

interface RunOptions extends MessageTransfer {
  readonly vhost: VirtualHost
  readonly queue: Queue
  readonly access: Access
  readonly observer: TransferObserver
  readonly ports: MessagePorts
}

/** One transfer while it runs. */
class TransferRun {
  readonly #options: RunOptions
  /** Messages that came later are left alone: they may be those that were moved. */
  readonly #last: number
  /** What could not go is not tried again. */
  readonly #failed = new Set<number>()

  constructor(options: RunOptions) {
    this.#options = options
    this.#last = options.queue.lastSequence ?? Number.POSITIVE_INFINITY
  }

  /** Others may take messages meanwhile, and then some are passed over: it goes through the queue until it finds none. */
  async run(): Promise<void> {
    let taken = await this.#pass()
    while (taken > 0 && this.#options.verb !== 'copy' && !this.#options.observer.isCancelled) taken = await this.#pass()
  }

  /** Goes through the queue once; answers how many left it. */
  async #pass(): Promise<number> {
    const { queue, observer, matches, verb, ports } = this.#options
    let from = 0
    let left = 0
    // A stream grows for ever, so its end is where it is now.
    const end = queue.lastSequence === undefined ? queue.depth + (await this.#firstOffset()) : Number.POSITIVE_INFINITY
    while (!observer.isCancelled) {
      const page = await queue.browse(from, BATCH)
      const found = page.filter(({ sequence, position }) => sequence <= this.#last && position < end)
      if (page.length === 0 || (found.length === 0 && queue.lastSequence === undefined)) return left
      observer.onLooked(found.length)
      const wanted = found.filter((one) => !this.#failed.has(one.sequence) && matches(one))
      const gone = verb === 'copy' ? await this.#copy(wanted) : await this.#take(wanted)
      left += gone
      from = page.at(-1)!.position + 1 - (verb === 'copy' ? 0 : gone)
      await new Promise<void>((next) => ports.clock.defer(next))
    }
    return left
  }

  async #firstOffset(): Promise<number> {
    return (await this.#options.queue.browse(0, { count: 1, bytes: 1 }))[0]?.position ?? 0
  }

  async #copy(found: readonly BrowsedMessage[]): Promise<number> {
    const sent = found.map((one) => ({ sequence: one.sequence, result: this.#send(one.message) }))
    await this.#ports().flush()
    for (const { sequence, result } of sent) this.#tell(sequence, result)
    return 0
  }

  /** Takes them out and sends them; answers how many are gone. */
  async #take(found: readonly BrowsedMessage[]): Promise<number> {
    if (found.length === 0) return 0
    const { queue, verb } = this.#options
    const order = new Map(found.map(({ sequence }, index) => [sequence, index]))
    const picked = [...(await queue.pick!(new Set(order.keys())))]
    picked.sort((a, b) => order.get(a.sequence)! - order.get(b.sequence)!)
    const sent = picked.map((delivery) => ({ delivery, result: verb === 'delete' ? {} : this.#send(delivery.message) }))
    // Not before the copies are safe.
    if (verb !== 'delete') await this.#ports().flush()
    for (const { delivery, result } of sent) this.#settle(delivery, result)
    await this.#ports().flush()
    return sent.filter(({ result }) => result.reason === undefined).length
  }

  #settle(delivery: Delivery, result: SendResult): void {
    const { queue } = this.#options
    const { sequence, redelivered } = delivery
    if (result.reason === undefined) queue.settle(delivery, 'accepted')
    else {
      this.#failed.add(sequence)
      queue.settle(delivery, 'requeued')
      // Nobody has seen it.
      delivery.redelivered = redelivered
    }
    this.#tell(sequence, result)
  }

  #tell(sequence: number, { to, reason }: SendResult): void {
    this.#options.observer.onMessage({
      sequence,
      outcome: reason === undefined ? 'done' : 'failed',
      ...(to === undefined ? {} : { to }),
      ...(reason === undefined ? {} : { reason }),
    })
  }

  /** Puts a copy where it goes, or says why not. */
  #send(message: Message): SendResult {
    try {
      return this.#sendTo(message, this.#options.target ?? 'origin')
    } catch (error) {
      if (error instanceof Fault) return { reason: error.message }
      throw error
    }
  }

  #sendTo(message: Message, target: MessageTarget): SendResult {
    const { vhost } = this.#options
    if (target === 'origin') {
      const origin = originOf(message.properties)
      if (origin === undefined) return { reason: 'it has no x-death header that says where it came from' }
      return this.#intoQueue(message, origin.queue, new Address(origin.exchange, origin.routingKey))
    }
    if ('queue' in target) return this.#intoQueue(message, target.queue, new Address('', target.queue))
    const { exchange, routingKey = message.address.routingKey } = target
    const address = this.#options.access.address(exchange, routingKey)
    const copy = this.#copyOf(message, address)
    return sent(vhost.enqueue(copy, vhost.routeAddress(address, copy)), exchange === '' ? routingKey : exchange)
  }

  #intoQueue(message: Message, name: string, address: Address): SendResult {
    const { vhost, access } = this.#options
    // Whoever may publish to the default exchange may put messages into any queue.
    access.address('', name)
    const queue = vhost.queue(name)
    if (queue === undefined) return { reason: `no ${describe('queue', name, vhost.name)}` }
    return sent(vhost.enqueue(this.#copyOf(message, address), [queue]), name)
  }

  #copyOf(message: Message, address: Address): Message {
    const { content, offset, propertiesSize, bodySize } = message
    if (this.#options.verb !== 'replay') return new Message(address, content, offset, propertiesSize, bodySize)
    const headers = tableSet(message.properties.headers ?? [], REPLAYED_FROM, longString(this.#options.queue.name))
    return withProperties(message, { headers }, address)
  }

  #ports(): MessagePorts {
    return this.#options.ports
  }
}

/** Where a message went, or why it did not. */
interface SendResult {
  readonly to?: string
  readonly reason?: string
}

function sent(published: string, to: string): SendResult {
  if (published === 'unroutable') return { reason: `${to} leads to no queue` }
  if (published === 'refused') return { reason: `a queue is full that ${to} leads to` }
  return { to }
}
