import { parseArgs } from 'node:util'
import { BrokerClient, BrokerUnreachable } from '../control/broker-client.ts'
import { UsageError } from '../control/command-line.ts'
import { ControlError } from '../control/control-command.ts'
import { findBroker } from '../control/find-broker.ts'
import { type MigrationOptions, type MigrationScreen, migrate } from './migration.ts'
import { progressBar } from './progress-bar.ts'

const API_MILLISECONDS = 120_000

/** Runs `lapine migrate` on the terminal of this process; resolves to the exit code. */
export async function runMigration(args: readonly string[]): Promise<number> {
  const stop = new AbortController()
  const onSignal = (): void => {
    process.stderr.write('\nstopping when what is under way has arrived\n')
    stop.abort()
  }
  process.once('SIGINT', onSignal)
  process.once('SIGTERM', onSignal)
  try {
    const isComplete = await migrate(readOptions(args, stop.signal), screenOf())
    if (!isComplete) process.stdout.write('not everything is here yet: the same command again goes on.\n')
    return isComplete ? 0 : 1
  } catch (error) {
    return explain(error as Error)
  } finally {
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
  }
}

function readOptions(args: readonly string[], stop: AbortSignal): MigrationOptions {
  const { values, positionals } = parse(args)
  const [from, uri, ...more] = positionals
  if (from !== 'from' || uri === undefined || more.length > 0)
    throw new UsageError('say: lapine migrate from amqp://user:password@host')
  const source = amqpUrl(uri)
  const api = new URL(values.api ?? `http://${source.hostname}:15672`)
  if (api.username === '') {
    api.username = source.username || 'guest'
    api.password = source.password || 'guest'
  }
  const here = { url: values.url, dataDirectory: values['data-dir'] }
  return {
    source,
    sourceApi: new BrokerClient({ url: api }, API_MILLISECONDS),
    targetApi: new BrokerClient(findBroker(here, process.env), API_MILLISECONDS),
    target: values.to === undefined ? undefined : amqpUrl(values.to),
    withDefinitions: values['messages-only'] !== true,
    withMessages: values['definitions-only'] !== true,
    queues: patternOf(values.queues ?? ''),
    stop,
  }
}

function parse(args: readonly string[]) {
  const options = {
    api: { type: 'string' },
    queues: { type: 'string' },
    'definitions-only': { type: 'boolean' },
    'messages-only': { type: 'boolean' },
    to: { type: 'string' },
    'data-dir': { type: 'string' },
    url: { type: 'string' },
  } as const
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (error) {
    throw new UsageError((error as Error).message.split('. ')[0]!)
  }
}

function amqpUrl(text: string): URL {
  if (URL.canParse(text) && /^amqps?:$/.test(new URL(text).protocol)) return new URL(text)
  throw new UsageError(`'${text}' is no URI such as amqp://user:password@host:5672`)
}

function patternOf(text: string): RegExp {
  try {
    return new RegExp(text)
  } catch {
    throw new UsageError(`'${text}' is no regular expression`)
  }
}

/** A bar where somebody looks, else a line for each queue. */
function screenOf(): MigrationScreen {
  const isLive = process.stderr.isTTY
  const startedAt = new Map<string, number>()
  return {
    line: (text) => {
      if (isLive) process.stderr.write('\r\x1b[K')
      process.stdout.write(`${text}\n`)
    },
    progress: (queue, progress) => {
      if (!isLive) return
      const since = startedAt.get(queue) ?? performance.now()
      startedAt.set(queue, since)
      process.stderr.write(`\r${progressBar(queue, progress, (performance.now() - since) / 1000)}\x1b[K`)
    },
  }
}

function explain(error: Error): number {
  if (error instanceof UsageError) {
    process.stderr.write(`lapine migrate: ${error.message}.\nlapine help migrate tells more.\n`)
    return error.exitCode
  }
  const hint =
    error instanceof BrokerUnreachable
      ? '--api names the HTTP API over there, --data-dir or --url the broker here.\n'
      : ''
  process.stderr.write(`lapine migrate: ${error.message}.\n${hint}`)
  return error instanceof ControlError ? error.exitCode : 69
}
