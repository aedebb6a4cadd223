/** A protocol that is spoken over WebSocket, and how. */
export interface Carried {
  /** Of the plug-in. */
  readonly plugin: string
  /** Of the listeners, as RabbitMQ calls them. */
  readonly name: string
  /** In the log. */
  readonly title: string
  /** The head that speaks it, and the plug-in that brings it. */
  readonly head: string
  readonly requires: string
  /** Names for it in `Sec-WebSocket-Protocol`, the best first. */
  readonly subprotocols: readonly string[]
  /** A client has to offer one of them (MQTT-6.0.0-3). */
  readonly insists: boolean
  readonly takesText: boolean
}

export const webMqtt: Carried = {
  plugin: 'rabbitmq_web_mqtt',
  name: 'http/web-mqtt',
  title: 'Web MQTT',
  head: 'mqtt',
  requires: 'rabbitmq_mqtt',
  subprotocols: ['mqtt', 'mqttv3.1'],
  insists: true,
  takesText: false,
}

export const webStomp: Carried = {
  plugin: 'rabbitmq_web_stomp',
  name: 'http/web-stomp',
  title: 'Web STOMP',
  head: 'stomp',
  requires: 'rabbitmq_stomp',
  subprotocols: ['v12.stomp', 'v11.stomp', 'v10.stomp'],
  insists: false,
  takesText: true,
}

export const webAmqp: Carried = {
  plugin: 'web_amqp',
  name: 'http/web-amqp',
  title: 'AMQP 0-9-1 over WebSocket',
  head: 'amqp',
  requires: 'amqp091',
  subprotocols: ['amqp'],
  insists: false,
  takesText: false,
}
