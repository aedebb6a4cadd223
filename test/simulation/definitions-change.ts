import type { Access, ExchangeDeclaration, QueueDeclaration } from '../../src/broker/access.ts'
import { longString, type Table, type TableValue } from '../../src/std/table.ts'
import type { Chance } from '../fuzz/chance.ts'
import type { Client } from './client.ts'
import { graveyardName } from './graveyard.ts'
import { QueueBook, type QueueRules } from './queue-book.ts'
import type { Known, KnownBinding } from './topology-book.ts'
import type { World } from './world.ts'

/** Routing keys; as patterns they overlap. */
const keys = ['a', 'a.b', 'b', 'a.#', '*.b', '#'] as const
const exchangeNames = ['x0', 'x1', 'x2', 'x3']
const exchangeTypes = ['direct', 'fanout', 'topic', 'headers']

/** One of the keys, for a binding or a message. */
export function anyKey(chance: Chance): string {
  return chance.pick(keys)
}

/** Headers of a message, or conditions of a binding. */
export function anyHeaders(chance: Chance): Table {
  return chance.oneIn(2) ? [] : [['colour', longString(chance.pick(['red', 'green']))]]
}

/** A client changes what is declared: queues, exchanges, bindings. It waits for the answer. */
export function changeDefinitions(world: World, client: Client): void {
  const { chance } = world
  const change = chance.below(10)
  if (change < 3) declareQueue(world, client)
  else if (change < 4) deleteQueue(world, client)
  else if (change < 5) declareExchange(world, client)
  else if (change < 6) deleteExchange(world, client)
  else if (change < 9) bind(world, client)
  else unbind(world, client)
}

interface Change {
  readonly what: string
  /** What others leave alone until it is answered. */
  readonly locks: readonly string[]
  /** What becomes of what is known. */
  readonly act: () => void
  readonly ask: (access: Access) => Promise<unknown>
}

/** Asks for a change; until it is answered, a restart may find it made or not. */
export function ask(world: World, client: Client, change: Change): void {
  if (change.locks.some((lock) => world.locked.has(lock))) return
  for (const lock of change.locks) world.locked.add(lock)
  const touched = world.topology.change(change.act)
  world.unanswered.add(touched)
  client.busy = true
  world.trace.tell(`${client.name} ${change.what}`)
  const unlock = () => {
    for (const lock of change.locks) world.locked.delete(lock)
    world.unanswered.delete(touched)
  }
  change.ask(client.access).then(
    () => {
      world.trace.tell(`${client.name} has ${change.what} answered`)
      if (world.life.fault !== undefined && isWritten(touched))
        world.complaints.add('answered after a fault', change.what)
      client.busy = false
      world.answered(touched)
      unlock()
    },
    (error: Error) => {
      world.failed(error, change.what, client)
      if (world.life.fault === undefined) unlock()
    },
  )
}

/** Something of it has to be on disk before it is answered. */
function isWritten(touched: ReadonlyMap<string, Known>): boolean {
  return [...touched.values()].some((known) => known.kind !== 'binding' && known.declaration.durable)
}

function declareQueue(world: World, client: Client): void {
  const { chance, topology } = world
  const name = `q${chance.below(world.plan.queues)}`
  const known = topology.known.get(`queue ${name}`)
  if (known?.kind === 'queue') {
    const { declaration } = known
    if (known.book.rules.fleeting !== undefined) return
    const locks = [`queue ${name}`]
    ask(world, client, {
      what: `declares ${name} again`,
      locks,
      act() {},
      ask: (access) => access.declareQueue(declaration),
    })
    return
  }
  const rules = anyRules(chance)
  ask(world, client, newQueue(world, name, rules))
}

/** The declaration of a queue with these rules. */
export function newQueue(world: World, name: string, rules: QueueRules): Change {
  const declaration: QueueDeclaration = {
    name,
    durable: rules.durable,
    exclusive: false,
    autoDelete: rules.fleeting === 'auto-delete',
    arguments: argumentsOf(rules),
  }
  const book = new QueueBook(name, rules, world.complaints)
  return {
    what: `declares ${name} ${JSON.stringify(rules)}`,
    locks: [`queue ${name}`],
    act: () => world.topology.declareQueue(declaration, book),
    ask: (access) => access.declareQueue(declaration),
  }
}

function anyRules(chance: Chance): QueueRules {
  const maybe = <T>(times: number, value: T): T | undefined => (chance.oneIn(times) ? value : undefined)
  if (chance.oneIn(4)) return anyQuorumRules(chance)
  return {
    type: 'classic',
    deliveryLimit: undefined,
    atLeastOnce: false,
    durable: !chance.oneIn(6),
    maxLength: maybe(6, chance.below(12)),
    maxLengthBytes: maybe(10, chance.below(2_000)),
    overflow: maybe(3, chance.pick(['drop-head', 'reject-publish', 'reject-publish-dlx'])),
    messageTtl: maybe(6, chance.below(500)),
    maxPriority: maybe(4, 1 + chance.below(3)),
    singleActiveConsumer: chance.oneIn(6),
    deadLetters: chance.oneIn(3),
    fleeting: chance.oneIn(12) ? chance.pick(['auto-delete', 'expires']) : undefined,
  }
}

