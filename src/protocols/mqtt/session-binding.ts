import type { BindingDeclaration } from '../../broker/access.ts'
import { emptyTable, type Table, tableBoolean, tableGet, tableInteger, tableString } from '../../std/table.ts'
import type { Qos } from '../../wire/mqtt/packets.ts'
import type { Subscription } from './subscriptions.ts'
import type { TopicMap } from './topic-map.ts'

/** The argument that keeps what a binding key cannot say. RabbitMQ's name. */
const OPTIONS = 'x-mqtt-subscription-opts'

/** The binding by which a subscription lasts. Plain ones have no arguments, as those of RabbitMQ's MQTT 3. */
export function bindingOf(
  subscription: Subscription,
  place: { readonly exchange: string; readonly clientIdentifier: string; readonly topics: TopicMap },
): BindingDeclaration {
  const options = optionsOf(subscription, place.clientIdentifier)
  return {
    source: place.exchange,
    destination: subscription.queue,
    routingKey: place.topics.key(subscription.filter),
    arguments: options.length === 0 ? emptyTable : [[OPTIONS, { tag: 'F', value: options }]],
  }
}

/** The client whose subscription to a shared queue a binding is. */
export function sharerOf(arguments_: Table): string | undefined {
  return tableString(tableGet(optionTable(arguments_), 'client-id'))
}

/** The subscription a binding was made for. */
export function subscriptionOf(
  binding: { readonly queue: string; readonly routingKey: string; readonly arguments: Table },
  defaults: { readonly qos: Qos; readonly topics: TopicMap },
): Subscription {
  const options = optionTable(binding.arguments)
  const qos = tableInteger(tableGet(options, 'qos'))
  const identifier = tableInteger(tableGet(options, 'id'))
  return {
    filter: defaults.topics.topic(binding.routingKey),
    qos: qos === 0 || qos === 1 || qos === 2 ? qos : defaults.qos,
    noLocal: tableBoolean(tableGet(options, 'no-local')) ?? false,
    retainAsPublished: tableBoolean(tableGet(options, 'retain-as-published')) ?? false,
    identifier: typeof identifier === 'number' ? identifier : undefined,
    share: tableString(tableGet(options, 'share')),
    queue: binding.queue,
  }
}

function optionsOf(subscription: Subscription, clientIdentifier: string): Table {
  const { qos, noLocal, retainAsPublished, identifier, share } = subscription
  const options: [string, Table[number][1]][] = []
  if (qos === 2 || share !== undefined) options.push(['qos', { tag: 'B', value: qos }])
  if (noLocal) options.push(['no-local', { tag: 't', value: true }])
  if (retainAsPublished) options.push(['retain-as-published', { tag: 't', value: true }])
  if (identifier !== undefined) options.push(['id', { tag: 'I', value: identifier }])
  if (share !== undefined) {
    options.push(['share', { tag: 'S', value: Buffer.from(share) }])
    options.push(['client-id', { tag: 'S', value: Buffer.from(clientIdentifier) }])
  }
  return options
}

function optionTable(arguments_: Table): Table {
  const found = tableGet(arguments_, OPTIONS)
  return found?.tag === 'F' ? found.value : []
}
