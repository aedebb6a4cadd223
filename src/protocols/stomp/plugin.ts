import type { Plugin } from '../../plugin.ts'
import { StompProtocol } from './protocol.ts'
import type { StompSettings } from './settings.ts'

/** STOMP 1.0, 1.1 and 1.2, as a plug-in. */
export const stompPlugin: Plugin<StompSettings> = {
  name: 'rabbitmq_stomp',
  start(host, settings) {
    host.add('protocol', new StompProtocol(host, settings))
  },
}
