import { readFileSync } from 'node:fs'
import type { JsonObject } from '../../../std/json.ts'
import type { BrokerClient } from '../broker-client.ts'
import { type ControlCommand, type ControlCommands, ControlError, ControlExit } from '../control-command.ts'

const because = 'there is no Erlang here: only the expressions that health probes and operators use are answered'

type Answer = (broker: BrokerClient, node: string) => Promise<string> | string

async function nodeOf(broker: BrokerClient): Promise<JsonObject> {
  return ((await broker.get('nodes')) as readonly JsonObject[])[0]!
}

/** Goes to the broker first, so that one which is stopped does not answer. */
function running(answer: (node: string) => string): Answer {
  return async (broker, node) => {
    await broker.get('version')
    return answer(node)
  }
}

const itself = running((node) => `[${atom(node)}]`)
const yes = running(() => 'true')
const none = running(() => '[]')

/** Expressions as they stand in charts, operators and probes, without spaces. */
const known: Readonly<Record<string, Answer>> = {
  'node()': (_broker, node) => atom(node),
  'nodes()': () => '[]',
  ok: () => 'ok',
  true: () => 'true',
  'net_adm:ping(node())': () => 'pong',
  'rabbit:is_running()': yes,
  'rabbit:is_running(node())': yes,
  'rabbit:is_booted()': yes,
  'rabbit:is_booted(node())': yes,
  'rabbit_nodes:reached_target_cluster_size()': yes,
  'rabbit_nodes:is_running(node(),rabbit)': yes,
  'rabbit_nodes:all_running()': itself,
  'rabbit_nodes:all()': itself,
  'rabbit_nodes:list_members()': itself,
  'rabbit_nodes:list_running()': itself,
  'rabbit_nodes:list_reachable()': itself,
  'rabbit_db_cluster:members()': itself,
  'rabbit_mnesia:cluster_nodes(all)': itself,
  'rabbit_mnesia:cluster_nodes(disc)': itself,
  'rabbit_mnesia:cluster_nodes(running)': itself,
  'rabbit_mnesia:is_clustered()': running(() => 'false'),
  'rabbit_db_cluster:is_clustered()': running(() => 'false'),
  'rabbit_maintenance:is_being_drained_local_read(node())': running(() => 'false'),
  'rabbit_quorum_queue:list_with_minimum_quorum()': none,
  'rabbit_node_monitor:partitions()': none,
  'rabbit_nodes:cluster_name()': async (broker) =>
    `<<"${String(((await broker.get('cluster-name')) as JsonObject).name)}">>`,
  'rabbit_misc:version()': async (broker) => `"${String(await broker.get('version'))}"`,
  'rabbit:base_product_version()': async (broker) => `"${String(await broker.get('version'))}"`,
  'rabbit_alarm:get_alarms()': async (broker, node) => {
    const { mem_alarm: memory, disk_free_alarm: disk } = await nodeOf(broker)
    const alarms = [...(memory === true ? ['memory'] : []), ...(disk === true ? ['disk'] : [])]
    return `[${alarms.map((alarm) => `{{resource_limit,${alarm},${atom(node)}},[]}`).join(',')}]`
  },
  'rabbit_vm:memory()': async (broker) => `[{total,${String((await nodeOf(broker)).mem_used ?? 0)}}]`,
  'vm_memory_monitor:get_memory_limit()': async (broker) => String((await nodeOf(broker)).mem_limit),
  'rabbit_disk_monitor:get_disk_free()': async (broker) => String((await nodeOf(broker)).disk_free),
}

/** An Erlang atom as it is printed. */
function atom(name: string): string {
  return /^[a-z][\w@]*$/.test(name) ? name : `'${name}'`
}

async function evaluate(broker: BrokerClient, expression: string, node: string): Promise<string> {
  const plain = expression.trim().replace(/\s+/g, '').replace(/\.$/, '')
  if (/^-?\d+$/.test(plain)) return plain
  const answer = Object.hasOwn(known, plain) ? known[plain] : undefined
  if (answer !== undefined) return await answer(broker, node)
  throw new ControlError(
    ControlExit.unavailable,
    `'${expression}' is not understood: ${because}. lapine help commands lists what can be asked.`,
  )
}

function refused(summary: string, parameters: readonly string[] = []): ControlCommand {
  return {
    summary,
    parameters,
    state: { kind: 'refused', because: 'there is no Erlang here' },
    run: async () => {
      throw new ControlError(
        ControlExit.unavailable,
        'there is no Erlang here. `lapine top` shows what the broker does.',
      )
    },
  }
}

/** `eval` and its kin. */
export const evaluationCommands: ControlCommands = {
  eval: {
    summary: 'Answers the Erlang expressions that probes and operators use',
    parameters: ['expression', '[argument]...'],
    run: async (broker, { args: [expression], node }) => ({ text: await evaluate(broker, expression!, node) }),
  },
  eval_file: {
    summary: 'The same for an expression in a file',
    parameters: ['file_path'],
    run: async (broker, { args: [path], node }) => ({
      text: await evaluate(broker, readFileSync(path!, 'utf8'), node),
    }),
  },
  exec: refused('Evaluates a snippet of Elixir code on the CLI node', ['expression']),
  remote_shell: refused('Starts an interactive Erlang shell on the target node'),
  observer: refused('Starts a CLI observer interface on the target node'),
}
