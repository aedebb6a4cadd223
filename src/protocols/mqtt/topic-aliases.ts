import { PacketError } from '../../wire/mqtt/packet-error.ts'
import { ReasonCode } from '../../wire/mqtt/reason-codes.ts'

/** The alias of a topic on its way out; `isKnown` when the client was told before. */
export interface OutgoingAlias {
  readonly topic: string
  readonly alias: number
  readonly isKnown: boolean
}

/** Numbers that stand for topics on one connection, in each direction (MQTT 5 §3.3.2.3.4). */
export class TopicAliases {
  readonly #incomingMax: number
  readonly #outgoingMax: number
  #incoming: Map<number, string> | undefined
  #outgoing: Map<string, number> | undefined

  constructor(incomingMax: number, outgoingMax: number) {
    this.#incomingMax = incomingMax
    this.#outgoingMax = outgoingMax
  }

  /** The topic that is meant by a topic name, which may be empty, and an alias. Throws a PacketError. */
  incoming(topic: string, alias: number | undefined): string {
    if (alias === undefined) return topic
    if (alias === 0 || alias > this.#incomingMax) {
      throw new PacketError(
        ReasonCode.topicAliasInvalid,
        `the topic alias ${alias} is not between 1 and ${this.#incomingMax}`,
      )
    }
    if (topic !== '') {
      this.#incoming ??= new Map()
      this.#incoming.set(alias, topic)
      return topic
    }
    const known = this.#incoming?.get(alias)
    if (known === undefined)
      throw new PacketError(ReasonCode.protocolError, `the topic alias ${alias} stands for nothing`)
    return known
  }

  /** The first topics that come get aliases, as long as there are some. */
  outgoing(topic: string): OutgoingAlias | undefined {
    if (this.#outgoingMax === 0) return undefined
    this.#outgoing ??= new Map()
    const known = this.#outgoing.get(topic)
    if (known !== undefined) return { topic, alias: known, isKnown: true }
    if (this.#outgoing.size >= this.#outgoingMax) return undefined
    const alias = this.#outgoing.size + 1
    this.#outgoing.set(topic, alias)
    return { topic, alias, isKnown: false }
  }

  /** The packet that would have told an alias was not sent. */
  forget(alias: OutgoingAlias | undefined): void {
    if (alias !== undefined && !alias.isKnown) this.#outgoing?.delete(alias.topic)
  }
}
