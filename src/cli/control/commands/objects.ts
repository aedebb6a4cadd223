import type { JsonObject, JsonValue } from '../../../std/json.ts'
import type { BrokerClient } from '../broker-client.ts'
import { type ControlCommand, type ControlCommands, ControlError, ControlExit, type Given } from '../control-command.ts'
import { explained, unlessGone } from '../refusals.ts'
import { requireVhost } from './vhosts.ts'

/** What one column shows of an object of the HTTP API, where it is not the field of that name. */
type Columns = Readonly<Record<string, (object: JsonObject) => JsonValue | undefined>>

interface Listing {
  readonly title: string
  readonly summary: string
  readonly inVhost: boolean
  readonly path: (vhost: string) => readonly string[]
  readonly columns: readonly string[]
  readonly standard: readonly string[]
  readonly special?: Columns
  readonly options?: readonly string[]
  keep?(object: JsonObject, given: Given): boolean
}

/** A `list_…` command: RabbitMQ's columns, of which any may be asked for. */
function listing(list: Listing): ControlCommand {
  return {
    summary: list.summary,
    parameters: ['[column]...'],
    ...(list.inVhost ? { inVhost: true as const } : {}),
    ...(list.options === undefined ? {} : { options: list.options }),
    banner: ({ vhost }) =>
      list.inVhost ? `Listing ${list.title} for vhost ${vhost} ...` : `Listing ${list.title} ...`,
    run: async (broker: BrokerClient, given: Given) => {
      const asked = given.args.flatMap((arg) => arg.split(/[\s,]+/)).filter((column) => column !== '')
      const unknown = asked.filter((column) => !list.columns.includes(column))
      if (unknown.length > 0)
        throw new ControlError(ControlExit.usage, `Info key(s) ${unknown.join(',')} are not supported`)
      if (list.inVhost) await requireVhost(broker, given.vhost)
      const columns = asked.length === 0 ? list.standard : asked
      const found = (await broker.get(...list.path(given.vhost))) as readonly JsonObject[]
      const rows = found
        .filter((object) => list.keep?.(object, given) ?? true)
        .map((object) =>
          Object.fromEntries(
            columns.map((column) => [column, (list.special?.[column]?.(object) ?? object[column] ?? '') as JsonValue]),
          ),
        )
      return { columns, rows }
    },
  }
}

function words(text: string): string[] {
  return text.trim().split(/\s+/)
}

const inner = (name: string, field: string) => (object: JsonObject) => (object[name] as JsonObject | undefined)?.[field]

/** Connections, of one protocol or of all. */
function connectionList(title: string, summary: string, protocol?: string): Listing {
  return {
    title,
    summary,
    inVhost: false,
    path: () => ['connections'],
    ...(protocol === undefined ? {} : { keep: (object) => String(object.protocol).startsWith(protocol) }),
    standard: ['user', 'peer_host', 'peer_port', 'state'],
    columns:
      words(`pid name port host peer_port peer_host ssl ssl_protocol ssl_key_exchange ssl_cipher ssl_hash peer_cert_subject
      peer_cert_issuer peer_cert_validity state channels protocol auth_mechanism user vhost container_id timeout frame_max channel_max
      client_properties recv_oct recv_cnt send_oct send_cnt send_pend connected_at user_provided_name`),
    special: { pid: ({ name }) => name },
  }
}

const lists: ControlCommands = {
  list_queues: listing({
    title: 'queues',
    summary: 'Lists queues and their properties',
    inVhost: true,
    path: (vhost) => ['queues', vhost],
    options: ['online!', 'offline!', 'local!'],
    // Whatever there is, is up.
    keep: (_object, { options }) => options.offline === undefined,
    standard: ['name', 'messages'],
    columns:
      words(`name durable auto_delete arguments policy operator_policy effective_policy_definition pid owner_pid exclusive
      exclusive_consumer_pid exclusive_consumer_tag messages_ready messages_unacknowledged messages messages_ready_ram
      messages_unacknowledged_ram messages_ram messages_persistent message_bytes message_bytes_ready message_bytes_unacknowledged
      message_bytes_ram message_bytes_persistent head_message_timestamp disk_reads disk_writes consumers consumer_utilisation
      consumer_capacity memory state type leader members online`),
    special: {
      pid: ({ name }) => name,
      owner_pid: ({ owner_pid_details: owner }) => (owner as JsonObject | undefined)?.name,
    },
  }),
  list_exchanges: listing({
    title: 'exchanges',
    summary: 'Lists exchanges',
    inVhost: true,
    path: (vhost) => ['exchanges', vhost],
    standard: ['name', 'type'],
    columns: words('name type durable auto_delete internal arguments policy'),
  }),
  list_bindings: listing({
    title: 'bindings',
    summary: 'Lists all bindings on a vhost',
    inVhost: true,
    path: (vhost) => ['bindings', vhost],
    standard: words('source_name source_kind destination_name destination_kind routing_key arguments'),
    columns: words('source_name source_kind destination_name destination_kind routing_key arguments'),
    special: {
      source_name: ({ source }) => source,
      source_kind: () => 'exchange',
      destination_name: ({ destination }) => destination,
      destination_kind: ({ destination_type: type }) => type,
    },
  }),
  list_connections: listing(connectionList('connections', 'Lists AMQP connections for the node')),
  list_amqp10_connections: listing(connectionList('AMQP 1.0 connections', 'Lists AMQP 1.0 connections', 'AMQP 1')),
  list_mqtt_connections: listing(connectionList('MQTT connections', 'Lists MQTT connections', 'MQTT')),
  list_stomp_connections: listing(connectionList('STOMP connections', 'Lists STOMP connections', 'STOMP')),
  list_web_mqtt_connections: listing(connectionList('Web MQTT connections', 'Lists MQTT over WebSockets', 'Web MQTT')),
  list_web_stomp_connections: listing(
    connectionList('Web STOMP connections', 'Lists STOMP over WebSockets', 'Web STOMP'),
  ),
  list_channels: listing({
    title: 'channels',
    summary: 'Lists all channels in the node',
    inVhost: false,
    path: () => ['channels'],
    standard: ['pid', 'user', 'consumer_count', 'messages_unacknowledged'],
    columns: words(`pid connection name number user vhost transactional confirm consumer_count messages_unacknowledged
      messages_uncommitted acks_uncommitted messages_unconfirmed prefetch_count global_prefetch_count state`),
    special: { pid: ({ name }) => name, connection: inner('connection_details', 'name') },
  }),
  list_consumers: listing({
    title: 'consumers',
    summary: 'Lists all consumers for a vhost',
    inVhost: true,
    path: (vhost) => ['consumers', vhost],
    standard: words('queue_name channel_pid consumer_tag ack_required prefetch_count active activity_status arguments'),
    columns: words('queue_name channel_pid consumer_tag ack_required prefetch_count active activity_status arguments'),
    special: { queue_name: inner('queue', 'name'), channel_pid: inner('channel_details', 'name') },
  }),
}