function anyQuorumRules(chance: Chance): QueueRules {
  const maybe = <T>(times: number, value: T): T | undefined => (chance.oneIn(times) ? value : undefined)
  const overflow = maybe(2, chance.pick(['drop-head', 'reject-publish'] as const))
  const deadLetters = chance.oneIn(2)
  return {
    type: 'quorum',
    deliveryLimit: maybe(2, chance.below(3)),
    atLeastOnce: deadLetters && overflow === 'reject-publish',
    durable: true,
    maxLength: maybe(6, chance.below(12)),
    maxLengthBytes: maybe(10, chance.below(2_000)),
    overflow,
    messageTtl: maybe(6, chance.below(500)),
    maxPriority: undefined,
    singleActiveConsumer: chance.oneIn(6),
    deadLetters,
    fleeting: maybe(12, 'expires'),
  }
}

function argumentsOf(rules: QueueRules): Table {
  const integer = (value: number | undefined): TableValue | undefined =>
    value === undefined ? undefined : { tag: 'I', value }
  const entries: [string, TableValue | undefined][] = [
    ['x-max-length', integer(rules.maxLength)],
    ['x-max-length-bytes', integer(rules.maxLengthBytes)],
    ['x-queue-type', longString(rules.type)],
    ['x-delivery-limit', integer(rules.deliveryLimit)],
    ['x-dead-letter-strategy', rules.atLeastOnce ? longString('at-least-once') : undefined],
    ['x-overflow', rules.overflow === undefined ? undefined : longString(rules.overflow)],
    ['x-message-ttl', integer(rules.messageTtl)],
    ['x-max-priority', integer(rules.maxPriority)],
    ['x-single-active-consumer', rules.singleActiveConsumer ? { tag: 't', value: true } : undefined],
    ['x-dead-letter-exchange', rules.deadLetters ? longString('') : undefined],
    ['x-dead-letter-routing-key', rules.deadLetters ? longString(graveyardName) : undefined],
    ['x-expires', rules.fleeting === 'expires' ? integer(200) : undefined],
  ]
  return entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
}

function deleteQueue(world: World, client: Client): void {
  const { chance, topology } = world
  const book = topology.queue(`q${chance.below(world.plan.queues)}`)
  if (book === undefined || chance.oneIn(2)) return
  const { name } = book
  ask(world, client, {
    what: `deletes ${name}`,
    locks: [`queue ${name}`],
    act: () => {
      book.doomed = true
      topology.deleteQueue(name)
    },
    ask: (access) => access.deleteQueue(name, { ifUnused: false, ifEmpty: false }),
  })
}

function declareExchange(world: World, client: Client): void {
  const { chance, topology } = world
  const name = chance.pick(exchangeNames)
  const known = topology.exchange(name)
  const declaration: ExchangeDeclaration = known ?? {
    name,
    type: chance.pick(exchangeTypes),
    durable: !chance.oneIn(5),
    autoDelete: chance.oneIn(6),
    internal: false,
    arguments: chance.oneIn(4) ? [['alternate-exchange', longString(chance.pick(exchangeNames))]] : [],
  }
  ask(world, client, {
    what: `declares ${name} ${declaration.type}`,
    locks: [`exchange ${name}`],
    act: () => topology.declareExchange(declaration),
    ask: (access) => access.declareExchange(declaration),
  })
}

function deleteExchange(world: World, client: Client): void {
  const { chance, topology } = world
  const name = chance.pick(exchangeNames)
  if (topology.exchange(name) === undefined || chance.oneIn(2)) return
  ask(world, client, {
    what: `deletes ${name}`,
    locks: [`exchange ${name}`],
    act: () => topology.deleteExchange(name),
    ask: (access) => access.deleteExchange(name, { ifUnused: false }),
  })
}

function bind(world: World, client: Client): void {
  const { chance, topology } = world
  const queues = topology.queues.filter(({ name, rules }) => name !== graveyardName && rules.fleeting === undefined)
  const toExchange = chance.oneIn(5)
  const destinations = toExchange
    ? exchangeNames.filter((name) => topology.exchange(name) !== undefined)
    : queues.map(({ name }) => name)
  if (destinations.length === 0) return
  const source = chance.pick(topology.exchanges)
  const binding: KnownBinding = {
    source: source.name,
    destination: chance.pick(destinations),
    toExchange,
    routingKey: anyKey(chance),
    arguments:
      source.type === 'headers' ? [['x-match', longString(chance.pick(['all', 'any']))], ...anyHeaders(chance)] : [],
  }
  ask(world, client, bindingChange(world, binding, 'binds'))
}

function unbind(world: World, client: Client): void {
  const { chance, topology } = world
  if (topology.bindings.length > 0) ask(world, client, bindingChange(world, chance.pick(topology.bindings), 'unbinds'))
}

/** A binding is made or undone. */
export function bindingChange(world: World, binding: KnownBinding, verb: 'binds' | 'unbinds'): Change {
  const { source, destination, toExchange, routingKey } = binding
  const { topology } = world
  return {
    what: `${verb} ${destination} to ${source} by ${routingKey}`,
    locks: [`exchange ${source}`, `${toExchange ? 'exchange' : 'queue'} ${destination}`],
    act: () => (verb === 'binds' ? topology.bind(binding) : topology.unbind(binding)),
    ask: (access) => {
      if (verb === 'binds') return toExchange ? access.bindExchange(binding) : access.bindQueue(binding)
      return toExchange ? access.unbindExchange(binding) : access.unbindQueue(binding)
    },
  }
}
