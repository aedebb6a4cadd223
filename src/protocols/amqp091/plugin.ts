import type { Plugin } from '../../plugin.ts'
import { Amqp091Protocol } from './protocol.ts'
import type { Amqp091Settings } from './settings.ts'

/** AMQP 0-9-1 with RabbitMQ's extensions, as a plug-in. */
export const amqp091Plugin: Plugin<Amqp091Settings> = {
  name: 'amqp091',
  start(host, settings) {
    host.add('protocol', new Amqp091Protocol(host, settings))
  },
}
