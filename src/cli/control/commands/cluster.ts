import type { JsonObject } from '../../../std/json.ts'
import { type ControlCommand, type ControlCommands, ControlError, ControlExit, type Given } from '../control-command.ts'
import { requireVhost } from './vhosts.ts'

const alone = 'this broker is a single node and forms no cluster'

/** A command that a node alone cannot carry out. */
function refused(
  summary: string,
  parameters: readonly string[],
  reason: (given: Given) => string = () => alone,
): ControlCommand {
  return {
    summary,
    parameters,
    options: ['disc!', 'ram!', 'offline!', 'dryrun!', 'across-all-zones!'],
    state: { kind: 'refused', because: alone },
    run: async (_broker, given) => {
      throw new ControlError(ControlExit.unavailable, reason(given))
    },
  }
}

/** A command with nothing to do. */
function accepted(
  summary: string,
  because: string,
  rest: Partial<Pick<ControlCommand, 'parameters' | 'options' | 'banner' | 'inVhost'>> & {
    readonly says?: string
  } = {},
): ControlCommand {
  const { says = '', parameters = [], ...shape } = rest
  return { summary, parameters, ...shape, state: { kind: 'accepted', because }, run: async () => ({ text: says }) }
}

/** Policies that RabbitMQ before 4.0 would have mirrored queues by. */
function mirroring(path: string): ControlCommand {
  return {
    summary: `Lists all ${path.replace('-', ' ')} that enable classic queue mirroring`,
    parameters: [],
    run: async (broker) => {
      const all = (await broker.get(path)) as readonly JsonObject[]
      const rows = all.filter(({ definition }) =>
        Object.keys(definition as JsonObject).some((key) => key.startsWith('ha-')),
      )
      return { columns: ['vhost', 'name', 'pattern', 'apply-to'], rows }
    },
  }
}

const onlyOne = 'Target node seems to be the only one in a single node cluster, the command does not apply'
const noMirrors = 'there are no mirrored queues, as in RabbitMQ 4.x'
const monitored = 'free disk space is always watched'

/** What concerns the nodes of a cluster, answered by the one there is. */
export const clusterCommands: ControlCommands = {
  join_cluster: refused('Instructs the node to become a member of the cluster that the specified node is in', [
    'existing_cluster_member',
  ]),
  forget_cluster_node: {
    ...refused(
      'Removes a node from the cluster',
      ['existing_cluster_member'],
      () => "{:not_a_cluster_node, 'The node selected is not in the cluster.'}",
    ),
    banner: ({ args }) => `Removing node ${args[0]} from the cluster`,
  },
  rename_cluster_node: refused('Renames cluster nodes in the local database', ['oldnode1', 'newnode1', '[node]...']),
  change_cluster_node_type: refused('Changes the type of the cluster node', ['disc | ram']),
  update_cluster_nodes: refused('Instructs a cluster member node to sync the list of known cluster members', [
    'seed_node',
  ]),
  force_boot: accepted(
    'Forces node to start even if it cannot contact any of its peers',
    'it has no peers to wait for',
    {
      banner: ({ node }) => `Forcing boot for Lapine node ${node} ...`,
    },
  ),
  force_standalone_khepri_boot: accepted('Forces a node to run alone', 'it runs alone'),
  discover_peers: {
    summary: 'Performs peer discovery and lists discovered nodes, if any',
    parameters: [],
    banner: () => 'Discovering peers nodes ...',
    run: async () => ({ value: [], text: 'No peers discovered' }),
  },
  sync_queue: accepted('Instructs a mirrored queue to synchronise its mirrors', noMirrors, {
    parameters: ['queue'],
    inVhost: true,
  }),
  cancel_sync_queue: accepted('Instructs a synchronising mirrored queue to stop', noMirrors, {
    parameters: ['queue'],
    inVhost: true,
  }),
  await_online_quorum_plus_one: accepted(
    'Waits for all quorum queues to have an above minimum online quorum',
    onlyOne,
    {
      says: onlyOne,
      banner: () => 'Will wait for a quorum + 1 of nodes to be online for all quorum queues ...',
    },
  ),
  await_online_synchronized_mirror: accepted('Waits for all mirrored queues to have a synchronized mirror', noMirrors, {
    says: onlyOne,
  }),
  post_upgrade: accepted('Runs post-upgrade tasks', 'an upgrade leaves nothing to be done', {
    banner: () => 'Executing post upgrade tasks...',
  }),
  check_if_node_is_mirror_sync_critical: accepted('Fails if there are mirrored queues without mirrors', noMirrors, {
    says: 'Node seems to be the only one in a single node cluster, the check does not apply',
  }),
  check_if_cluster_has_classic_queue_mirroring_policy: accepted('Fails if policies mirror queues', noMirrors, {
    says: 'Cluster reported no policies that enable classic queue mirroring',
  }),
  remove_classic_queue_mirroring_from_policies: {
    summary: 'Removes keys that enable classic queue mirroring from all policies',
    parameters: [],
    banner: () => 'Will remove classic queue mirroring settings from all user policies.',
    run: async (broker) => {
      let changed = 0
      for (const policy of (await broker.get('policies')) as readonly JsonObject[]) {
        const definition = policy.definition as JsonObject
        const kept = Object.fromEntries(Object.entries(definition).filter(([key]) => !key.startsWith('ha-')))
        if (Object.keys(kept).length === Object.keys(definition).length) continue
        const path = ['policies', String(policy.vhost), String(policy.name)]
        if (Object.keys(kept).length === 0) await broker.ask('DELETE', path)
        else await broker.ask('PUT', path, { ...policy, definition: kept })
        changed += 1
      }
      return { text: `${changed} policies changed` }
    },
  },
  list_policies_with_classic_queue_mirroring: mirroring('policies'),
  list_operator_policies_with_classic_queue_mirroring: mirroring('operator-policies'),
  decommission_mqtt_node: refused('Removes a cluster member from the list of MQTT nodes', ['node']),
  restart_vhost: {
    summary: 'Restarts a failed vhost data stores and queues',
    parameters: [],
    inVhost: true,
    banner: ({ vhost, node }) => `Trying to restart vhost '${vhost}' on node '${node}' ...`,
    run: async (broker, { vhost, node }) => {
      await requireVhost(broker, vhost)
      return { text: `Vhost '${vhost}' is already running on node '${node}'` }
    },
  },
  reconcile_vhosts: accepted('Makes sure all virtual hosts run on all nodes', 'virtual hosts run while the node does'),
  hipe_compile: accepted('DEPRECATED. This command is a no-op', 'as in RabbitMQ', {
    parameters: ['directory'],
    says: 'This command is a no-op. HiPE is no longer supported by modern Erlang versions',
  }),
  force_gc: accepted('Makes the runtime collect its garbage', 'Node.js collects its garbage by itself', {
    banner: ({ node }) => `Will ask all processes on node ${node} to schedule a full sweep GC`,
  }),
  enable_free_disk_space_monitoring: accepted('Enables free disk space monitoring', monitored),
  activate_free_disk_space_monitoring: accepted('[Re-]activates free disk space monitoring', monitored),
  disable_free_disk_space_monitoring: accepted('Disables free disk space monitoring', `${monitored}: it costs nothing`),
  deactivate_free_disk_space_monitoring: accepted(
    'Disables free disk space monitoring',
    `${monitored}: it costs nothing`,
  ),
  schema_info: accepted('Lists schema database tables and their properties', 'definitions are kept in no tables', {
    parameters: ['[column]...'],
  }),
}
