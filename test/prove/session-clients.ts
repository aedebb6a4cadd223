import { MqttWire, text, type WirePacket } from '../support/mqtt-wire.ts'

/** What happens between a client and the broker, as clients see it. */
export const steps = ['puback', 'pubrec', 'pubcomp', 'delivery', 'release'] as const
export type Step = (typeof steps)[number]

/** Told of every step; what it throws ends the client. */
export type OnStep = (step: Step) => void

/** Nothing of a client has to be undone when a test ends: there is no test. */
const nobody = { after: () => {} } as unknown as Parameters<typeof MqttWire.open>[0]

const hex = (identifier: number) => identifier.toString(16).padStart(4, '0')
const identifierOf = ({ body }: WirePacket) => Number.parseInt(body.slice(0, 4), 16)

/** One connection of a session that lasts; what the client knows of the session outlives it. */
class Sitting {
  wire: MqttWire | undefined

  /** Answers whether the broker had the session. */
  async open(url: string, id: string): Promise<boolean> {
    const wire = await MqttWire.open(nobody, url)
    wire.send('10', text('MQTT'), '05', '00', '0000', '05', '1100000e10', text(id))
    const connack = await wire.next()
    if (connack?.type !== 'connack' || connack.body.slice(2, 4) !== '00') {
      throw new Error(`${id} is not let in: ${JSON.stringify(connack)}`)
    }
    this.wire = wire
    return connack.body.startsWith('01')
  }

  close(): void {
    this.wire?.destroy()
    this.wire = undefined
  }
}

interface Pending {
  readonly payload: string
  readonly qos: 1 | 2
  /** PUBREC has come: PUBREL is what is said again. */
  released: boolean
}

/** Publishes, and says again after a crash what was not answered. */
export class SessionPublisher {
  readonly #id: string
  readonly #topic: string
  readonly #onStep: OnStep
  readonly #sitting = new Sitting()
  readonly #pending = new Map<number, Pending>()
  #identifier = 0
  #payload = 0
  /** Payloads that the broker has answered for, in the last word. */
  readonly done: { readonly payload: string; readonly qos: 1 | 2 }[] = []

  constructor(id: string, topic: string, onStep: OnStep) {
    this.#id = id
    this.#topic = topic
    this.#onStep = onStep
  }

  get pending(): number {
    return this.#pending.size
  }

  async connect(url: string): Promise<boolean> {
    const isPresent = await this.#sitting.open(url, this.#id)
    for (const [identifier, { payload, qos, released }] of this.#pending) {
      if (released) this.#sitting.wire!.send('62', hex(identifier))
      else this.#publish(identifier, payload, qos === 1 ? '3a' : '3c')
    }
    return isPresent
  }

  /** A message that nobody has sent before. */
  send(qos: 1 | 2): void {
    do this.#identifier = (this.#identifier % 0xffff) + 1
    while (this.#pending.has(this.#identifier))
    const payload = `${this.#id}-${++this.#payload}`
    this.#pending.set(this.#identifier, { payload, qos, released: false })
    this.#publish(this.#identifier, payload, qos === 1 ? '32' : '34')
  }

  /** Handles what comes until the connection ends, or nothing is pending and `mayStop` says so. */
  async work(mayStop: () => boolean): Promise<void> {
    while (!(this.#pending.size === 0 && mayStop())) {
      const packet = await this.#sitting.wire?.next()
      if (packet === undefined) return
      this.#handle(packet)
    }
  }

  leave(): void {
    this.#sitting.close()
  }

  #publish(identifier: number, payload: string, first: string): void {
    const body = Buffer.from(payload).toString('hex')
    this.#sitting.wire!.send(first, text(this.#topic), hex(identifier), '00', body)
  }

  #handle(packet: WirePacket): void {
    const identifier = identifierOf(packet)
    const pending = this.#pending.get(identifier)
    const code = Number.parseInt(packet.body.slice(4, 6) || '0', 16)
    if (code >= 0x80 && packet.type !== 'pubcomp') throw new Error(`${packet.type} says ${code}`)
    if (packet.type === 'pubrec') {
      if (pending !== undefined) pending.released = true
      this.#sitting.wire!.send('62', hex(identifier))
    } else if (packet.type === 'puback' || packet.type === 'pubcomp') {
      if (pending !== undefined) this.done.push({ payload: pending.payload, qos: pending.qos })
      this.#pending.delete(identifier)
    } else throw new Error(`${this.#id} is sent ${packet.type}`)
    this.#onStep(packet.type)
  }
}

/** Subscribes once, and counts what its session makes of the deliveries: of QoS 2 those that are new to it. */
export class SessionSubscriber {
  readonly #id: string
  readonly #filter: string
  readonly #qos: 1 | 2
  readonly #onStep: OnStep
  readonly #sitting = new Sitting()
  /** Identifiers of QoS 2 that were received and not released. */
  readonly #received = new Set<number>()
  /** How often each payload came. */
  readonly seen = new Map<string, number>()

  constructor(id: string, filter: string, options: { readonly qos: 1 | 2; readonly onStep: OnStep }) {
    this.#id = id
    this.#filter = filter
    this.#qos = options.qos
    this.#onStep = options.onStep
  }

  async connect(url: string): Promise<boolean> {
    const isPresent = await this.#sitting.open(url, this.#id)
    if (isPresent) return true
    const { wire } = this.#sitting
    wire!.send('82', '0001', '00', text(this.#filter), `0${this.#qos}`)
    const suback = await wire!.next()
    if (suback?.type !== 'suback') throw new Error(`${this.#id} is not subscribed: ${JSON.stringify(suback)}`)
    return false
  }

  /** Handles what comes until the connection ends. */
  async work(): Promise<void> {
    for (;;) {
      const packet = await this.#sitting.wire?.next()
      if (packet === undefined) return
      this.#handle(packet)
    }
  }

  /** Handles all that there is for it now, and says goodbye. */
  async drain(isDone: () => Promise<boolean>): Promise<void> {
    while (!(await isDone())) {
      for (const packet of (await this.#sitting.wire?.settled()) ?? []) this.#handle(packet)
      if (this.#sitting.wire?.ended !== false) throw new Error(`${this.#id} lost its connection`)
    }
  }

  leave(): void {
    this.#sitting.close()
  }

  #handle(packet: WirePacket): void {
    const wire = this.#sitting.wire!
    if (packet.type === 'pubrel') {
      this.#received.delete(identifierOf(packet))
      wire.send('70', packet.body.slice(0, 4))
      return this.#onStep('release')
    }
    if (packet.type !== 'publish') throw new Error(`${this.#id} is sent ${packet.type}`)
    const bytes = Buffer.from(packet.body, 'hex')
    const identifierAt = 2 + bytes.readUInt16BE(0)
    const identifier = bytes.readUInt16BE(identifierAt)
    const propertiesAt = identifierAt + 2
    const payload = bytes.toString('utf8', propertiesAt + 1 + bytes[propertiesAt]!)
    const isExact = ((packet.flags >> 1) & 3) === 2
    if (!isExact || !this.#received.has(identifier)) this.seen.set(payload, (this.seen.get(payload) ?? 0) + 1)
    if (isExact) this.#received.add(identifier)
    // The step may be the last the broker lives to see, so it comes before the answer.
    this.#onStep('delivery')
    wire.send(isExact ? '50' : '40', hex(identifier))
  }
}
