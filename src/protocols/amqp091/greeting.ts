import {
  amqp10SaslHeader,
  amqp091Header,
  type ProtocolHeader,
  protocolHeaderAnswer,
  readProtocolHeader,
} from '../../wire/amqp091/protocol-header.ts'

/** Bytes of a protocol header. */
const HEADER_BYTES = 8

/** The first bytes of a connection, which say what it wants to speak. */
export class Greeting {
  readonly #bytes = Buffer.alloc(HEADER_BYTES)
  #length = 0

  /** Bytes that came so far. */
  get length(): number {
    return this.#length
  }

  /** Takes what belongs to the header; answers how much that was. */
  take(chunk: Buffer, start: number, end: number): number {
    const taken = chunk.copy(this.#bytes, this.#length, start, Math.min(end, start + HEADER_BYTES - this.#length))
    this.#length += taken
    return taken
  }

  /** What the header says, once it is complete. */
  read(): ProtocolHeader | undefined {
    return this.#length < HEADER_BYTES ? undefined : readProtocolHeader(this.#bytes)
  }

  /** What to answer to a peer that speaks something else: RabbitMQ does not spare even a browser the header. */
  get answer(): Buffer {
    const header = readProtocolHeader(this.#bytes)
    // Without a head for AMQP 1.0 the one protocol spoken here is all that can be offered.
    return header === 'amqp-1-0-sasl' ? amqp091Header : (protocolHeaderAnswer(header) ?? amqp10SaslHeader)
  }

  /** What the log says of such a peer. */
  get complaint(): string {
    const header = readProtocolHeader(this.#bytes)
    if (header === 'http') return 'an HTTP request came to the AMQP port'
    if (header === 'tls') return 'a TLS client hello came to an AMQP port without TLS'
    return `bad protocol header ${JSON.stringify(this.#bytes.toString('latin1'))}`
  }
}
