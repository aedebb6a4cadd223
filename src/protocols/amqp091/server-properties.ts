import { longString, type Table } from '../../std/table.ts'
import type { Amqp091Settings } from './settings.ts'

/** Clients switch features on by the presence of these keys. */
const capabilities = [
  'publisher_confirms',
  'exchange_exchange_bindings',
  'basic.nack',
  'consumer_cancel_notify',
  'connection.blocked',
  'consumer_priorities',
  'authentication_failure_close',
  'per_consumer_qos',
  'direct_reply_to',
] as const

/** The server-properties of connection.start. Product and version are a functional contract: clients act on them. */
export function serverProperties(settings: Amqp091Settings): Table {
  return [
    ['capabilities', { tag: 'F', value: capabilities.map((name) => [name, { tag: 't', value: true }]) }],
    ['cluster_name', longString(settings.clusterName)],
    ['copyright', longString('Copyright (c) the Lapine authors')],
    ['information', longString('Lapine, a message broker that speaks RabbitMQ. Licensed under Apache-2.0')],
    ['platform', longString('Node.js')],
    ['product', longString(settings.product)],
    ['version', longString(settings.version)],
  ]
}
