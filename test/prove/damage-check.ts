import type { Definition } from '../../src/broker/definition.ts'
import { Fault } from '../../src/broker/fault.ts'
import { RecordType } from '../../src/broker/record.ts'
import type { Damage, Log, Position, Store } from '../../src/store/log.ts'
import { type Core, declare, message, openCore } from '../support/core.ts'
import type { FakeDisk } from '../support/fake-disk.ts'
import { openOn } from '../support/log-life.ts'
import { drain, type LogName, logNames, nameIn, type Original, type World } from './damage-world.ts'

/** A promise that was broken. */
export class Broken extends Error {}

/** What one damage came to. */
export interface Outcome {
  /** Records that are not found any more. */
  readonly lost: readonly Original[]
  /** Queues that are gone because their definition was hit. */
  queuesGone: number
  /** A login that is gone because user or permission was hit. */
  loginGone: boolean
  /** Ranges that the store named. */
  readonly named: number
}

function hold(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Broken(what)
}

/** Opens the store on a damaged disk as a start does and compares all that is found with what was there. */
export async function checkStore(disk: FakeDisk, world: World): Promise<Outcome> {
  const store = await openOn(disk)
  store.onFault = (fault) => {
    throw new Broken(`the store gave up: ${fault.message}`)
  }
  const lost: Original[] = []
  for (const name of logNames) {
    const log = await store.open(name)
    if (name === 'definitions') await checkSnapshot(log, store, world)
    lost.push(...(await checkLog(log, name, world)))
  }
  for (const original of lost) hold(isNamed(store.damage, original), `${textOf(original)} is lost and not named`)
  const named = store.damage.length
  await store.close()
  return { lost, queuesGone: 0, loginGone: false, named }
}

async function checkSnapshot(log: Log, store: Store, { snapshots }: World): Promise<void> {
  const found = await log.loadSnapshot()
  const newest = snapshots.at(-1)
  if (newest === undefined) return hold(found === undefined, 'a snapshot came out of nothing')
  const saved = snapshots.find(({ through }) => through === found?.through)
  hold(found !== undefined || snapshots.length === 1, 'both snapshots are lost')
  if (found !== undefined) hold(saved?.bytes.equals(found.bytes) === true, 'a snapshot has wrong bytes')
  if (saved === newest) return
  const isNewest = ({ log: name, to }: Damage) => name === 'definitions' && to === newest.through
  hold(store.damage.some(isNewest), 'the newest snapshot is lost and not named')
}

/** Answers what is lost; what is found is right, and in order. */
async function checkLog(log: Log, name: LogName, world: World): Promise<Original[]> {
  const originals = world.originals.get(name)!
  const heads = new Set<Position>()
  // First as a broker starts, from indexes.
  await log.replay(log.start, { bodies: false }, ({ position, type, header, bodySize }) => {
    const original = originals.get(position)
    hold(original?.type === type && original.header.equals(header), `${name} ${position} has a wrong header`)
    hold(original.body.length === bodySize, `${name} ${position} has a wrong size`)
    heads.add(position)
  })
  const whole = new Set<Position>()
  let before = 0
  await log.replay(log.start, { bodies: true }, (record) => {
    const { position, type, header, body, damaged } = record
    const original = originals.get(position)
    hold(original?.type === type && original.header.equals(header), `${name} ${position} has a wrong header`)
    hold(position > before, `${name} ${position} comes after ${before}`)
    before = position
    if (damaged) return hold(body === undefined, `${name} ${position} is damaged and has a body`)
    hold(original.body.equals(body ?? Buffer.alloc(0)), `${name} ${position} has a wrong body`)
    whole.add(position)
  })
  for (const position of whole) hold(heads.has(position), `${name} ${position} is not found by way of the index`)
  return [...originals.values()].filter(({ position }) => !whole.has(position))
}

function isNamed(damage: readonly Damage[], { log, position, end }: Original): boolean {
  return damage.some((range) => range.log === log && range.from < end && position < range.to)
}

function textOf({ log, position }: Original): string {
  return `record ${position} of ${log}`
}

