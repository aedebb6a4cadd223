import { readFileSync } from 'node:fs'
import type { JsonObject } from '../../../std/json.ts'
import { type BrokerClient, BrokerUnreachable } from '../broker-client.ts'
import { type ControlCommand, type ControlCommands, ControlError, ControlExit, type Given } from '../control-command.ts'
import { isStopped } from '../refusals.ts'

const POLL_MILLISECONDS = 100
const SHORT_WAIT_MILLISECONDS = 30_000

/** Asks again and again until `look` answers true. Rejects with exit code 75 when the time is over. */
export async function until(look: () => Promise<boolean>, milliseconds: number, what: string): Promise<void> {
  const end = performance.now() + (milliseconds === 0 ? Number.POSITIVE_INFINITY : milliseconds)
  while (!(await look())) {
    if (performance.now() >= end)
      throw new ControlError(ControlExit.timeout, `${what} timed out after ${milliseconds} ms`)
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS))
  }
}

/** `running`, `stopped`, …; undefined where nobody answers. A broker of another kind that answers runs. */
async function stateOf(broker: BrokerClient): Promise<string | undefined> {
  try {
    return String(((await broker.get('x', 'node')) as JsonObject).state)
  } catch (error) {
    if (error instanceof BrokerUnreachable) return undefined
    if (isStopped(error)) return 'stopped'
    return 'running'
  }
}

function isGone(processId: number): boolean {
  try {
    process.kill(processId, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

async function stop(broker: BrokerClient, { options, node }: Given): Promise<undefined> {
  const processId = await processOf(broker)
  await broker.ask('POST', ['x', 'node', 'stop'])
  if (options['no-wait'] !== undefined) return undefined
  const isOver = async () => (processId === undefined ? (await stateOf(broker)) === undefined : isGone(processId))
  await until(isOver, SHORT_WAIT_MILLISECONDS, `stopping ${node}`)
  return undefined
}

/** Of a broker on this machine: one that is spoken to by its socket. */
async function processOf(broker: BrokerClient): Promise<number | undefined> {
  if (!broker.isLocal) return undefined
  try {
    const [node] = (await broker.get('nodes')) as readonly JsonObject[]
    return Number(node?.os_pid)
  } catch {
    return undefined
  }
}

async function waitUntilRuns(broker: BrokerClient, { timeoutMilliseconds, node }: Given): Promise<void> {
  await until(async () => (await stateOf(broker)) === 'running', timeoutMilliseconds, `waiting for ${node} to start`)
}

async function reset(broker: BrokerClient): Promise<undefined> {
  if ((await stateOf(broker)) === 'running') {
    throw new ControlError(
      ControlExit.usage,
      "this command requires the 'rabbit' app to be stopped on the target node. Stop it with 'rabbitmqctl stop_app'.",
    )
  }
  await broker.ask('POST', ['x', 'node', 'reset'])
  return undefined
}

const stopCommand: ControlCommand = {
  summary: 'Stops the broker and its process',
  parameters: ['[pid_file]'],
  options: ['wait!', 'no-wait!', 'idempotent!'],
  banner: ({ node }) => `Stopping and halting node ${node} ...`,
  run: stop,
}

/** Starting and stopping the application and the process. */
export const lifecycleCommands: ControlCommands = {
  stop: stopCommand,
  shutdown: { ...stopCommand, parameters: [], banner: ({ node }) => `Shutting down node ${node} ...` },
  stop_app: {
    summary: 'Stops the broker: closes everything but the control socket. The process runs on.',
    parameters: [],
    banner: ({ node }) => `Stopping rabbit application on node ${node} ...`,
    run: async (broker, { node }) => {
      await broker.ask('POST', ['x', 'node', 'stop-app'])
      await until(async () => (await stateOf(broker)) === 'stopped', SHORT_WAIT_MILLISECONDS, `stopping ${node}`)
      return undefined
    },
  },
  start_app: {
    summary: 'Starts the broker again after stop_app, with its configuration read anew',
    parameters: [],
    banner: ({ node }) => `Starting node ${node} ...`,
    run: async (broker) => {
      await broker.ask('POST', ['x', 'node', 'start-app'])
      return undefined
    },
  },
  reset: {
    summary: 'Deletes everything a stopped application has kept: definitions and messages',
    parameters: [],
    banner: ({ node }) => `Resetting node ${node} ...`,
    run: reset,
  },
  force_reset: {
    summary: 'The same as reset',
    parameters: [],
    banner: ({ node }) => `Forcefully resetting node ${node} ...`,
    run: reset,
  },
  await_startup: {
    summary: 'Waits until the broker has started',
    parameters: [],
    run: async (broker, given) => {
      const state = await stateOf(broker)
      if (state === 'stopped') throw new ControlError(ControlExit.unavailable, 'rabbit_is_not_running')
      await waitUntilRuns(broker, given)
      return undefined
    },
  },
  await_online_nodes: {
    summary: 'Waits for <count> nodes to join the cluster',
    parameters: ['count'],
    banner: ({ args }) => `Will wait for at least ${args[0]} nodes to join the cluster of this node ...`,
    run: async (broker, given) => {
      const count = Number(given.args[0])
      if (!Number.isSafeInteger(count) || count < 1)
        throw new ControlError(ControlExit.data, 'Target count must be a positive integer')
      await waitUntilRuns(broker, given)
      if (count > 1)
        throw new ControlError(ControlExit.timeout, `only 1 of ${count} nodes is there: this broker runs on one node`)
      return undefined
    },
  },
  wait: {
    summary: 'Waits until the process of a PID file runs and the broker has started',
    parameters: ['[pid_file]'],
    options: ['pid'],
    run: async (broker, given) => {
      const [path] = given.args
      if (path === undefined && given.options.pid === undefined)
        throw new ControlError(ControlExit.usage, 'name a PID file, or a process by --pid')
      if (path !== undefined) await waitForFile(path, given)
      const processId = Number(given.options.pid ?? readFileSync(path!, 'utf8').trim())
      given.print(`Waiting for the broker of process ${processId} to start\n`)
      await until(
        async () => {
          if (isGone(processId)) throw new ControlError(ControlExit.unavailable, `process ${processId} is not running`)
          return (await stateOf(broker)) === 'running'
        },
        given.timeoutMilliseconds,
        'operation wait',
      )
      return { text: `Broker of process ${processId} is running` }
    },
  },
}

async function waitForFile(path: string, { print, timeoutMilliseconds }: Given): Promise<void> {
  print(`Waiting for pid file '${path}' to appear\n`)
  const isThere = async () => {
    try {
      return /^\d+\s*$/.test(readFileSync(path, 'utf8'))
    } catch {
      return false
    }
  }
  await until(isThere, timeoutMilliseconds, 'operation wait')
}
