import type { ConsumeMessage } from 'amqplib'
import type { IPublishPacket } from 'mqtt'
import type { Frame } from '../support/stomp-client.ts'

/** What a receiver sees of a message: `name: value`, by the names its protocol has. */
export type Seen = readonly string[]

/** What differs from one delivery to the next. */
const passing = new Set(['content-length', 'subscription', 'message-id', 'ack', 'redelivered'])

export function seenByAmqp({ content, fields, properties }: ConsumeMessage): Seen {
  const { headers = {}, ...others } = properties
  const names: Readonly<Record<string, string>> = {
    contentType: 'content_type',
    contentEncoding: 'content_encoding',
    deliveryMode: 'delivery_mode',
    correlationId: 'correlation_id',
    replyTo: 'reply_to',
    messageId: 'message_id',
    userId: 'user_id',
    appId: 'app_id',
    clusterId: 'cluster_id',
  }
  const said = Object.entries(others).filter(([, value]) => value !== undefined)
  return [
    `body: ${bodyOf(content)}`,
    `routing key: ${fields.exchange}, ${fields.routingKey}`,
    ...said.map(([name, value]) => `${names[name] ?? name}: ${value}`),
    ...Object.entries(headers).map(([name, value]) => `header ${name}: ${textOf(value)}`),
  ]
}

export function seenByMqtt({ payload, qos, topic, properties = {} }: IPublishPacket): Seen {
  const { userProperties = {}, ...others } = properties
  const names: Readonly<Record<string, string>> = {
    contentType: 'Content Type',
    correlationData: 'Correlation Data',
    responseTopic: 'Response Topic',
    messageExpiryInterval: 'Message Expiry Interval',
    payloadFormatIndicator: 'Payload Format Indicator',
  }
  return [
    `body: ${bodyOf(Buffer.from(payload))}`,
    `topic: ${topic}`,
    `QoS: ${qos}`,
    ...Object.entries(others).map(([name, value]) => `${names[name] ?? name}: ${value}`),
    ...Object.entries(userProperties).map(([name, value]) => `User Property ${name}: ${[value].flat().join(' and ')}`),
  ]
}

export function seenByStomp({ headers, body }: Frame): Seen {
  const said = Object.entries(headers).filter(([name]) => !passing.has(name))
  return [`body: ${bodyOf(Buffer.from(body))}`, ...said.map(([name, value]) => `${name}: ${value}`)]
}

function bodyOf(bytes: Buffer): string {
  return bytes.length === 0 ? 'none' : bytes.toString()
}

function textOf(value: unknown): string {
  if (Buffer.isBuffer(value)) return `bytes ${value.toString('hex')}`
  return typeof value === 'string' ? value : JSON.stringify(value)
}
