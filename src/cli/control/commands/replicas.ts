import type { JsonObject, JsonValue } from '../../../std/json.ts'
import { type BrokerClient, BrokerRefusal } from '../broker-client.ts'
import { type ControlCommand, type ControlCommands, ControlError, ControlExit, type Given } from '../control-command.ts'
import { explained } from '../refusals.ts'

type Type = 'quorum' | 'stream'

/** A queue of that type, or the error that says why there is none. */
async function queueOf(broker: BrokerClient, type: Type, { args: [name], vhost }: Given): Promise<JsonObject> {
  const queue = (await explained(broker.get('queues', vhost, name!), {
    404: [ControlExit.unavailable, `Target queue was not found in virtual host '${vhost}'`],
  })) as JsonObject
  if (queue.type === type) return queue
  const title = type === 'quorum' ? 'a quorum queue' : 'a stream'
  throw new ControlError(
    ControlExit.unavailable,
    `Cannot do this: '${name}' is not ${title}, but ${String(queue.type)}`,
  )
}

/** Adding, removing and moving replicas: there are no nodes for them. */
function replication(type: Type, summary: string, word: string): ControlCommand {
  return {
    summary,
    parameters: ['queue', 'node'],
    inVhost: true,
    state: { kind: 'refused', because: 'there is no other node' },
    banner: ({ args: [name, node] }) => `${word} a replica for queue ${name} on node ${node}...`,
    run: async (broker, given) => {
      await queueOf(broker, type, given)
      throw new ControlError(ControlExit.unavailable, 'node_not_running')
    },
  }
}

function everywhere(summary: string, parameters: readonly string[], banner: (given: Given) => string): ControlCommand {
  return {
    summary,
    parameters,
    options: ['vhost-pattern', 'queue-pattern', 'errors-only!', 'membership'],
    state: { kind: 'accepted', because: 'there is no other node' },
    banner,
    run: async () => ({ text: '' }),
  }
}

function critical(word: string, what: string): ControlCommand {
  return {
    summary: `Health check that exits with a non-zero code if ${what}`,
    parameters: [],
    options: ['across-all-vhosts!'],
    banner: ({ node }) => `Checking if node ${node} is critical for quorum of any ${word} ...`,
    run: async (broker, { node }) => {
      await broker.get('health', 'checks', 'node-is-quorum-critical')
      const text = `Node ${node} seems to be the only one in a single node cluster, the check does not apply`
      return { value: { result: 'ok', message: text }, text }
    },
  }
}

const PEEKED_BYTES = 64

async function peek(broker: BrokerClient, given: Given) {
  const { args, vhost } = given
  const position = Number(args[1])
  if (!Number.isSafeInteger(position) || position < 1)
    throw new ControlError(ControlExit.data, 'position value should be a positive integer')
  await queueOf(broker, 'quorum', given)
  const body = { count: position, truncate: PEEKED_BYTES }
  const answer = await broker.ask('POST', ['x', 'queues', vhost, args[0]!, 'browse'], body).catch((error: unknown) => {
    throw error instanceof BrokerRefusal && error.status === 400
      ? new ControlError(ControlExit.data, 'position should be at most 1000')
      : error
  })
  const message = ((answer.body as JsonObject).messages as readonly JsonObject[])[position - 1]
  if (message === undefined)
    throw new ControlError(ControlExit.unavailable, 'Target queue does not have a message at that position')
  const { headers = {}, ...properties } = (message.properties ?? {}) as JsonObject
  const rows: (readonly [string, JsonValue])[] = [
    ['routing_keys', message.routing_key ?? ''],
    ['exchange', message.exchange ?? ''],
    [`payload (max ${PEEKED_BYTES} bytes)`, message.payload ?? ''],
    ...Object.entries(properties),
    ...Object.entries(headers as JsonObject).map(([key, value]) => [`header.${key}`, value] as const),
  ]
  return { columns: ['keys', 'values'], rows: rows.map(([keys, values]) => ({ keys, values })) }
}

