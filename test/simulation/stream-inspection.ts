import type { Access, QueueDeclaration } from '../../src/broker/access.ts'
import type { Consumer } from '../../src/broker/consumer.ts'
import type { Delivery } from '../../src/broker/delivery.ts'
import type { StreamQueue } from '../../src/broker/queues/stream/stream-queue.ts'
import { longString } from '../../src/std/table.ts'
import { bodyOf } from '../prove/content.ts'
import { streamName } from './stream-book.ts'
import type { World } from './world.ts'

const STEPS_MAX = 50_000

const declaration: QueueDeclaration = {
  name: streamName,
  durable: true,
  exclusive: false,
  autoDelete: false,
  arguments: [
    ['x-queue-type', longString('stream')],
    ['x-stream-max-segment-size-bytes', { tag: 'I', value: 16 * 1024 }],
  ],
}

/** Looks for the stream, declares it, and reads all of it. */
export async function inspectStream(world: World): Promise<void> {
  const { life, stream } = world
  const access = await life.connect('inspector')
  const declared = access.declareQueue(declaration)
  declared.catch((error: Error) => {
    if (life.fault === undefined) world.complaints.add('the stream cannot be declared:', error.message)
  })
  await life.scheduler.until(Promise.race([declared, life.disk.cut]), STEPS_MAX)
  if (life.isCut || life.fault !== undefined) return
  stream.isDeclared = true
  const found = await readAll(world, access)
  if (found !== undefined) stream.inspected(found)
}

/** The stream is there if it was promised; to be looked at before it is declared again. */
export function checkStream(world: World, isThere: boolean): void {
  if (world.stream.isDeclared && !isThere) world.complaints.add('queue lost', streamName)
}

/** Names of all messages in it; undefined when the process ends meanwhile. */
async function readAll(world: World, access: Access): Promise<string[] | undefined> {
  const { life } = world
  const deliveries: Delivery[] = []
  const reader: Consumer = {
    tag: 'inspector',
    prefetch: 60_000,
    priority: 0,
    settled: false,
    exclusive: false,
    sharesPrefetch: false,
    arguments: [['x-stream-offset', longString('first')]],
    ready: () => true,
    deliver: (delivery) => deliveries.push(delivery),
    cancelled() {},
  }
  const queue = access.consume(streamName, reader) as StreamQueue
  const isRead = () =>
    deliveries.length >= queue.committedOffset - queue.firstOffset && queue.depth <= deliveries.length
  for (let steps = 0; !isRead() || !life.scheduler.isIdle; steps++) {
    if (life.isCut || life.fault !== undefined) return undefined
    if (steps > STEPS_MAX) throw new Error('the stream does not hand out all it says it has')
    await life.scheduler.step()
  }
  queue.remove(reader)
  return deliveries.map(({ message: { properties, bodySize, body } }) => {
    const name = properties.messageId ?? ''
    world.trace.tell(`the inspector has ${name} of ${streamName}`)
    if (!bodyOf(name, bodySize).equals(body)) world.complaints.add('wrong content', streamName, name)
    return name
  })
}
