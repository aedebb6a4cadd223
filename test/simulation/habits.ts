import type { Client, PublishSpec } from './client.ts'
import { anyHeaders, anyKey, changeDefinitions } from './definitions-change.ts'
import { graveyardName } from './graveyard.ts'
import type { QueueBook } from './queue-book.ts'
import type { World } from './world.ts'

/** A client does one thing, whatever comes to its mind. */
export function act(world: World, client: Client): void {
  const { chance, plan } = world
  if (client.busy) return
  if (chance.oneIn(plan.definitionsEvery)) return changeDefinitions(world, client)
  const what = chance.below(16)
  if (what < 7) publishSome(world, client)
  else if (what < 11) settleSome(world, client)
  else if (what < 13) subscribe(world, client)
  else if (what < 14) unsubscribe(world, client)
  else if (what < 15) poll(world, client)
  else if (chance.oneIn(6)) purge(world, client)
}

function publishSome(world: World, client: Client): void {
  const { chance, life } = world
  // Told to pause, most do.
  if (life.broker.alarms.length > 0 && !chance.oneIn(10)) return
  for (let count = 1 + chance.below(chance.oneIn(4) ? 12 : 3); count > 0; count--) {
    if (chance.oneIn(6)) client.append(chance.below(world.plan.bodyBytes))
    else client.publish(anyPublish(world))
  }
}

function anyPublish({ chance, plan, topology }: World): PublishSpec {
  const exchange = chance.oneIn(3) ? chance.pick(topology.exchanges).name : ''
  const bytes = chance.oneIn(60)
    ? chance.below(60_000)
    : chance.oneIn(8)
      ? chance.below(8 * plan.bodyBytes)
      : chance.below(plan.bodyBytes)
  return {
    exchange,
    key: exchange === '' ? `q${chance.below(plan.queues)}` : anyKey(chance),
    headers: anyHeaders(chance),
    persistent: !chance.oneIn(5),
    priority: chance.oneIn(3) ? chance.below(4) : undefined,
    ttl: chance.oneIn(12) ? chance.below(300) : undefined,
    bytes,
  }
}

function settleSome({ chance }: World, client: Client): void {
  for (let count = 1 + chance.below(4); count > 0 && client.held > 0; count--) {
    const index = chance.oneIn(2) ? 0 : chance.below(client.held)
    client.settle(index, chance.pick(['accepted', 'accepted', 'accepted', 'requeued', 'failed', 'discarded']))
  }
}

function anyQueue({ chance, topology }: World): QueueBook | undefined {
  const queues = topology.queues.filter(({ name }) => name !== graveyardName)
  return queues.length === 0 ? undefined : chance.pick(queues)
}

function subscribe(world: World, client: Client): void {
  const { chance } = world
  const book = anyQueue(world)
  if (book === undefined || client.subscriptions.length >= 3) return
  const tag = world.nextTag()
  const options = { tag, priority: chance.below(3), settled: chance.oneIn(4), prefetch: 1 + chance.below(5), book }
  try {
    client.subscribe(options)
  } catch (error) {
    world.failed(error as Error, `consume ${book.name}`, client, book)
  }
}

function unsubscribe({ chance }: World, client: Client): void {
  if (client.subscriptions.length > 0) client.unsubscribe(chance.pick(client.subscriptions))
}

function poll(world: World, client: Client): void {
  const book = anyQueue(world)
  if (book === undefined) return
  const { type, singleActiveConsumer } = book.rules
  if (type === 'classic' || !singleActiveConsumer) client.poll(book)
}

function purge(world: World, client: Client): void {
  const book = anyQueue(world)
  if (book === undefined) return
  const { name } = book
  world.trace.tell(`${client.name} purges ${name}`)
  const purged = client.access.purgeQueue(name)
  // Consumers that are ready were served before.
  book.purge(world.life.scheduler.now())
  purged.catch((error: Error) => world.failed(error, `purge ${name}`, client, book))
}
