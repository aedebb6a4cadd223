import type { Access } from '../../src/broker/access.ts'
import type { Consumer } from '../../src/broker/consumer.ts'
import type { Delivery } from '../../src/broker/delivery.ts'
import { Fault } from '../../src/broker/fault.ts'
import type { Queue } from '../../src/broker/queue.ts'
import { Client } from './client.ts'
import { ask, bindingChange } from './definitions-change.ts'
import { graveyardName } from './graveyard.ts'
import type { Entry, QueueBook } from './queue-book.ts'
import { streamName } from './stream-book.ts'
import { checkStream } from './stream-inspection.ts'
import type { World } from './world.ts'

/** More steps than it takes to answer or to hand out all there is: it hangs. */
const STEPS_MAX = 50_000

/** Looks at what is declared after a start: all that was answered is there as it was, and nothing else. */
export async function inspectDefinitions(world: World): Promise<void> {
  const access = await world.life.connect('inspector')
  const { topology } = world
  for (const known of topology.doubtful.values()) {
    if (known.kind !== 'binding' && isThere(access, known.kind, known.declaration.name)) topology.restore(known)
  }
  for (const name of ['x0', 'x1', 'x2', 'x3']) {
    const isKnown = topology.exchange(name) !== undefined
    if (isThere(access, 'exchange', name) !== isKnown)
      world.complaints.add('exchange', isKnown ? 'lost' : 'is back', name)
  }
  const names = Array.from({ length: world.plan.queues }, (_, index) => `q${index}`)
  for (const name of names) {
    const book = topology.queue(name)
    const there = isThere(access, 'queue', name)
    if (there === (book !== undefined)) continue
    if (book?.rules.fleeting !== undefined) topology.deleteQueue(name)
    else world.complaints.add('queue', there ? 'is back' : 'lost', name)
  }
  checkStream(world, isThere(access, 'queue', streamName))
  await declareAgain(world, access)
  const client = new Client(world, 'inspector', access)
  for (const known of [...topology.doubtful.values()]) {
    if (known.kind !== 'binding') continue
    const { source, destination, toExchange } = known.declaration
    const end = toExchange ? topology.exchange(destination) : topology.queue(destination)
    if (topology.exchange(source) === undefined || end === undefined) continue
    ask(world, client, bindingChange(world, known.declaration, 'binds'))
    await answered(world, client)
  }
  topology.doubtful.clear()
}

/** Resolves when the client has its answer. */
export async function answered(world: World, client: Client): Promise<void> {
  const { life } = world
  for (let steps = 0; client.busy && !life.isCut && life.fault === undefined; steps++) {
    if (steps > STEPS_MAX) throw new Error('a change is never answered')
    await life.scheduler.step()
  }
}

function isThere(access: Access, kind: 'queue' | 'exchange', name: string): boolean {
  try {
    if (kind === 'queue') access.checkQueue(name)
    else access.checkExchange(name)
    return true
  } catch (error) {
    if (error instanceof Fault && error.kind === 'not-found') return false
    throw error
  }
}

/** Equal declarations are answered with yes, so all arguments are what they were. */
async function declareAgain(world: World, access: Access): Promise<void> {
  for (const known of world.topology.known.values()) {
    if (known.kind === 'binding') continue
    const { name } = known.declaration
    const again =
      known.kind === 'queue' ? access.declareQueue(known.declaration) : access.declareExchange(known.declaration)
    again.catch((error: Error) => {
      if (world.life.fault === undefined) world.complaints.add(known.kind, 'is not what it was:', name, error.message)
    })
    await world.life.scheduler.until(Promise.race([again, world.life.disk.cut]), STEPS_MAX)
  }
}

/** Empties a queue, and puts everything back or accepts it. */
class Inspector implements Consumer {
  readonly tag = 'inspector'
  readonly prefetch = 0
  readonly priority = 100
  readonly settled = false
  readonly exclusive = false
  readonly sharesPrefetch = false
  readonly arguments = []
  readonly #deliver: (delivery: Delivery) => void

  constructor(deliver: (delivery: Delivery) => void) {
    this.#deliver = deliver
  }

  ready(): boolean {
    return true
  }

  deliver(delivery: Delivery): void {
    this.#deliver(delivery)
  }

  cancelled(): void {}
}

interface Inspected {
  readonly book: QueueBook
  readonly queue: Queue
  readonly inspector: Inspector
  readonly found: { readonly delivery: Delivery; readonly entry: Entry | undefined; readonly name: string }[]
}

/**
 * Looks at all messages of all queues: those that were promised are there. With `accepts` they are taken out for
 * good, else they go back to where they were.
 */
export async function inspectMessages(world: World, { accepts }: { accepts: boolean }): Promise<void> {
  const { life, topology } = world
  const access = await life.connect('inspector')
  const inspected = topology.queues
    .filter(({ rules }) => rules.fleeting === undefined)
    .map((book) => beginInspection(world, access, book))
  for (let steps = 0; inspected.some(({ queue }) => queue.depth > 0) || !life.scheduler.isIdle; steps++) {
    if (life.isCut || life.fault !== undefined) return
    if (steps > STEPS_MAX) throw new Error('a queue does not hand out all it says it has')
    await life.scheduler.step()
  }
  for (const { book, found } of inspected) {
    const names = found.map(({ name }) => name)
    if (book.name === graveyardName) world.graveyard.inspected(names)
    else book.inspected(new Set(names), life.scheduler.now())
  }
  for (const { book } of inspected) world.graveyard.checkDead(book)
  for (const one of inspected) endInspection(one, accepts)
  if (accepts) world.graveyard.emptied()
  world.endTurn()
}

function beginInspection(world: World, access: Access, book: QueueBook): Inspected {
  const found: Inspected['found'] = []
  const inspector = new Inspector((delivery) => {
    const name = delivery.message.properties.messageId ?? ''
    const isDead = book.name === graveyardName
    if (isDead) {
      world.trace.tell(`the inspector has ${name} of ${book.name}`)
      world.checkContent(book, delivery.message)
    }
    const entry = isDead ? undefined : world.delivered(book, delivery, 'the inspector')
    found.push({ delivery, entry, name })
  })
  return { book, queue: access.consume(book.name, inspector), inspector, found }
}

function endInspection({ book, queue, inspector, found }: Inspected, accepts: boolean): void {
  queue.remove(inspector)
  for (const { delivery, entry } of found) {
    if (entry !== undefined && accepts) book.leave(entry)
    else if (entry !== undefined) book.giveBack(entry)
    queue.settle(delivery, accepts ? 'accepted' : 'requeued')
  }
  book.putAllBack()
}
