import { consistentHashExchangePlugin } from '../plugins/consistent-hash/plugin.ts'
import { delayedMessageExchangePlugin } from '../plugins/delayed-message/plugin.ts'
import { eventExchangePlugin } from '../plugins/event-exchange/plugin.ts'
import { managementPlugin } from '../plugins/management/plugin.ts'
import { messageDeduplicationPlugin } from '../plugins/message-deduplication/plugin.ts'
import { modulusHashExchangePlugin } from '../plugins/modulus-hash/plugin.ts'
import { openTelemetryPlugin } from '../plugins/opentelemetry/plugin.ts'
import { prometheusPlugin } from '../plugins/prometheus/plugin.ts'
import { randomExchangePlugin } from '../plugins/random/plugin.ts'
import { recentHistoryExchangePlugin } from '../plugins/recent-history/plugin.ts'
import { amqp091Plugin } from '../protocols/amqp091/plugin.ts'
import type { Amqp091Settings } from '../protocols/amqp091/settings.ts'
import { mqttPlugin } from '../protocols/mqtt/plugin.ts'
import { stompPlugin } from '../protocols/stomp/plugin.ts'
import { webAmqpPlugin, webMqttPlugin, webStompPlugin } from '../protocols/websocket/plugin.ts'
import { authPlugins } from './auth-plugins.ts'
import { type Installation, install } from './host.ts'
import { mqttSettings } from './mqtt-settings.ts'
import { nodeName } from './node-name.ts'
import type { Settings } from './settings.ts'
import { stompSettings } from './stomp-settings.ts'
import { readWebFiles } from './web-files.ts'
import { webSocketSettings } from './websocket-settings.ts'

/** The plug-ins that are part of Lapine, with what the settings say to each. */
export async function builtins(settings: Settings): Promise<Installation[]> {
  return [
    install(amqp091Plugin, amqp091Settings(settings)),
    install(managementPlugin, {
      pathPrefix: settings.managementPathPrefix,
      bodyBytesMax: settings.managementBodyBytesMax,
      security: settings.managementSecurity,
      webFiles: readWebFiles,
    }),
    install(mqttPlugin, mqttSettings(settings)),
    install(stompPlugin, stompSettings(settings)),
    install(webMqttPlugin, webSocketSettings(settings, 'web_mqtt')),
    install(webStompPlugin, webSocketSettings(settings, 'web_stomp')),
    install(webAmqpPlugin, webSocketSettings(settings, 'lapine.web_amqp')),
    install(prometheusPlugin, {
      path: settings.prometheusPath,
      perObject: settings.prometheusPerObject,
      authenticates: settings.prometheusAuthenticates,
      unsummedQueues: settings.prometheusUnsummedQueues,
    }),
    // Exchange types change nothing until somebody declares one.
    install(consistentHashExchangePlugin, undefined),
    install(delayedMessageExchangePlugin, undefined),
    install(messageDeduplicationPlugin, undefined),
    install(modulusHashExchangePlugin, undefined),
    install(randomExchangePlugin, { local: settings.administration.localRandomExchanges }),
    ...(await authPlugins(settings)),
    ...eventExchange(settings),
    ...openTelemetry(settings),
    install(recentHistoryExchangePlugin, undefined),
  ]
}

/** Off unless asked for: it shows in every list of exchanges. */
function eventExchange({ administration, defaultVhost }: Settings): Installation[] {
  const { enabled, vhost = defaultVhost } = administration.eventExchange
  return enabled ? [install(eventExchangePlugin, { vhost })] : []
}

/** Off unless there is somebody to send to. */
function openTelemetry({ openTelemetry: { endpoint, ...rest } }: Settings): Installation[] {
  return endpoint === undefined ? [] : [install(openTelemetryPlugin, { endpoint, ...rest })]
}

/** What the settings say to the AMQP 0-9-1 head. */
export function amqp091Settings(settings: Settings): Amqp091Settings {
  return {
    heartbeatSeconds: settings.heartbeatSeconds,
    frameBytesMax: settings.frameBytesMax,
    initialFrameBytesMax: settings.initialFrameBytesMax,
    channelsMax: settings.channelsMax,
    consumersPerChannelMax: settings.consumersPerChannelMax,
    connectionsMax: settings.connectionsMax,
    handshakeTimeoutMilliseconds: settings.handshakeTimeoutMilliseconds,
    authMechanisms: settings.authMechanisms,
    anonymousUser: settings.anonymousUser,
    anonymousPassword: settings.anonymousPassword,
    clusterName: settings.clusterName ?? nodeName(),
    product: settings.productName,
    version: settings.productVersion,
  }
}
