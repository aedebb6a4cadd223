import type { TestContext } from 'node:test'
import mqtt, { type IClientOptions, type IConnackPacket, type IPublishPacket, type MqttClient } from 'mqtt'
import type { TestBroker } from './broker.ts'
import { Lapine } from './lapine.ts'
import { within } from './waiting.ts'

/** Where the broker under test speaks MQTT: Lapine's own port, or `MQTT_URL` beside `BROKER_URL`. */
export function mqttUrl(broker: TestBroker): string {
  const { running } = broker
  return running instanceof Lapine ? running.mqttUrl : (process.env.MQTT_URL ?? 'mqtt://127.0.0.1:1883')
}

/** A client of MQTT.js that keeps what it gets until the test asks for it, and never connects again by itself. */
export class Subscriber {
  readonly client: MqttClient
  readonly connack: IConnackPacket
  /** Every message so far, in order. */
  readonly messages: IPublishPacket[] = []
  #taken = 0
  #wake: (() => void) | undefined

  private constructor(client: MqttClient, connack: IConnackPacket) {
    this.client = client
    this.connack = connack
  }

  /** Connects; rejects with the client's error when it is refused. Ends with the test. */
  static async open(t: TestContext, url: string, options: IClientOptions = {}): Promise<Subscriber> {
    const early: IPublishPacket[] = []
    const client = mqtt.connect(url, { reconnectPeriod: 0, protocolVersion: 5, ...options })
    let take = (packet: IPublishPacket): void => {
      early.push(packet)
    }
    client.on('message', (_topic, _payload, packet) => take(packet))
    const connack = await within(
      new Promise<IConnackPacket>((resolve, reject) => {
        client.once('connect', resolve)
        client.once('error', reject)
        client.once('close', () => reject(new Error('closed before CONNACK')))
      }),
      'CONNACK',
    ).catch((error: unknown) => {
      client.end(true)
      throw error
    })
    client.on('error', () => {})
    const subscriber = new Subscriber(client, connack)
    take = (packet) => {
      subscriber.messages.push(packet)
      subscriber.#wake?.()
    }
    for (const packet of early) take(packet)
    t.after(() => client.end(true))
    return subscriber
  }

  /** The next message. */
  async next(): Promise<IPublishPacket> {
    await within(
      (async () => {
        while (this.messages.length <= this.#taken) await new Promise<void>((wake) => (this.#wake = wake))
      })(),
      'a message',
    )
    return this.messages[this.#taken++]!
  }

  /** The payloads of the next `count` messages. */
  async texts(count: number): Promise<string[]> {
    const texts: string[] = []
    while (texts.length < count) texts.push(String((await this.next()).payload))
    return texts
  }

  /** Says DISCONNECT and waits for the end. */
  async leave(): Promise<void> {
    await within(this.client.endAsync(), 'the end of a client')
  }

  /** Breaks the connection without a word. */
  async vanish(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.client.once('close', () => resolve()))
    this.client.stream.destroy()
    await within(closed, 'the end of a connection')
  }
}
