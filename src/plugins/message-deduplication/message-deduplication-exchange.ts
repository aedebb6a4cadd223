import type { Binding } from '../../broker/binding.ts'
import { deduplicationKeyOf } from '../../broker/deduplication-key.ts'
import type { ExchangeContext } from '../../broker/exchange-context.ts'
import type { ExchangeType, Found, Router } from '../../broker/exchange-type.ts'
import { DestinationBag } from '../../broker/exchanges/destination-bag.ts'
import { Fault } from '../../broker/fault.ts'
import type { Message } from '../../broker/message.ts'
import { headerOf } from '../../broker/properties.ts'
import { type Table, type TableValue, tableGet, tableInteger, tableString } from '../../std/table.ts'
import { KeyCache } from './key-cache.ts'
import { noteOfKey } from './key-record.ts'

interface Options {
  readonly size: number
  /** Milliseconds a key holds. */
  readonly timeToLive: number
  readonly durable: boolean
}

/** 30,000 years. */
const TIME_TO_LIVE_MAX = 1e15

const timeToLiveName = Buffer.from('x-cache-ttl')

/**
 * `x-message-deduplication`: routes as a fanout exchange does, but a message whose `x-deduplication-header`
 * it has seen before goes nowhere.
 */
export const messageDeduplicationExchangeType: ExchangeType = {
  name: 'x-message-deduplication',
  byKeyAlone: false,
  perMessage: true,
  keepsMessages: true,
  validate(arguments_) {
    optionsOf(arguments_)
  },
  noteOf: () => (_wallTime, properties) => noteOfKey(properties),
  create: (arguments_, context) => new MessageDeduplicationRouter(optionsOf(arguments_), context),
}

function optionsOf(arguments_: Table): Options {
  const size = positiveInteger(tableGet(arguments_, 'x-cache-size'))
  if (size === undefined) {
    const text = "Missing or invalid argument, 'x-cache-size' must be an integer greater than 0"
    throw new Fault('precondition-failed', text)
  }
  const asked = tableGet(arguments_, 'x-cache-ttl')
  const timeToLive = asked === undefined ? Number.POSITIVE_INFINITY : positiveInteger(asked)
  if (timeToLive === undefined) {
    throw new Fault('precondition-failed', "Invalid argument, 'x-cache-ttl' must be an integer greater than 0")
  }
  const value = tableGet(arguments_, 'x-cache-persistence')
  const persistence = value === undefined ? 'memory' : tableString(value)
  if (persistence !== 'memory' && persistence !== 'disk') {
    const text = "Invalid argument, 'x-cache-persistence' must be either 'disk' or 'memory'"
    throw new Fault('precondition-failed', text)
  }
  return { size, timeToLive, durable: persistence === 'disk' }
}

/** Texts count too. */
function positiveInteger(value: TableValue | undefined): number | undefined {
  const text = tableString(value)
  const number = text === undefined ? tableInteger(value) : /^\d{1,15}$/.test(text) ? Number(text) : undefined
  return number !== undefined && number > 0 ? Number(number) : undefined
}

class MessageDeduplicationRouter implements Router {
  readonly #timeToLive: number
  readonly #cache: KeyCache
  readonly #bag = new DestinationBag()
  /** The message routed last, if it brought a new key. */
  #last: { readonly message: Message; readonly key: string } | undefined

  constructor(options: Options, context: ExchangeContext) {
    this.#timeToLive = options.timeToLive
    this.#cache = new KeyCache(options, context)
  }

  add(binding: Binding): void {
    this.#bag.add(binding.destination)
  }

  remove(binding: Binding): void {
    this.#bag.remove(binding.destination)
  }

  /** What leads nowhere is not remembered: its publisher may be told so, and send it again when somebody is there. */
  route(_routingKey: string, message: Message | undefined, found: Found): void {
    const key = message === undefined || this.#bag.empty ? undefined : deduplicationKeyOf(message)
    if (message !== undefined && key !== undefined) {
      if (!this.#cache.add(key, this.#timeToLiveOf(message))) return
      this.#last = { message, key }
    }
    this.#bag.each(found)
  }

  /** Who is told that a message was refused sends it again, and that must not be taken for a duplicate. */
  refused(message: Message): void {
    if (this.#last?.message === message) this.#cache.remove(this.#last.key)
    this.#last = undefined
  }

  close(): void {
    this.#cache.close()
  }

  info(): Readonly<Record<string, number>> {
    return { deduplication_cache_entries: this.#cache.length, deduplication_cache_size: this.#cache.size }
  }

  #timeToLiveOf({ content, offset }: Message): number {
    const own = tableInteger(headerOf(content, offset, timeToLiveName))
    return own === undefined ? this.#timeToLive : Math.min(Number(own), TIME_TO_LIVE_MAX)
  }
}
