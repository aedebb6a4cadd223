import type { Plugin } from '../../plugin.ts'
import { MqttProtocol } from './protocol.ts'
import type { MqttSettings } from './settings.ts'

/** MQTT 3.1, 3.1.1 and 5.0, as a plug-in. */
export const mqttPlugin: Plugin<MqttSettings> = {
  name: 'rabbitmq_mqtt',
  start(host, settings) {
    host.add('protocol', new MqttProtocol(host, settings))
  },
}
