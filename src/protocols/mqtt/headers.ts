/** Headers that carry what a message of MQTT has and AMQP has no property for. */
export const Header = {
  /** Its routing key's form of the response topic. RabbitMQ's. */
  replyToTopic: 'x-reply-to-topic',
  /** Correlation data that fits no short string. RabbitMQ's. */
  correlation: 'x-correlation-id',
  payloadFormat: 'x-mqtt-payload-format-indicator',
  /** 2 where the message was published so, 0 where it is kept longer than it asked for; else persistent means 1. */
  publishQos: 'x-mqtt-publish-qos',
  /** It was published with the retain flag. */
  retain: 'x-mqtt-retain',
  /** It is a retained message, sent because somebody subscribed with this filter. */
  retained: 'x-mqtt-retained',
  /** Who published it; only where that client has a subscription that is not to get it. */
  publisher: 'x-mqtt-client-id',
  /** The identifier of the PUBLISH or PUBREL that it stands for in the notes of QoS 2. */
  packetIdentifier: 'x-mqtt-packet-identifier',
} as const

/** Names that are no user property on the way out. */
export function isOwnHeader(name: string): boolean {
  return name.startsWith('x-mqtt-') || name === Header.replyToTopic || name === Header.correlation
}
