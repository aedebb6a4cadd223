import { bytes } from '../../../server/conf-value.ts'
import type { JsonObject } from '../../../std/json.ts'
import type { BrokerClient } from '../broker-client.ts'
import {
  BadArgument,
  type ControlCommand,
  type ControlCommands,
  ControlError,
  ControlExit,
} from '../control-command.ts'
import { explained } from '../refusals.ts'
import { until } from './lifecycle.ts'

const levels = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency', 'none']

function sizeOf(text: string): number {
  try {
    return bytes().parse(text)
  } catch {
    throw new BadArgument(/^\d/.test(text) ? 'Invalid units.' : '')
  }
}

function fractionOf(text: string, max: number, hint: string): number {
  const fraction = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  if (Number.isNaN(fraction)) throw new BadArgument()
  if (fraction > max) throw new BadArgument(hint)
  return fraction
}

async function limit(broker: BrokerClient, name: string, value: JsonObject): Promise<undefined> {
  await broker.ask('PUT', ['x', 'node', 'limits'], { [name]: value })
}

async function order(broker: BrokerClient, name: string): Promise<undefined> {
  await broker.ask('POST', ['x', 'node', name])
}

function ordered(summary: string, banner: (node: string) => string, name: string): ControlCommand {
  return { summary, parameters: [], banner: ({ node }) => banner(node), run: (broker) => order(broker, name) }
}

/** What is changed on a running node, until its next start. */
export const tuningCommands: ControlCommands = {
  set_vm_memory_high_watermark: {
    summary: 'Sets the memory beyond which publishers wait: a fraction of memory, or absolute and a size',
    parameters: ['fraction | absolute', '[size]'],
    banner: ({ args: [what, size], node }) =>
      `Setting memory threshold on ${node} to ${what === 'absolute' ? `${size} bytes` : what} ...`,
    run: async (broker, { args: [what, size] }) => {
      if (what === 'absolute') return limit(broker, 'memory', { bytes: sizeOf(size ?? '') })
      const share = fractionOf(what!, 1, 'The threshold should be a fraction between 0.0 and 1.0')
      return limit(broker, 'memory', { of_memory: share })
    },
  },
  set_disk_free_limit: {
    summary: 'Sets the free disk space below which publishers wait: a size, or mem_relative and a multiple of memory',
    parameters: ['size | mem_relative', '[multiple]'],
    banner: ({ args: [what, multiple], node }) =>
      `Setting disk free limit on ${node} to ${what === 'mem_relative' ? `${multiple} times the total RAM` : `${what} bytes`} ...`,
    run: async (broker, { args: [what, multiple] }) => {
      if (what !== 'mem_relative') return limit(broker, 'disk', { bytes: sizeOf(what!) })
      const share = fractionOf(multiple ?? '', 1000, 'The multiple is too large')
      return limit(broker, 'disk', { of_memory: share })
    },
  },
  set_log_level: {
    summary: 'Sets the log level of everything, or of one category',
    parameters: ['[category]', 'log_level'],
    banner: ({ args }) => `Setting log level to "${args.join(' ')}" ...`,
    run: async (broker, { args }) => {
      const level = args.at(-1)!
      if (!levels.includes(level)) {
        const known = 'debug, info, warning, error, critical, none'
        throw new ControlError(ControlExit.unavailable, `level ${level} is not supported. Try one of ${known}`)
      }
      const body = { level, ...(args.length > 1 ? { category: args[0]! } : {}) }
      await explained(broker.ask('PUT', ['x', 'node', 'log-level'], body), {
        400: [ControlExit.unavailable, `there is no log category '${args[0]}'`],
      })
      return undefined
    },
  },
  rotate_logs: ordered(
    'Opens the log files anew, after something has moved them away',
    (node) => `Opening the log files of node ${node} anew ...`,
    'reopen-logs',
  ),
  reload: {
    summary: 'Reads the configuration files again and applies what needs no new start',
    parameters: [],
    banner: ({ node }) => `Reading the configuration of node ${node} again ...`,
    run: async (broker) => {
      const { body } = await broker.ask('POST', ['x', 'node', 'reload'])
      const { applied, waiting } = body as { applied: readonly string[]; waiting: readonly string[] }
      const lines = [
        ...applied.map((key) => `${key}: in effect`),
        ...waiting.map((key) => `${key}: with the next start`),
      ]
      return { value: { applied, waiting }, text: lines.length === 0 ? 'Nothing has changed.' : lines.join('\n') }
    },
  },
  suspend_listeners: ordered(
    'Suspends client connection listeners so that no new client connections are accepted',
    (node) =>
      `Will suspend client connection listeners on node ${node}. The node will no longer accept client connections!`,
    'suspend-listeners',
  ),
  resume_listeners: ordered(
    'Resumes client connection listeners making them accept client connections again',
    (node) => `Will resume client connection listeners on node ${node}. The node will now accept client connections`,
    'resume-listeners',
  ),
  drain: {
    summary: 'Puts the node in maintenance mode: it accepts no client connections and closes those it has',
    parameters: [],
    banner: ({ node }) =>
      `Will put node ${node} into maintenance mode. The node will no longer serve any client traffic!`,
    run: async (broker, { timeoutMilliseconds }) => {
      await order(broker, 'suspend-listeners')
      const all = async () => (await broker.get('connections')) as readonly JsonObject[]
      const found = await all()
      const headers = { 'x-reason': 'Node was put into maintenance mode' }
      for (const { name } of found)
        await broker.ask('DELETE', ['connections', String(name)], undefined, headers).catch(() => {})
      await until(async () => (await all()).length === 0, timeoutMilliseconds, 'closing client connections')
      return { text: `Closed ${found.length} local client connections` }
    },
  },
  revive: ordered(
    'Puts the node out of maintenance and into regular operating mode',
    (node) => `Will put node ${node} back into regular operating mode. The node will again serve client traffic.`,
    'resume-listeners',
  ),
}
