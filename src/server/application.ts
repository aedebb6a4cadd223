import { readdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { ReadSettings } from './configuration.ts'
import { ControlSocket, controlSocketPath } from './control-socket.ts'
import type { EnabledPlugins } from './enabled-plugins.ts'
import type { ServerLogger } from './logger.ts'
import { RABBITMQ_VERSION } from './node.ts'
import type { ServerMaster } from './node-control.ts'
import { type Server, startServer } from './server.ts'
import { type StoppedNode, stoppedNodeAnswers } from './stopped-node.ts'

export interface ApplicationOptions {
  readonly dataDirectory: string | undefined
  readonly logger: ServerLogger
  readonly enabledPlugins: EnabledPlugins
  readonly configurationFiles: readonly string[]
  readonly onStorageFault: (fault: Error) => void
  readAgain(): Promise<ReadSettings>
  /** Ends the process. */
  stop(): void
}

type State = 'stopped' | 'starting' | 'running' | 'stopping'

/** The server as the process runs it: operators may stop it and start it anew without ending the process. */
export class Application implements StoppedNode {
  readonly version = RABBITMQ_VERSION
  readonly #options: ApplicationOptions
  #state: State = 'stopped'
  #server: Server | undefined
  #control: ControlSocket | undefined
  #work: Promise<void> = Promise.resolve()

  constructor(options: ApplicationOptions) {
    this.#options = options
  }

  get state(): State {
    return this.#state
  }

  /** Starts the server and, with it, the control socket. Rejects as `startServer` does. */
  async start(read: ReadSettings): Promise<Server> {
    const { logger, dataDirectory, configurationFiles, onStorageFault, enabledPlugins } = this.#options
    this.#state = 'starting'
    try {
      const server = await startServer({
        settings: read.settings,
        dataDirectory,
        logger,
        configurationFiles,
        logDestinations: logger.destinations,
        onStorageFault,
        enabledPlugins: enabledPlugins.names(),
        master: this.#masterOf(read),
        // Only who has the lock of the directory may take its socket, so it is opened when the store is.
        openControlSocket: async (directory) => {
          this.#control ??= await ControlSocket.open(directory, logger, stoppedNodeAnswers(this))
          return this.#control
        },
      })
      this.#server = server
      this.#state = 'running'
      return server
    } catch (error) {
      this.#state = 'stopped'
      throw error
    }
  }

  async startApplication(): Promise<void> {
    await this.#work
    if (this.#state !== 'stopped') return
    const read = await this.#options.readAgain()
    for (const warning of read.warnings) this.#options.logger.warning(warning)
    const { plugins } = await this.start(read)
    this.#options.logger.info(`Server startup complete; ${plugins.length} plugins started.`)
  }

  async reset(): Promise<void> {
    await this.#work
    const { dataDirectory, logger } = this.#options
    if (this.#state !== 'stopped' || dataDirectory === undefined) throw new Error('the application runs')
    logger.warning('Resetting Lapine: everything it kept is deleted')
    const kept = [controlSocketPath(dataDirectory), this.#options.enabledPlugins.path].map((path) =>
      basename(path ?? ''),
    )
    for (const name of readdirSync(dataDirectory)) {
      if (!kept.includes(name)) rmSync(join(dataDirectory, name), { recursive: true })
    }
  }

  stop(): void {
    this.#options.stop()
  }

  /** Stops the server, and with it everything: the process is about to end. */
  async close(): Promise<void> {
    await this.#work
    await this.#server?.close()
    this.#control?.close()
  }

  #masterOf(read: ReadSettings): ServerMaster {
    const { logger, enabledPlugins, readAgain, stop } = this.#options
    return { logger, enabledPlugins, read, readAgain, stop, stopApplication: () => this.#stopSoon() }
  }

  /** After the answer to whoever asked is out. */
  #stopSoon(): boolean {
    if (this.#control === undefined) return false
    if (this.#state !== 'running') return true
    this.#state = 'stopping'
    this.#control.serve(undefined)
    this.#work = new Promise((resolve) => setImmediate(resolve)).then(async () => {
      this.#options.logger.info('Stopping the application; the process runs on')
      await this.#server?.close()
      this.#server = undefined
      this.#state = 'stopped'
    })
    return true
  }
}
