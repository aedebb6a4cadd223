import type { Options } from 'amqplib'
import type { IClientPublishOptions } from 'mqtt'

/** The ways a message comes and goes in the matrix. */
export const ways = ['AMQP 0-9-1', 'MQTT 3.1.1', 'MQTT 5.0', 'STOMP 1.2'] as const
export type Way = (typeof ways)[number]

/** One thing a sender says of a message, and how it is known again wherever it comes out. */
export interface Said {
  /** As the sender writes it. */
  readonly what: string
  /** Found in the `name: value` it comes out as. */
  readonly mark: RegExp
}

const marked = (what: string, mark: RegExp): Said => ({ what, mark })

export const amqpProperties: Options.Publish = {
  contentType: 'text/m-content',
  contentEncoding: 'm-encoding',
  persistent: true,
  priority: 7,
  correlationId: 'm-correlation',
  replyTo: 'm-reply',
  expiration: '3600000',
  messageId: 'm-message',
  timestamp: 1_700_000_001,
  type: 'm-type',
  userId: 'guest',
  appId: 'm-app',
  headers: {
    'h-text': 'a:b ü',
    'h-integer': 4711,
    'h-double': 1.5,
    'h-boolean': true,
    'h-timestamp': { '!': 'timestamp', value: 1_700_000_002 },
    'h-bytes': Buffer.from([0xff, 0xfe]),
    'h-null': null,
    'h-array': [1, 'two'],
    'h-table': { inner: 'x' },
  },
}

export const mqttProperties: NonNullable<IClientPublishOptions['properties']> = {
  contentType: 'text/m-content',
  correlationData: Buffer.from('m-correlation'),
  responseTopic: 'm-reply/to',
  messageExpiryInterval: 3600,
  payloadFormatIndicator: true,
  userProperties: { 'h-text': 'a:b ü', 'h-twice': ['one', 'two'] },
}

export const stompHeaders: Readonly<Record<string, string>> = {
  'content-type': 'text/m-content',
  'content-encoding': 'm-encoding',
  persistent: 'true',
  priority: '7',
  'correlation-id': 'm-correlation',
  'reply-to': '/queue/m-reply',
  expiration: '3600000',
  'amqp-message-id': 'm-message',
  timestamp: '1700000001',
  type: 'm-type',
  'user-id': 'guest',
  'app-id': 'm-app',
  'h-text': 'a\\cb ü',
}

/** What each sender says, in its own words. */
export const said: Readonly<Record<Way, readonly Said[]>> = {
  'AMQP 0-9-1': [
    marked('exchange `amq.topic`, routing key `m.X.kitchen`', /kitchen/),
    marked('body', /^body: /),
    marked('`content_type`', /m-content/),
    marked('`content_encoding`', /m-encoding/),
    marked('`delivery_mode` 2', /^(delivery_mode|QoS|persistent): /),
    marked('`priority`', /priority: 7$/),
    marked('`correlation_id`', /m-correlation/),
    marked('`reply_to`', /m-reply/),
    marked('`expiration` 3600000', /3600/),
    marked('`message_id`', /m-message/),
    marked('`timestamp`', /1700000001/),
    marked('`type`', /m-type/),
    marked('`user_id`', /guest/),
    marked('`app_id`', /m-app/),
    marked('header of text `a:b ü`', /h-text/),
    marked('header of an integer', /h-integer/),
    marked('header of a double', /h-double/),
    marked('header of a boolean', /h-boolean/),
    marked('header of a timestamp', /h-timestamp/),
    marked('header of bytes that are no text', /h-bytes/),
    marked('header without a value', /h-null/),
    marked('header of an array', /h-array/),
    marked('header of a table', /h-table/),
  ],
  'MQTT 3.1.1': [
    marked('topic `m/X/kitchen`', /kitchen/),
    marked('body', /^body: /),
    marked('QoS 1', /^(delivery_mode|QoS|persistent): /),
  ],
  'MQTT 5.0': [
    marked('topic `m/X/kitchen`', /kitchen/),
    marked('body', /^body: /),
    marked('QoS 1', /^(delivery_mode|QoS|persistent): /),
    marked('Content Type', /m-content/),
    marked('Correlation Data', /m-correlation/),
    marked('Response Topic `m-reply/to`', /m-reply/),
    marked('Message Expiry Interval 3600', /3600/),
    marked('Payload Format Indicator', /[Ff]ormat/),
    marked('User Property `a:b ü`', /h-text/),
    marked('User Property given twice', /h-twice/),
  ],
  'STOMP 1.2': [
    marked('destination `/topic/m.X.kitchen`', /kitchen/),
    marked('body', /^body: /),
    marked('`content-type`', /m-content/),
    marked('`content-encoding`', /m-encoding/),
    marked('`persistent:true`', /^(delivery_mode|QoS|persistent): /),
    marked('`priority`', /priority: 7$/),
    marked('`correlation-id`', /m-correlation/),
    marked('`reply-to:/queue/m-reply`', /m-reply/),
    marked('`expiration:3600000`', /3600/),
    marked('`amqp-message-id`', /m-message/),
    marked('`timestamp`', /1700000001/),
    marked('`type`', /m-type/),
    marked('`user-id`', /guest/),
    marked('`app-id`', /m-app/),
    marked('any other header', /h-text/),
  ],
}
