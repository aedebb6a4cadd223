import type { Channel } from 'amqplib'
import type { Chance } from '../fuzz/chance.ts'
import type { Session } from './session.ts'

/** What a client may expect of a thing it declared or deleted: `unsure` while no answer came. */
type Standing = 'present' | 'absent' | 'unsure'

const queues = Array.from({ length: 8 }, (_, i) => `definition.queue-${i}`)
const exchanges = Array.from({ length: 4 }, (_, i) => `definition.exchange-${i}`)
const keys = ['red', 'green', 'blue']

interface Binding {
  readonly exchange: string
  readonly queue: string
  readonly key: string
}

/** Half of the queues have arguments, which have to come back as they were. */
function argumentsOf(queue: string): Record<string, unknown> {
  return Number(queue.at(-1)) % 2 === 0 ? {} : { 'x-max-length': 1000 + Number(queue.at(-1)), 'x-note': 'kept' }
}

function typeOf(exchange: string): string {
  return Number(exchange.at(-1)) % 2 === 0 ? 'direct' : 'topic'
}

function bindingName({ exchange, queue, key }: Binding): string {
  return `${exchange} -${key}-> ${queue}`
}

/** Declares, binds, unbinds and deletes without end, and knows what the broker said yes to. */
export class Definitions {
  readonly #standing = new Map<string, Standing>()
  readonly #bindings: readonly Binding[] = exchanges.flatMap((exchange) =>
    queues.flatMap((queue) => keys.map((key) => ({ exchange, queue, key }))),
  )
  /** Operations the broker answered. */
  answered = 0
  onAnswer: (() => void) | undefined

  /** Changes something every time the last change is answered, until the connection breaks or `stopped` says so. */
  async churn(session: Session, chance: Chance, stopped: () => boolean): Promise<void> {
    try {
      const channel = await session.channel()
      while (!session.broken && !stopped()) {
        await this.#change(channel, chance)
        this.answered += 1
        this.onAnswer?.()
      }
    } catch (error) {
      // Whatever else is thrown is a refusal the plan does not provoke.
      if (!session.broken && !(await closesSoon(session))) throw session.explained(error)
    }
    await session.close()
  }

  /** Compares what there is with what was promised; what was unsure is known from then on. */
  async audit(session: Session): Promise<string[]> {
    return this.#audit(session).catch((error) => {
      throw session.explained(error)
    })
  }

  async #audit(session: Session): Promise<string[]> {
    const complaints: string[] = []
    for (const queue of queues) {
      const found = await exists(
        session,
        (channel) => channel.assertQueue(queue, { durable: true, arguments: argumentsOf(queue) }),
        (channel) => channel.checkQueue(queue),
      )
      this.#compare(queue, found, complaints)
    }
    for (const exchange of exchanges) {
      const found = await exists(
        session,
        (channel) => channel.assertExchange(exchange, typeOf(exchange), { durable: true }),
        (channel) => channel.checkExchange(exchange),
      )
      this.#compare(exchange, found, complaints)
    }
    const routed = await this.#probe(session)
    for (const binding of this.#bindings) {
      this.#compare(bindingName(binding), routed.has(bindingName(binding)), complaints)
    }
    return complaints
  }

  /** How many things there are, as far as it is known. */
  get present(): number {
    return [...this.#standing.values()].filter((standing) => standing === 'present').length
  }

  #compare(name: string, found: boolean | string, complaints: string[]): void {
    const expected = this.#of(name)
    if (typeof found === 'string') complaints.push(`definition changed: ${name}: ${found}`)
    else if (expected === 'present' && !found) complaints.push(`definition lost: ${name}`)
    else if (expected === 'absent' && found) complaints.push(`definition came back: ${name}`)
    this.#standing.set(name, found === false ? 'absent' : 'present')
  }

  /** Sends a message along every binding there could be; answers the names of those it came through. */
  async #probe(session: Session): Promise<Set<string>> {
    const channel = await session.confirmChannel()
    const there = (name: string) => this.#of(name) === 'present'
    for (const queue of queues.filter(there)) await channel.purgeQueue(queue)
    for (const exchange of exchanges.filter(there)) {
      for (const key of keys) channel.publish(exchange, key, Buffer.alloc(0))
    }
    await channel.waitForConfirms()
    const routed = new Set<string>()
    for (const queue of queues.filter(there)) {
      for (;;) {
        const message = await channel.get(queue, { noAck: true })
        if (message === false) break
        const { exchange, routingKey: key } = message.fields
        routed.add(bindingName({ exchange, queue, key }))
      }
    }
    await channel.close()
    return routed
  }

  #of(name: string): Standing {
    return this.#standing.get(name) ?? 'absent'
  }

  async #change(channel: Channel, chance: Chance): Promise<void> {
    const queue = chance.pick(queues)
    const exchange = chance.pick(exchanges)
    const binding = { exchange, queue, key: chance.pick(keys) }
    const dice = chance.below(20)
    if (dice === 0 && this.#of(queue) === 'present') return this.#deleteQueue(channel, queue)
    if (dice === 1 && this.#of(exchange) === 'present') return this.#deleteExchange(channel, exchange)
    if (this.#of(queue) === 'absent') {
      return this.#do(queue, 'present', () =>
        channel.assertQueue(queue, { durable: true, arguments: argumentsOf(queue) }),
      )
    }
    if (this.#of(exchange) === 'absent') {
      return this.#do(exchange, 'present', () => channel.assertExchange(exchange, typeOf(exchange), { durable: true }))
    }
    const name = bindingName(binding)
    if (this.#of(name) === 'present')
      return this.#do(name, 'absent', () => channel.unbindQueue(queue, exchange, binding.key))
    return this.#do(name, 'present', () => channel.bindQueue(queue, exchange, binding.key))
  }

  #deleteQueue(channel: Channel, queue: string): Promise<void> {
    const bindings = this.#bindings.filter((binding) => binding.queue === queue)
    return this.#do(queue, 'absent', () => channel.deleteQueue(queue), bindings)
  }

  #deleteExchange(channel: Channel, exchange: string): Promise<void> {
    const bindings = this.#bindings.filter((binding) => binding.exchange === exchange)
    return this.#do(exchange, 'absent', () => channel.deleteExchange(exchange), bindings)
  }

  /** Does one change; its outcome is unsure until it is answered. `with` goes where the thing goes. */
  async #do(name: string, outcome: Standing, operation: () => PromiseLike<unknown>, bindings: readonly Binding[] = []) {
    const affected = bindings.map(bindingName).filter((binding) => this.#of(binding) === 'present')
    for (const each of [name, ...affected]) this.#standing.set(each, 'unsure')
    await operation()
    for (const each of [name, ...affected]) this.#standing.set(each, outcome)
  }
}

/** Whether a thing is there and the same; the broker's words when it is there but not the same. */
async function exists(
  session: Session,
  assert: (channel: Channel) => PromiseLike<unknown>,
  look: (channel: Channel) => PromiseLike<unknown>,
): Promise<boolean | string> {
  const channel = await session.channel()
  try {
    await look(channel)
  } catch (error) {
    if (/NOT_FOUND/.test(String(error))) return false
    throw error
  }
  try {
    await assert(channel)
  } catch (error) {
    return String(error)
  }
  await channel.close()
  return true
}

/** Whether the connection goes away within a moment: the rejection of a call may come before the event. */
function closesSoon(session: Session): Promise<boolean> {
  return new Promise((resolve) => {
    const late = setTimeout(() => resolve(false), 1000)
    void session.end.then(() => {
      clearTimeout(late)
      resolve(true)
    })
  })
}