/**
 * Starts a broker on a damaged disk, drains every queue, goes on with it, and starts it once more. Nothing may
 * be missing but what the lost records held, nothing wrong may come out, and what is new must be there.
 */
export async function checkBroker(disk: FakeDisk, world: World, outcome: Outcome): Promise<void> {
  const lostDefinitions = outcome.lost
    .filter(({ log }) => log === 'definitions')
    .map(({ header }) => JSON.parse(header.toString()) as Definition)
  const store = await openOn(disk)
  store.onFault = (fault) => {
    throw new Broken(`the store gave up: ${fault.message}`)
  }
  const core = await opened(store, lostDefinitions)
  if (core === undefined) {
    outcome.loginGone = true
    return await store.close()
  }
  const queueLost = new Set(lostDefinitions.filter(({ kind }) => kind === 'queue').map((queue) => nameOf(queue)))
  const found = new Map<string, string[]>()
  for (const queue of world.held.keys()) {
    const names = await drainedNames(core, queue, queueLost)
    if (names === undefined) outcome.queuesGone += 1
    else found.set(queue, names)
  }
  for (const [queue, names] of found) checkQueue(world, queue, names, outcome)
  await declare(core.access, 'later', { durable: true })
  for (const body of ['one', 'two']) {
    core.access.publish(message(core.access, 'later', body, { deliveryMode: 2 }))
  }
  await core.broker.close()
  await checkNextStart(disk, found)
}

async function opened(store: Store, lost: readonly Definition[]): Promise<Core | undefined> {
  try {
    return await openCore({ store })
  } catch (error) {
    const isLogin = lost.some(({ kind }) => kind === 'user' || kind === 'permission')
    if (error instanceof Fault && isLogin) return undefined
    throw error
  }
}

function nameOf(definition: Definition): string {
  return 'name' in definition ? definition.name : ''
}

async function drainedNames(core: Core, queue: string, mayBeGone: ReadonlySet<string>): Promise<string[] | undefined> {
  try {
    core.access.checkQueue(queue)
  } catch {
    hold(mayBeGone.has(queue), `queue ${queue} is gone`)
    return undefined
  }
  const names: string[] = []
  for (const delivery of await drain(core, queue)) {
    const name = nameIn(delivery.message.body.toString())
    hold(name !== undefined, `queue ${queue} handed out a wrong body`)
    names.push(name)
  }
  return names
}

function checkQueue(world: World, queue: string, names: readonly string[], { lost }: Outcome): void {
  const held = world.held.get(queue)!
  const published = world.published.get(queue)!
  hold(new Set(names).size === names.length, `queue ${queue} has a message twice`)
  const numbers = names.map((name) => Number(name.slice(1)))
  hold(
    numbers.every((number, index) => index === 0 || number > numbers[index - 1]!),
    `queue ${queue} is out of order`,
  )
  const lostNames = new Set(lost.map(({ body }) => body.toString().split('\n')[0]))
  const here = new Set(names)
  for (const name of held) hold(here.has(name) || lostNames.has(name), `message ${name} of queue ${queue} is gone`)
  const settled = new Set(held)
  // A settlement that was hit leaves its messages unsettled.
  const settleLost = lost.some(({ log, type }) => log === 'messages' && type === RecordType.settle)
  for (const name of names) {
    hold(published.has(name), `message ${name} was never in queue ${queue}`)
    hold(settled.has(name) || settleLost, `message ${name} of queue ${queue} was settled and is back`)
  }
}

/** After damage was met, and something new was written, the next start finds the same and the new. */
async function checkNextStart(disk: FakeDisk, found: ReadonlyMap<string, readonly string[]>): Promise<void> {
  const core = await openCore({ store: await openOn(disk) })
  for (const [queue, names] of found) {
    const again = await drainedNames(core, queue, new Set())
    hold(again?.join() === names.join(), `queue ${queue} differs after another start`)
  }
  const later = (await drain(core, 'later')).map((delivery) => delivery.message.body.toString())
  hold(later.join() === 'one,two', `a queue declared after the damage has ${later.length} messages, not its own two`)
  await core.broker.close()
}
