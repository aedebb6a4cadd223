import type { Plugin } from '../../plugin.ts'
import { type Carried, webAmqp, webMqtt, webStomp } from './carried.ts'
import type { WebSocketSettings } from './settings.ts'
import { WebSocketTransport } from './transport.ts'

export const webMqttPlugin = carrying(webMqtt)
export const webStompPlugin = carrying(webStomp)

/** Has a port of its own where the settings give it one, and is there at the HTTP API in any case. */
export const webAmqpPlugin: Plugin<WebSocketSettings> = {
  name: webAmqp.plugin,
  requires: [webAmqp.requires],
  start(host, settings) {
    const transport = new WebSocketTransport(host, webAmqp, settings)
    host.add('protocol', transport)
    host.add('upgrader', transport)
  },
}

function carrying(carried: Carried): Plugin<WebSocketSettings> {
  return {
    name: carried.plugin,
    requires: [carried.requires],
    start: (host, settings) => host.add('protocol', new WebSocketTransport(host, carried, settings)),
  }
}
