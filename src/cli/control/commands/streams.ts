import type { JsonObject } from '../../../std/json.ts'
import type { BrokerClient } from '../broker-client.ts'
import { type ControlCommand, type ControlCommands, ControlError, ControlExit } from '../control-command.ts'
import { explained } from '../refusals.ts'
import { requireVhost } from './vhosts.ts'

/** A list of what comes by the stream protocol. */
function list(what: string, path: string, columns: readonly string[], isInVhost = true): ControlCommand {
  return {
    summary: `Lists stream ${what}`,
    parameters: ['[column]...'],
    ...(isInVhost ? { inVhost: true as const } : {}),
    options: ['verbose!', 'stream', 'group', 'reference'],
    banner: () => `Listing stream ${what} ...`,
    run: async (broker, { args, vhost }) => ({
      columns: args.length === 0 ? columns : args,
      rows: (await broker.get('stream', path, ...(isInVhost ? [vhost] : []))) as readonly JsonObject[],
    }),
  }
}

const PARTITIONS_MAX = 1000

async function addSuperStream(
  broker: BrokerClient,
  name: string,
  vhost: string,
  options: Readonly<Record<string, string>>,
): Promise<undefined> {
  const keys = options['binding-keys']?.split(',').map((key) => key.trim())
  const count = keys?.length ?? Number(options.partitions ?? 3)
  if (!Number.isSafeInteger(count) || count < 1 || count > PARTITIONS_MAX)
    throw new ControlError(ControlExit.data, 'The partition number must be greater than 0')
  await requireVhost(broker, vhost)
  const arguments_ = { 'x-queue-type': 'stream', ...retention(options) }
  await broker.ask('PUT', ['exchanges', vhost, name], {
    type: 'direct',
    durable: true,
    arguments: { 'x-super-stream': true },
  })
  for (let index = 0; index < count; index++) {
    const key = keys?.[index] ?? String(index)
    const queue = `${name}-${key}`
    await broker.ask('PUT', ['queues', vhost, queue], { durable: true, arguments: arguments_ })
    await broker.ask('POST', ['bindings', vhost, 'e', name, 'q', queue], {
      routing_key: key,
      arguments: { 'x-stream-partition-order': index },
    })
  }
}

function retention(options: Readonly<Record<string, string>>): JsonObject {
  const { 'max-length-bytes': bytes, 'max-age': age, 'stream-max-segment-size-bytes': segment } = options
  return {
    ...(bytes === undefined ? {} : { 'x-max-length-bytes': Number(bytes) }),
    ...(age === undefined ? {} : { 'x-max-age': age }),
    ...(segment === undefined ? {} : { 'x-stream-max-segment-size-bytes': Number(segment) }),
  }
}

function accepted(summary: string, parameters: readonly string[], because: string): ControlCommand {
  return { summary, parameters, inVhost: true, state: { kind: 'accepted', because }, run: async () => undefined }
}

/** `rabbitmq-streams`: streams and who uses them. */
export const streamCommands: ControlCommands = {
  list_stream_connections: list('connections', 'connections', ['conn_name', 'user', 'vhost'], false),
  list_stream_consumers: list('consumers', 'consumers', ['stream', 'subscription_id', 'offset']),
  list_stream_publishers: list('publishers', 'publishers', ['stream', 'publisher_id', 'reference']),
  add_super_stream: {
    summary: 'Adds a super stream: an exchange and its partitions',
    parameters: ['super_stream'],
    inVhost: true,
    options: [
      'partitions',
      'binding-keys',
      'max-length-bytes',
      'max-age',
      'stream-max-segment-size-bytes',
      'leader-locator',
      'initial-cluster-size',
    ],
    banner: ({ args: [name], vhost }) => `Adding a super stream ${name} in vhost ${vhost} ...`,
    run: (broker, { args: [name], vhost, options }) => addSuperStream(broker, name!, vhost, options),
  },
  delete_super_stream: {
    summary: 'Deletes a super stream and its partitions',
    parameters: ['super_stream'],
    inVhost: true,
    banner: ({ args: [name], vhost }) => `Deleting super stream ${name} in vhost ${vhost} ...`,
    run: async (broker, { args: [name], vhost }) => {
      const path = ['exchanges', vhost, name!]
      const exchange = (await explained(broker.get(...path), {
        404: [ControlExit.unavailable, 'Error (stream_not_found)'],
      })) as JsonObject
      if ((exchange.arguments as JsonObject | undefined)?.['x-super-stream'] !== true)
        throw new ControlError(ControlExit.unavailable, `exchange '${name}' is no super stream`)
      for (const { destination } of (await broker.get(...path, 'bindings', 'source')) as readonly JsonObject[])
        await broker.ask('DELETE', ['queues', vhost, String(destination)])
      await broker.ask('DELETE', path)
      return undefined
    },
  },
  restart_stream: accepted('Restarts a stream', ['stream'], 'a stream on one node has nothing to restart'),
  coordinator_status: {
    summary: 'Displays raft status of the stream coordinator',
    parameters: [],
    state: { kind: 'accepted', because: 'one node needs no coordinator' },
    formatter: 'pretty_table',
    run: async (_broker, { node }) => ({
      columns: ['Node Name', 'Raft State'],
      rows: [{ 'Node Name': node, 'Raft State': 'leader' }],
    }),
  },
}
