import { randomBytes } from 'node:crypto'
import { type Channel, type ChannelModel, type ConfirmChannel, connect, type Options } from 'amqplib'
import { within } from './waiting.ts'

/** Why a broker closed a channel or connection. */
export interface Closure {
  readonly code: number
  readonly text: string
  readonly classId: number
  readonly methodId: number
}

/** A connection of amqplib whose channels remember why they were closed. */
export class Session {
  readonly connection: ChannelModel
  /** Resolves when the broker closes the connection for an error. */
  readonly closed: Promise<Closure>
  /** Names to delete when the file is done. */
  readonly #leavings: Leavings
  readonly #closures = new WeakMap<object, Promise<Closure>>()
  #over = false

  private constructor(connection: ChannelModel, leavings: Leavings) {
    this.connection = connection
    this.#leavings = leavings
    this.closed = new Promise((resolve) => {
      connection.on('error', (error) => resolve(closureOf(error)))
    })
    connection.on('close', () => {
      this.#over = true
    })
  }

  static async open(url: string | Options.Connect, leavings: Leavings, clientProperties = {}): Promise<Session> {
    return new Session(await connect(url, { clientProperties, noDelay: true }), leavings)
  }

  async channel(): Promise<Channel> {
    return this.#remember(await this.connection.createChannel())
  }

  async confirmChannel(): Promise<ConfirmChannel> {
    return this.#remember(await this.connection.createConfirmChannel())
  }

  /** Why the broker closed `channel`; waits until it did. */
  closureOf(channel: Channel): Promise<Closure> {
    const closure = this.#closures.get(channel)
    if (closure === undefined) throw new Error('not a channel of this session')
    return within(closure, 'the channel to be closed')
  }

  /** Declares a queue with a name of its own (or `''` for one the broker makes up) and forgets none. */
  async queue(channel: Channel, options: Options.AssertQueue = { exclusive: true }, label = 'q'): Promise<string> {
    const { queue } = await channel.assertQueue(label === '' ? '' : this.name(label), options)
    this.#leavings.queues.add(queue)
    return queue
  }

  /** Declares an exchange with a name of its own. */
  async exchange(channel: Channel, type: string, options: Options.AssertExchange = {}): Promise<string> {
    const { exchange } = await channel.assertExchange(this.name(type), type, { durable: false, ...options })
    return exchange
  }

  /** A name nobody else has, remembered for cleaning up whatever it becomes. */
  name(label: string): string {
    const name = `feature-${label}-${randomBytes(6).toString('hex')}`
    this.#leavings.queues.add(name)
    this.#leavings.exchanges.add(name)
    return name
  }

  async close(): Promise<void> {
    if (this.#over) return
    this.#over = true
    await within(this.connection.close(), 'the connection to close').catch(() => {})
  }

  /** Drops the socket as the end of a killed client does. */
  breakOff(): void {
    this.#over = true
    const inner = this.connection.connection as unknown as { stream: { destroy(error: Error): void } } // amqplib keeps it private
    inner.stream.destroy(new Error('killed by the test'))
  }

  #remember<C extends Channel>(channel: C): C {
    this.#closures.set(
      channel,
      new Promise((resolve) => {
        channel.on('error', (error) => resolve(closureOf(error)))
      }),
    )
    return channel
  }
}

/** Names a file of tests made, deleted at its end where the broker outlives it. */
export interface Leavings {
  readonly queues: Set<string>
  readonly exchanges: Set<string>
}

/** Code, text and method of an error amqplib made of a server's close. */
export function closureOf(error: unknown): Closure {
  const { message, code, classId, methodId } = error as Error & Partial<Closure>
  const text = /with message "([\s\S]*)"/.exec(message)?.[1]
  return { code: code ?? Number.NaN, text: text ?? message, classId: classId ?? 0, methodId: methodId ?? 0 }
}

/** The closure an operation ends in; fails when it succeeds. */
export async function refusal(operation: Promise<unknown>): Promise<Closure> {
  try {
    await within(operation, 'a refusal')
  } catch (error) {
    return closureOf(error)
  }
  throw new Error('the broker allowed what it should refuse')
}
