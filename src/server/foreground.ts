import { rmSync, writeFileSync, writeSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { resolve } from 'node:path'
import { isOutOfSpace } from '../store/disk.ts'
import { StorageFault } from '../store/storage-fault.ts'
import { StoreRefusal } from '../store/store-refusal.ts'
import { Application } from './application.ts'
import { banner } from './banner.ts'
import { readSettings } from './configuration.ts'
import { EnabledPlugins } from './enabled-plugins.ts'
import { defaultDataDirectory, readConfigurationFiles, refuseDeprecatedVariables } from './environment.ts'
import { HeapGrowth } from './heap-growth.ts'
import { openLogger, type ServerLogger } from './logger.ts'
import { writePidFile } from './pid-file.ts'
import { ExitCode, StartRefusal } from './start-refusal.ts'
import { notifySystem } from './system-notice.ts'

export interface ForegroundOptions {
  /** Path of a configuration file. */
  readonly configuration?: string
  readonly dataDirectory?: string
  readonly ephemeral: boolean
  readonly port?: string
  readonly host?: string
  /** Lines in the dialect of the files, over files and environment. */
  readonly set?: readonly string[]
}

/** Longest a stop may take; what runs Lapine (systemd, Docker) kills a little later. */
const stopMillisecondsMax = 8000

/** One Ctrl-C arrives twice where npm runs the broker: from the terminal, and passed on by npm. */
const sameSignalMilliseconds = 500

/** Runs a broker until a signal or a storage fault ends it; resolves to the exit code. */
export async function runInForeground(options: ForegroundOptions): Promise<ExitCode> {
  let logger: ServerLogger | undefined
  let removePidFile = (): void => {}
  try {
    refuseDeprecatedVariables(process.env)
    const files = readConfigurationFiles(options.configuration, process.env)
    const read = await readSettings(files, process.env, options)
    logger = openLogger(read.settings.log)
    const dataDirectory = options.ephemeral
      ? undefined
      : resolve(options.dataDirectory ?? defaultDataDirectory(process.env))
    const configurationFiles = files.map(({ path }) => path)
    writeSync(1, banner({ configuration: configurationFiles, dataDirectory, logs: logger.destinations }))
    for (const warning of read.warnings) logger.warning(warning)
    writeProcessFile(process.env)
    const ended = new Ending(logger)
    const application = new Application({
      dataDirectory,
      logger,
      enabledPlugins: EnabledPlugins.of(process.env, dataDirectory),
      configurationFiles,
      onStorageFault: ended.onStorageFault,
      readAgain: () => readSettings(readConfigurationFiles(options.configuration, process.env), process.env, options),
      stop: ended.onStop,
    })
    const { plugins } = await application.start(read)
    removePidFile = writePidFile(process.env, logger)
    ended.serving()
    new HeapGrowth().watch()
    logger.info(`Server startup complete; ${plugins.length} plugins started.`)
    for (const name of plugins) logger.info(` * ${name}`)
    notifySystem('--ready')
    // Node writes it at its end, which not every broker is given.
    flushCompileCache?.()
    const exitCode = await ended.wait()
    notifySystem('--stopping')
    await stop(application, exitCode, logger)
    return exitCode
  } catch (error) {
    return refuse(error, logger)
  } finally {
    removePidFile()
    await logger?.close()
  }
}

/** `rabbitmqctl wait` and service scripts look for the process in this file. */
function writeProcessFile({ RABBITMQ_PID_FILE: path, RABBITMQ_KEEP_PID_FILE_ON_EXIT: keep }: NodeJS.ProcessEnv): void {
  if (path === undefined || path === '') return
  try {
    writeFileSync(path, `${process.pid}\n`)
  } catch (error) {
    throw new StartRefusal(ExitCode.config, `cannot write RABBITMQ_PID_FILE ${path}: ${(error as Error).message}`)
  }
  if (keep !== 'true') process.once('exit', () => rmSync(path, { force: true }))
}

function refuse(error: unknown, logger: ServerLogger | undefined): ExitCode {
  logger?.flushNow()
  if (error instanceof StartRefusal) {
    writeSync(2, `${error.message}\n`)
    return error.exitCode
  }
  if (error instanceof StoreRefusal) {
    writeSync(2, `${error.message}; --data-dir names another one, --ephemeral does without\n`)
    return ExitCode.unavailable
  }
  if (error instanceof StorageFault) {
    writeSync(2, `${error.message}\n`)
    return ExitCode.storage
  }
  if (isOutOfSpace(error)) {
    writeSync(2, `there is no space on the disk for a start: ${(error as Error).message}\n`)
    return ExitCode.unavailable
  }
  writeSync(2, `lapine could not start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  return ExitCode.software
}

async function stop(application: Application, exitCode: ExitCode, logger: ServerLogger): Promise<void> {
  // After a storage fault nothing may be promised any more, and closing cleanly would promise: just end.
  if (exitCode === ExitCode.storage) {
    logger.flushNow()
    process.exit(exitCode)
  }
  // Unreferenced: it fires only if something still runs by then.
  setTimeout(() => {
    logger.warning('not everything stopped in time: ending without it')
    logger.flushNow()
    process.exit(exitCode)
  }, stopMillisecondsMax).unref()
  await application.close()
  logger.info('Lapine stopped')
}

/** What ends a running broker: the first signal cleanly, the second at once, a fault of the disk without promises. */
class Ending {
  readonly #logger: ServerLogger
  readonly #ended = Promise.withResolvers<ExitCode>()
  #signalledAt: number | undefined
  #isServing = false

  constructor(logger: ServerLogger) {
    this.#logger = logger
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, this.#onSignal)
    process.on('uncaughtException', this.#onUncaught)
    process.on('unhandledRejection', this.#onUncaught)
  }

  readonly onStorageFault = (fault: Error): void => {
    this.#logger.critical(`ending at once, because nothing can be confirmed any more: ${fault.message}`)
    this.#ended.resolve(ExitCode.storage)
    // A start or a stop that was under way cannot end well any more.
    if (this.#isServing && this.#signalledAt === undefined) return
    this.#logger.flushNow()
    process.exit(ExitCode.storage)
  }

  /** The start is over. */
  serving(): void {
    this.#isServing = true
  }

  wait(): Promise<ExitCode> {
    return this.#ended.promise
  }

  /** Somebody asked for it. */
  readonly onStop = (): void => {
    this.#logger.info('asked to stop - shutting down')
    this.#ended.resolve(ExitCode.ok)
  }

  readonly #onSignal = (signal: NodeJS.Signals, number: number): void => {
    const now = performance.now()
    if (this.#signalledAt !== undefined) {
      if (now - this.#signalledAt < sameSignalMilliseconds) return
      this.#logger.warning(`${signal} again: ending at once`)
      this.#logger.flushNow()
      process.exit(128 + number)
    }
    this.#signalledAt = now
    this.#logger.info(`${signal} received - shutting down`)
    this.#ended.resolve(ExitCode.ok)
  }

  readonly #onUncaught = (error: unknown): void => {
    this.#logger.critical(`a bug in Lapine: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    this.#logger.flushNow()
    process.exit(ExitCode.software)
  }
}