/** Queues, exchanges, bindings, connections, channels and consumers. */
export const objectCommands: ControlCommands = {
  ...lists,
  purge_queue: {
    summary: 'Purges a queue (removes all messages in it)',
    parameters: ['queue'],
    inVhost: true,
    banner: ({ args, vhost }) => `Purging queue '${args[0]}' in vhost '${vhost}' ...`,
    run: async (broker, { args: [name], vhost }) => {
      await explained(broker.ask('DELETE', ['queues', vhost, name!, 'contents']), {
        404: [ControlExit.unavailable, 'not_found'],
      })
      return undefined
    },
  },
  delete_queue: {
    summary: 'Deletes a queue',
    parameters: ['queue_name'],
    inVhost: true,
    options: ['if-empty!', 'if-unused!', 'force!'],
    banner: ({ args, vhost, options }) => {
      const conditions = ['if-empty', 'if-unused'].filter((name) => options[name] !== undefined)
      const when =
        conditions.length === 0
          ? ''
          : ` if queue is ${conditions.map((name) => name.slice(3)).join(' and if queue is ')}`
      return `Deleting queue '${args[0]}' on vhost '${vhost}'${when} ...`
    },
    run: async (broker, { args: [name], vhost, options }) => {
      const about = (await explained(broker.get('queues', vhost, name!), {
        404: [ControlExit.usage, 'Queue not found'],
      })) as JsonObject
      if (options['if-empty'] !== undefined && about.messages !== 0)
        throw new ControlError(ControlExit.usage, 'Queue is not empty')
      if (options['if-unused'] !== undefined && about.consumers !== 0)
        throw new ControlError(ControlExit.usage, 'Queue is in use')
      await broker.ask('DELETE', ['queues', vhost, name!])
      return { text: `Queue was successfully deleted with ${String(about.messages ?? 0)} ready messages` }
    },
  },
  close_connection: {
    summary: 'Instructs the broker to close the connection of that name',
    parameters: ['connectionpid', 'explanation'],
    banner: ({ args: [name, reason] }) => `Closing connection ${name}, reason: ${reason}...`,
    run: async (broker, { args: [name, reason = ''] }) => {
      await explained(broker.ask('DELETE', ['connections', name!], undefined, { 'x-reason': reason }), {
        404: [ControlExit.unavailable, `there is no connection ${name}`],
      })
      return undefined
    },
  },
  close_all_connections: {
    summary: 'Instructs the broker to close all connections for the specified vhost or entire node',
    parameters: ['explanation'],
    inVhost: true,
    options: ['global!', 'limit', 'per-connection-delay'],
    banner: ({ args, vhost, options }) =>
      options.global === undefined
        ? `Closing all connections in vhost ${vhost}, reason: ${args[0]}...`
        : `Closing all connections, reason: ${args[0]}...`,
    run: async (broker, { args: [reason = ''], vhost, options }) => {
      const all = ((await broker.get('connections')) as readonly JsonObject[]).filter(
        (one) => options.global !== undefined || one.vhost === vhost,
      )
      const limit = Number(options.limit ?? 0)
      return closeEach(broker, limit > 0 ? all.slice(0, limit) : all, {
        reason,
        delay: Number(options['per-connection-delay'] ?? 0),
      })
    },
  },
  close_all_user_connections: {
    summary: 'Instructs the broker to close all connections of the specified user',
    parameters: ['username', 'explanation'],
    banner: ({ args: [name, reason] }) => `Closing connections of user ${name}, reason: ${reason}...`,
    run: async (broker, { args: [name, reason = ''] }) => {
      const all = ((await broker.get('connections')) as readonly JsonObject[]).filter((one) => one.user === name)
      return closeEach(broker, all, { reason, delay: 0 })
    },
  },
}

async function closeEach(
  broker: BrokerClient,
  connections: readonly JsonObject[],
  { reason, delay }: { reason: string; delay: number },
) {
  let closed = 0
  for (const { name } of connections) {
    // One that has gone by itself meanwhile is as good.
    await unlessGone(broker.ask('DELETE', ['connections', String(name)], undefined, { 'x-reason': reason }))
    closed += 1
    if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay))
  }
  return { text: `Closed ${closed} connections` }
}