/** `rabbitmq-queues` and `rabbitmq-streams`: queues whose replicas are on this one node. */
export const replicaCommands: ControlCommands = {
  peek: {
    summary: 'Peeks at the given position of a quorum queue',
    parameters: ['queue', 'position'],
    inVhost: true,
    formatter: 'pretty_table',
    banner: ({ args: [name, position], node }) =>
      `Peeking at quorum queue ${name} at position ${position} on node ${node} ...`,
    run: peek,
  },
  quorum_status: {
    summary: 'Displays quorum status of a quorum queue',
    parameters: ['queue'],
    inVhost: true,
    formatter: 'pretty_table',
    banner: ({ args: [name], node }) => `Status of quorum queue ${name} on node ${node} ...`,
    run: async (broker, given) => {
      await queueOf(broker, 'quorum', given)
      const rows = [{ 'Node Name': given.node, 'Raft State': 'leader', Membership: 'voter' }]
      return { columns: ['Node Name', 'Raft State', 'Membership'], rows }
    },
  },
  stream_status: {
    summary: 'Displays the status of a stream',
    parameters: ['stream'],
    inVhost: true,
    options: ['tracking!'],
    formatter: 'pretty_table',
    banner: ({ args: [name], node }) => `Status of stream ${name} on node ${node} ...`,
    run: async (broker, given) => {
      const queue = await queueOf(broker, 'stream', given)
      const rows = [{ role: 'writer', node: given.node, messages: queue.messages ?? 0 }]
      return { columns: ['role', 'node', 'messages'], rows }
    },
  },
  add_member: {
    ...replication('quorum', 'Adds a quorum queue member on the given node', 'Adding'),
    options: ['membership'],
  },
  delete_member: replication('quorum', 'Removes a quorum queue member on the given node', 'Removing'),
  add_replica: replication('stream', 'Adds a stream replica on the given node', 'Adding'),
  delete_replica: replication('stream', 'Removes a stream replica on the given node', 'Removing'),
  grow: everywhere(
    'Grows quorum queue clusters by adding a member on the specified node',
    ['node', 'all | even'],
    ({ args: [node, what] }) => `Growing ${what} quorum queues on ${node}...`,
  ),
  shrink: everywhere(
    'Shrinks quorum queue clusters by removing any members on the given node',
    ['node'],
    ({ args: [node] }) => `Shrinking quorum queues on ${node}...`,
  ),
  grow_to_count: everywhere(
    'Grows quorum queues to that many members',
    ['count', '[strategy]'],
    ({ args: [count] }) => `Growing quorum queues to ${count} members...`,
  ),
  force_checkpoint: everywhere(
    'Forces checkpoints for all matching quorum queues',
    [],
    () => 'Forcing checkpoints ...',
  ),
  member_with_highest_index: {
    summary: 'Looks for the member of the cluster with the highest log index',
    parameters: ['queue'],
    inVhost: true,
    options: ['offline!', 'index'],
    formatter: 'pretty_table',
    run: async (broker, given) => {
      await queueOf(broker, 'quorum', given)
      return { columns: ['Node Name'], rows: [{ 'Node Name': given.node }] }
    },
  },
  transfer_leadership: {
    ...replication('quorum', 'Transfers the leadership of a quorum queue to another node', 'Transferring'),
  },
  leader_health_check: {
    summary: 'Checks the availability and health status of quorum queue leaders',
    parameters: ['pattern'],
    inVhost: true,
    options: ['across-all-vhosts!'],
    run: async (broker, { vhost, options }) => {
      await broker.get('queues', ...(options['across-all-vhosts'] === undefined ? [vhost] : []))
      return { value: { result: 'ok' }, text: 'All quorum queues have a reachable leader' }
    },
  },
  force_shrink_member_to_current_member: everywhere(
    'Shrinks quorum queues to the member on this node',
    ['[queue]'],
    () => 'Shrinking quorum queues ...',
  ),
  rebalance: {
    summary: 'Re-balances leaders of replicated queues across up-and-running cluster nodes',
    parameters: ['all | classic | quorum | stream'],
    options: ['vhost-pattern', 'queue-pattern'],
    formatter: 'pretty_table',
    banner: ({ args: [type] }) => `Re-balancing leaders of ${type} queues...`,
    run: async (broker, { node }) => {
      await broker.ask('POST', ['rebalance', 'queues'])
      const queues = (await broker.get('queues')) as readonly JsonObject[]
      const rows = [
        { 'Node name': node, 'Number of quorum queues': queues.filter(({ type }) => type === 'quorum').length },
      ]
      return { columns: ['Node name', 'Number of quorum queues'], rows }
    },
  },
  reclaim_quorum_memory: {
    summary: 'Flushes the log of a quorum queue',
    parameters: ['queue'],
    inVhost: true,
    state: { kind: 'accepted', because: 'messages leave memory by themselves' },
    banner: ({ args: [name] }) => `Will flush Raft WAL of quorum queue ${name} ...`,
    run: async (broker, given) => {
      await queueOf(broker, 'quorum', given)
      return undefined
    },
  },
  set_stream_retention_policy: {
    summary: 'Sets the retention policy of a stream queue',
    parameters: ['stream', 'policy'],
    inVhost: true,
    state: { kind: 'refused', because: 'a policy with max-age or max-length-bytes does this' },
    run: async () => {
      const hint = 'set_policy --apply-to streams <name> \'^<stream>$\' \'{"max-age":"1h"}\''
      throw new ControlError(ControlExit.unavailable, `retention is set by a policy: ${hint}`)
    },
  },
  check_if_node_is_quorum_critical: critical('quorum queues', 'queues would lose their quorum without this node'),
  check_if_new_quorum_queue_replicas_have_finished_initial_sync: critical(
    'quorum queues',
    'new replicas are still behind',
  ),
  check_for_quorum_queues_without_an_elected_leader: critical('quorum queues', 'quorum queues have no leader'),
}
