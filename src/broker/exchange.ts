import type { Table } from '../std/table.ts'
import { encodeTable } from '../std/table-codec.ts'
import type { Binding } from './binding.ts'
import { ExchangeCounters } from './counters.ts'
import { type EffectivePolicy, NO_POLICY } from './effective-policy.ts'
import type { ExchangeContext } from './exchange-context.ts'
import type { ExchangeType, Found, Router } from './exchange-type.ts'
import type { Message } from './message.ts'

export interface ExchangeOptions {
  readonly name: string
  readonly vhost: string
  readonly type: ExchangeType
  readonly durable: boolean
  readonly autoDelete: boolean
  readonly internal: boolean
  readonly arguments: Table
  /** Name of the exchange that gets what this one cannot route. */
  readonly alternate: string | undefined
  /** What policies say at the time; changes come by `Exchange.applyPolicy`. */
  readonly policy: EffectivePolicy
  readonly context: ExchangeContext
}

/** Takes publishes and sends them along its bindings, in the manner of its type. */
export class Exchange {
  readonly name: string
  readonly vhost: string
  /** What the message log calls it; 0 for one that keeps nothing there. */
  readonly number: number
  readonly type: ExchangeType
  readonly durable: boolean
  readonly autoDelete: boolean
  readonly internal: boolean
  readonly arguments: Table
  readonly counters = new ExchangeCounters()
  /** What policies say about it now. */
  policy: EffectivePolicy = NO_POLICY
  /** Name of the exchange that gets what this one cannot route. */
  alternate: string | undefined
  readonly #declaredAlternate: string | undefined
  readonly #router: Router
  readonly #bindings = new Map<string, Binding>()

  constructor(options: ExchangeOptions) {
    this.name = options.name
    this.vhost = options.vhost
    this.number = options.context.number
    this.type = options.type
    this.durable = options.durable
    this.autoDelete = options.autoDelete
    this.internal = options.internal
    this.arguments = options.arguments
    this.#declaredAlternate = options.alternate
    this.applyPolicy(options.policy)
    this.#router = options.type.create(options.arguments, options.context)
  }

  /** Policies changed: what they say from now on, where the arguments say nothing. */
  applyPolicy(policy: EffectivePolicy): void {
    this.policy = policy
    const alternate = policy.definition['alternate-exchange']
    this.alternate = this.#declaredAlternate ?? (typeof alternate === 'string' ? alternate : undefined)
  }

  get bindings(): Iterable<Binding> {
    return this.#bindings.values()
  }

  get bindingCount(): number {
    return this.#bindings.size
  }

  /** False when an equal binding is there already. */
  add(binding: Binding): boolean {
    const key = identity(binding)
    if (this.#bindings.has(key)) return false
    this.#bindings.set(key, binding)
    this.#router.add(binding)
    return true
  }

  /** Removes the equal binding; answers it, or undefined when there is none. */
  remove(binding: Binding): Binding | undefined {
    const key = identity(binding)
    const known = this.#bindings.get(key)
    if (known === undefined) return undefined
    this.#bindings.delete(key)
    this.#router.remove(known)
    return known
  }

  /** Names every destination the message is for; one may be named twice. */
  route(routingKey: string, message: Message | undefined, found: Found): void {
    this.#router.route(routingKey, message, found)
  }

  /** All that it may route to is in place; at start, resolves when it has read back what it keeps. */
  open(): void | Promise<void> {
    return this.#router.open?.()
  }

  /** Somebody bound, now. */
  bound(binding: Binding): void {
    this.#router.bound?.(binding)
  }

  /** Whether it wants to be told what was refused. */
  get minds(): boolean {
    return this.#router.refused !== undefined
  }

  /** A queue refused a message that may have come by this exchange just now. */
  refused(message: Message): void {
    this.#router.refused?.(message)
  }

  /** It is deleted. */
  close(): void {
    this.#router.close?.()
  }

  /** What is to be shown of it beside its bindings. */
  info(): Readonly<Record<string, number>> {
    return this.#router.info?.() ?? {}
  }
}

/** Two bindings with the same identity are one: arguments compare whatever their order. */
function identity(binding: Binding): string {
  const { destination } = binding
  const kind = destination instanceof Exchange ? 'e' : 'q'
  const sorted = binding.arguments.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  const arguments_ = sorted.length === 0 ? '' : encodeTable(sorted).toString('latin1')
  return JSON.stringify([kind, destination.name, binding.routingKey, arguments_])
}
