import { Fault } from '../../broker/fault.ts'
import { frameTypes } from '../../wire/amqp091/codes.ts'
import { decodeMethod } from '../../wire/amqp091/methods.gen.ts'
import type { ClientEvents, EventConnection } from '../client-events.ts'
import { Channel } from './channel.ts'
import { type MethodIds, noMethod, undecodable } from './codes.ts'
import type { ConnectionPort } from './ports.ts'

const openKey = (20 << 16) | 10

/** The channels of one connection, by number. */
export class Channels {
  /** Class and method of the frame that was refused, for errors. */
  ids: MethodIds = noMethod
  readonly #connection: ConnectionPort
  /** The negotiated channel_max, 0 for no limit. */
  readonly countMax: number
  readonly #byNumber = new Map<number, Channel>()
  /** The one the last frame was for, as the next most often is. */
  #last: Channel | undefined

  constructor(connection: ConnectionPort, countMax: number) {
    this.#connection = connection
    this.countMax = countMax
  }

  get size(): number {
    return this.#byNumber.size
  }

  /** Something is being carried out on one of them. */
  get busy(): boolean {
    for (const channel of this.#byNumber.values()) if (channel.busy) return true
    return false
  }

  get(number: number): Channel | undefined {
    return this.#byNumber.get(number)
  }

  [Symbol.iterator](): Iterator<Channel> {
    return this.#byNumber.values()
  }

  /** A frame with a channel number other than 0. Throws a Fault for one that has no channel. */
  onFrame(type: number, number: number, buffer: Buffer, start: number, end: number): void {
    let channel = this.#last
    if (channel === undefined || channel.number !== number) {
      channel = this.#byNumber.get(number)
      if (channel === undefined) return this.#onStrayFrame(type, number, buffer, start, end)
      this.#last = channel
    }
    if (channel.reusable && isOpen(type, buffer, start)) {
      this.remove(number)
      return this.#onStrayFrame(type, number, buffer, start, end)
    }
    channel.onFrame(type, buffer, start, end)
  }

  remove(number: number): void {
    const channel = this.#byNumber.get(number)
    if (channel !== undefined) this.#forget(channel)
    if (this.#last?.number === number) this.#last = undefined
  }

  /** Ends all: first consuming everywhere, so that nothing put back goes to a channel about to end. */
  close(): void {
    for (const channel of this.#byNumber.values()) channel.stopConsuming()
    for (const channel of this.#byNumber.values()) {
      channel.close()
      this.#events.channelClosed(this.#told, channel)
    }
    this.#byNumber.clear()
    this.#last = undefined
  }

  #forget(channel: Channel): void {
    this.#byNumber.delete(channel.number)
    this.#connection.access.closeChannel()
    this.#events.channelClosed(this.#told, channel)
  }

  get #events(): ClientEvents {
    return this.#connection.head.events
  }

  get #told(): EventConnection {
    const { serial, name, access } = this.#connection
    return { serial, name, user: access.user.name, vhost: access.vhost }
  }

  /** A frame for a channel that is not there: it can only open it. */
  #onStrayFrame(type: number, number: number, buffer: Buffer, start: number, end: number): void {
    this.ids = noMethod
    if (this.countMax !== 0 && this.#byNumber.size >= this.countMax) {
      const opened = `number of channels opened (${this.#byNumber.size})`
      throw new Fault('not-allowed', `${opened} has reached the negotiated channel_max (${this.countMax})`)
    }
    if (type !== frameTypes.method) {
      throw new Fault('unexpected-frame', 'expected method frame, got non method frame instead')
    }
    const key = buffer.readUInt32BE(start)
    this.ids = { classId: key >>> 16, methodId: key & 0xffff }
    try {
      decodeMethod(buffer, start, end)
    } catch (error) {
      throw undecodable(error, buffer, start, end)
    }
    if (key !== openKey) throw new Fault('channel-error', "expected 'channel.open'")
    this.#connection.access.openChannel()
    const channel = new Channel(number, this.#connection)
    this.#byNumber.set(number, channel)
    this.#events.channelCreated(this.#told, channel)
    channel.reply({ name: 'channel.open-ok' })
  }
}

function isOpen(type: number, buffer: Buffer, start: number): boolean {
  return type === frameTypes.method && buffer.readUInt32BE(start) === openKey
}
