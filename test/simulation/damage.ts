import type { Consumer } from '../../src/broker/consumer.ts'
import type { Chance } from '../fuzz/chance.ts'
import type { FakeDisk } from '../support/fake-disk.ts'
import { graveyardName } from './graveyard.ts'
import { directory } from './life.ts'
import type { QueueBook } from './queue-book.ts'
import type { World } from './world.ts'

const messages = `${directory}/messages`
const STEPS_MAX = 50_000

/** Changes one bit of a segment of the message log, anywhere in it. */
export function flipBit(disk: FakeDisk, chance: Chance): string {
  return change(disk, chance, '.segment', (bytes, at) => {
    bytes[at] = bytes[at]! ^ (1 << chance.below(8))
  })
}

/** Writes nonsense over a stretch of an index of the message log. */
export function garbleIndex(disk: FakeDisk, chance: Chance): string {
  return change(disk, chance, '.index', (bytes, at) => {
    const end = Math.min(bytes.length, at + 1 + chance.below(64))
    for (let place = at; place < end; place++) bytes[place] = chance.below(256)
  })
}

/** Changes one of the files whose names end so, somewhere; tells what it did. */
function change(disk: FakeDisk, chance: Chance, ending: string, damage: (bytes: Buffer, at: number) => void): string {
  const names = disk.names(messages).filter((name) => name.endsWith(ending))
  const name = names.length === 0 ? '' : chance.pick(names)
  const bytes = name === '' ? Buffer.alloc(0) : Buffer.from(disk.bytes(`${messages}/${name}`))
  if (bytes.length === 0) return `nothing to damage in ${ending}`
  const at = chance.below(bytes.length)
  damage(bytes, at)
  disk.replace(`${messages}/${name}`, bytes)
  return `${name} is damaged at ${at}`
}

/**
 * Looks at all messages after one bit of a closed log has changed: at most one message is lost and that is told of,
 * and what is delivered has the content it was sent with.
 */
export async function inspectDamaged(world: World): Promise<void> {
  const { life, topology, complaints } = world
  const access = await life.connect('inspector')
  const books = topology.queues.filter(({ name, rules }) => rules.fleeting === undefined && name !== graveyardName)
  const readers = books.map((book) => {
    const found = new Set<string>()
    return { book, found, queue: access.consume(book.name, reader(world, book, found)) }
  })
  for (let steps = 0; readers.some(({ queue }) => queue.depth > 0) || !life.scheduler.isIdle; steps++) {
    if (steps > STEPS_MAX) throw new Error('a queue does not hand out all it says it has')
    await life.scheduler.step()
  }
  const now = life.scheduler.now()
  const lost = new Set(readers.flatMap(({ book, found }) => book.missing(found, now)))
  if (lost.size > 1) complaints.add('one bit took more than a message:', [...lost].join(' '))
  if (lost.size > 0 && life.store.damage.length === 0) complaints.add('lost without a word:', [...lost].join(' '))
  if (life.fault !== undefined) complaints.add('a fault without a reason:', life.fault.message)
}

function reader(world: World, book: QueueBook, found: Set<string>): Consumer {
  return {
    tag: 'inspector',
    prefetch: 0,
    priority: 100,
    settled: true,
    exclusive: false,
    sharesPrefetch: false,
    arguments: [],
    ready: () => true,
    deliver({ message }) {
      const name = message.properties.messageId ?? ''
      world.trace.tell(`the inspector has ${name} of ${book.name}`)
      world.checkContent(book, message)
      found.add(name)
    },
    cancelled() {},
  }
}
