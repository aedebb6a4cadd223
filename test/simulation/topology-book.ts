import type { BindingDeclaration, ExchangeDeclaration, QueueDeclaration } from '../../src/broker/access.ts'
import { type Table, tableGet, tableString } from '../../src/std/table.ts'
import { tableValuesEqual } from '../../src/std/table-equality.ts'
import type { QueueBook } from './queue-book.ts'

/** A binding, and whether its destination is an exchange. */
export type KnownBinding = BindingDeclaration & { readonly toExchange: boolean }

/** Something declared. */
export type Known =
  | { readonly kind: 'exchange'; readonly declaration: ExchangeDeclaration }
  | { readonly kind: 'queue'; readonly declaration: QueueDeclaration; readonly book: QueueBook }
  | { readonly kind: 'binding'; readonly declaration: KnownBinding }

/** What a publish has for the routing. */
export interface Routed {
  readonly exchange: string
  readonly key: string
  readonly headers: Table
}

/** Exchanges that are there from the start. */
const standard = ['direct', 'fanout', 'topic', 'headers'].map((type) => ({
  name: `amq.${type}`,
  type,
  durable: true,
  autoDelete: false,
  internal: false,
  arguments: [],
}))

/** What is declared and bound, and where messages go by it. */
export class TopologyBook {
  readonly known = new Map<string, Known>()
  /** Changes that were not answered when the process ended: they may have happened or not. */
  readonly doubtful = new Map<string, Known>()

  constructor() {
    for (const declaration of standard) this.#add({ kind: 'exchange', declaration })
  }

  queue(name: string): QueueBook | undefined {
    const known = this.known.get(`queue ${name}`)
    return known?.kind === 'queue' ? known.book : undefined
  }

  exchange(name: string): ExchangeDeclaration | undefined {
    const known = this.known.get(`exchange ${name}`)
    return known?.kind === 'exchange' ? known.declaration : undefined
  }

  get queues(): QueueBook[] {
    return [...this.known.values()].flatMap((known) => (known.kind === 'queue' ? [known.book] : []))
  }

  get exchanges(): ExchangeDeclaration[] {
    return [...this.known.values()].flatMap((known) => (known.kind === 'exchange' ? [known.declaration] : []))
  }

  get bindings(): KnownBinding[] {
    return [...this.known.values()].flatMap((known) => (known.kind === 'binding' ? [known.declaration] : []))
  }

  /** Makes a change; answers what it touched, to be held in doubt until the change is answered. */
  change(act: () => void): ReadonlyMap<string, Known> {
    const before = new Map(this.known)
    act()
    const touched = new Map<string, Known>()
    for (const [key, known] of before) if (this.known.get(key) !== known) touched.set(key, known)
    for (const [key, known] of this.known) if (before.get(key) !== known) touched.set(key, known)
    return touched
  }

  declareExchange(declaration: ExchangeDeclaration): void {
    if (this.exchange(declaration.name) === undefined) this.#add({ kind: 'exchange', declaration })
  }

  declareQueue(declaration: QueueDeclaration, book: QueueBook): void {
    this.#add({ kind: 'queue', declaration, book })
  }

  bind(declaration: KnownBinding): void {
    const known: Known = { kind: 'binding', declaration }
    if (!this.known.has(keyOf(known))) this.#add(known)
  }

  unbind(binding: KnownBinding): void {
    if (!this.known.delete(keyOf({ kind: 'binding', declaration: binding }))) return
    const source = this.exchange(binding.source)
    const isUsed = this.bindings.some((other) => other.source === binding.source)
    if (source?.autoDelete === true && !isUsed) this.deleteExchange(source.name)
  }

  deleteExchange(name: string): void {
    this.known.delete(`exchange ${name}`)
    for (const binding of this.bindings) {
      if (binding.source === name) this.known.delete(keyOf({ kind: 'binding', declaration: binding }))
      else if (binding.toExchange && binding.destination === name) this.unbind(binding)
    }
  }

  deleteQueue(name: string): void {
    this.known.delete(`queue ${name}`)
    for (const binding of this.bindings) if (!binding.toExchange && binding.destination === name) this.unbind(binding)
  }

  /** What is not durable is gone, and what was not answered is in doubt. */
  restart(unanswered: Iterable<ReadonlyMap<string, Known>>): void {
    for (const touched of unanswered) for (const [key, known] of touched) this.doubtful.set(key, known)
    for (const known of [...this.known.values(), ...this.doubtful.values()]) {
      if (this.#isDurable(known)) continue
      this.known.delete(keyOf(known))
      this.doubtful.delete(keyOf(known))
    }
    for (const key of this.doubtful.keys()) this.known.delete(key)
  }

  /** What was in doubt turned out to be there. */
  restore(known: Known): void {
    this.#add(known)
  }

  /** Names of the queues a message goes to. */
  route({ exchange, key, headers }: Routed): Set<string> {
    const queues = new Set<string>()
    const visited = new Set<string>()
    const next = [exchange]
    for (let name = next.pop(); name !== undefined; name = next.pop()) {
      if (visited.has(name)) continue
      visited.add(name)
      if (name === '' && this.queue(key) !== undefined) queues.add(key)
      const declaration = this.exchange(name)
      if (declaration === undefined) continue
      const matching = this.bindings.filter((binding) => {
        return binding.source === name && matches(declaration.type, binding, key, headers)
      })
      for (const { destination, toExchange } of matching) {
        if (toExchange) next.push(destination)
        else queues.add(destination)
      }
      const alternate = tableString(tableGet(declaration.arguments, 'alternate-exchange'))
      if (matching.length === 0 && alternate !== undefined) next.push(alternate)
    }
    return queues
  }

  #isDurable(known: Known): boolean {
    if (known.kind !== 'binding') return known.declaration.durable
    const { source, destination, toExchange } = known.declaration
    const ends = [`exchange ${source}`, `${toExchange ? 'exchange' : 'queue'} ${destination}`]
    return ends.every((end) => {
      const found = this.known.get(end) ?? this.doubtful.get(end)
      return found !== undefined && this.#isDurable(found)
    })
  }

  #add(known: Known): void {
    this.known.set(keyOf(known), known)
  }
}

/** What makes a thing the same as another. */
export function keyOf(known: Known): string {
  if (known.kind !== 'binding') return `${known.kind} ${known.declaration.name}`
  const { source, destination, toExchange, routingKey, arguments: conditions } = known.declaration
  const shown = conditions.map(([name, value]) => `${name}=${tableString(value)}`).join(',')
  return `binding ${source} ${toExchange ? 'exchange' : 'queue'} ${destination} ${routingKey} ${shown}`
}

function matches(type: string, binding: KnownBinding, key: string, headers: Table): boolean {
  switch (type) {
    case 'fanout':
      return true
    case 'direct':
      return binding.routingKey === key
    case 'topic':
      return topicMatches(binding.routingKey.split('.'), key.split('.'))
    default: {
      const any = tableString(tableGet(binding.arguments, 'x-match')) === 'any'
      const conditions = binding.arguments.filter(([name]) => !name.startsWith('x-'))
      const holds = ([name, value]: Table[number]) => tableValuesEqual(tableGet(headers, name), value)
      return any ? conditions.some(holds) : conditions.every(holds)
    }
  }
}

function topicMatches(pattern: readonly string[], words: readonly string[]): boolean {
  const [first, ...rest] = pattern
  if (first === undefined) return words.length === 0
  if (first === '#') return words.some((_, index) => topicMatches(rest, words.slice(index))) || topicMatches(rest, [])
  return words.length > 0 && (first === '*' || first === words[0]) && topicMatches(rest, words.slice(1))
}
