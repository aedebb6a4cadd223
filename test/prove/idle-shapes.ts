import { connackBytes, mqttConnect, mqttPing, mqttSubscribe, subackBytes } from '../../bench/mqtt-encoding.ts'
import { FrameDecoder, type FrameHandler } from '../../src/wire/amqp091/frame.ts'
import { frame, method, protocolHeader } from '../support/wire-client.ts'
import { modernCapabilities } from '../support/wire-login.ts'

/** What an idle connection says: all of its opening at once, and then signs of life. */
export interface IdleShape {
  readonly login: (identifier: string) => Buffer
  /** Answers a function that is given every chunk and says when the connection stands. */
  readonly watch: () => (chunk: Buffer) => boolean
  readonly beat: Buffer
  readonly beatMilliseconds: number
}

const BEAT_SECONDS = 60

/** A connection with a channel. */
const amqp: IdleShape = {
  login: () => amqpLogin,
  watch: () => {
    let isOpen = false
    const decoder = new FrameDecoder(131_072)
    const handler: FrameHandler = {
      onFrame(_type, channel, buffer, start) {
        if (channel === 1 && buffer.readUInt32BE(start) === channelOpenOk) isOpen = true
      },
    }
    return (chunk) => {
      decoder.push(chunk, 0, chunk.length, handler)
      return isOpen
    }
  },
  beat: frame(8, 0, Buffer.alloc(0)),
  beatMilliseconds: (BEAT_SECONDS * 1000) / 3,
}

const channelOpenOk = (20 << 16) | 11
const amqpLogin = Buffer.concat([
  protocolHeader,
  method(0, 'connection.start-ok', {
    properties: {
      product: 'crowd',
      version: '1.0.0',
      platform: 'Node.js',
      information: 'a connection that does nothing',
      capabilities: modernCapabilities,
    },
    mechanism: 'PLAIN',
    response: '\0guest\0guest',
    locale: 'en_US',
  }),
  method(0, 'connection.tune-ok', { channelMax: 2047, frameMax: 131072, heartbeat: BEAT_SECONDS }),
  method(0, 'connection.open', { vhost: '/' }),
  method(1, 'channel.open'),
])

/** MQTT 3.1.1 with user and password; subscribed to a topic of its own, or to nothing. */
function mqtt(options: { clean: boolean; qos: 0 | 1 | undefined }): IdleShape {
  return {
    login: (identifier) => {
      const connect = mqttConnect(identifier, { clean: options.clean, keepAliveSeconds: BEAT_SECONDS })
      if (options.qos === undefined) return connect
      return Buffer.concat([connect, mqttSubscribe(`devices/${identifier}/commands`, options.qos)])
    },
    watch: () => {
      let missing = connackBytes + (options.qos === undefined ? 0 : subackBytes)
      return (chunk) => {
        missing -= chunk.length
        return missing <= 0
      }
    },
    beat: mqttPing,
    beatMilliseconds: (BEAT_SECONDS * 1000) / 3,
  }
}

const shapes = {
  amqp,
  mqtt: mqtt({ clean: true, qos: undefined }),
  'mqtt-qos0': mqtt({ clean: true, qos: 0 }),
  'mqtt-qos1': mqtt({ clean: true, qos: 1 }),
  'mqtt-session': mqtt({ clean: false, qos: 1 }),
} as const

export type IdleShapeName = keyof typeof shapes

/** Which there are: a login alone, one with a subscription, one whose session lasts. */
export const idleShapeNames = Object.keys(shapes) as readonly IdleShapeName[]

export function idleShapeNamed(name: IdleShapeName): IdleShape {
  return shapes[name]
}
