import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { within } from './waiting.ts'

const program = fileURLToPath(new URL('../../bin/lapine.js', import.meta.url))

/** How a process ended, and what it had said. */
export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly output: string
}

/** Lapine as a process of its own, which can be killed and started again on the same data. */
export class LapineProcess {
  readonly directory: string
  #child: ChildProcess | undefined
  #output = ''
  #port = 0
  readonly #options: readonly string[]
  readonly #environment: Readonly<Record<string, string>>

  private constructor(directory: string, options: readonly string[], environment: Readonly<Record<string, string>>) {
    this.directory = directory
    this.#options = options
    this.#environment = environment
  }

  /** Starts one with an empty data directory. */
  static async start(options: readonly string[] = [], environment = {}): Promise<LapineProcess> {
    const started = new LapineProcess(await mkdtemp(join(tmpdir(), 'lapine-process-')), options, environment)
    await started.startAgain()
    return started
  }

  get url(): string {
    return `amqp://guest:guest@127.0.0.1:${this.#port}`
  }

  get port(): number {
    return this.#port
  }

  get output(): string {
    return this.#output
  }

  /** Starts it on the data it left; on another free port unless one is named. */
  async startAgain(port = 0): Promise<void> {
    const where = ['--data-dir', this.directory, '--host', '127.0.0.1', '--port', `${port}`]
    // Other brokers run at the same time, so no port but the one that is asked for may be fixed.
    const child = launch(
      [
        'start',
        ...where,
        '--set',
        'management.tcp.port=0',
        '--set',
        'prometheus.tcp.port=0',
        '--set',
        'mqtt.listeners.tcp.default=127.0.0.1:0',
        '--set',
        'stomp.listeners.tcp.default=127.0.0.1:0',
        '--set',
        'web_mqtt.tcp.port=0',
        '--set',
        'web_stomp.tcp.port=0',
        ...this.#options,
      ],
      this.#environment,
    )
    this.#child = child
    this.#output = ''
    const started = new Promise<void>((resolve, reject) => {
      const listen = (bytes: Buffer) => {
        this.#output += bytes.toString()
        if (this.#output.includes('Server startup complete')) resolve()
      }
      child.stdout?.on('data', listen)
      child.stderr?.on('data', listen)
      child.once('exit', (code) => reject(new Error(`lapine ended with ${code} at start:\n${this.#output}`)))
    })
    await within(started, `lapine to start; it said:\n${this.#output}`)
    this.#port = Number(/started TCP listener on \S+:(\d+)/.exec(this.#output)?.[1])
    if (Number.isNaN(this.#port)) throw new Error(`lapine did not tell its port:\n${this.#output}`)
  }

  /** Ends it as a power cut would end a process: nothing is flushed, nobody is told. */
  async kill(): Promise<void> {
    await this.end('SIGKILL')
  }

  /** Sends a signal and waits for the end. */
  async end(signal: NodeJS.Signals): Promise<Exit> {
    const child = this.#child
    if (child === undefined) throw new Error('lapine does not run')
    this.#child = undefined
    if (child.exitCode !== null) return { code: child.exitCode, signal: child.signalCode, output: this.#output }
    const exited = once(child, 'exit')
    child.kill(signal)
    const [code, by] = (await within(exited, `lapine to end after ${signal}`)) as [number | null, NodeJS.Signals | null]
    return { code, signal: by, output: this.#output }
  }

  async stop(): Promise<void> {
    if (this.#child !== undefined) await this.kill()
    await rm(this.directory, { recursive: true, force: true })
  }
}

/** Runs `lapine` with arguments until it ends. */
export async function runLapine(...arguments_: string[]): Promise<Exit> {
  const child = launch(arguments_)
  let output = ''
  child.stdout?.on('data', (bytes) => {
    output += bytes
  })
  child.stderr?.on('data', (bytes) => {
    output += bytes
  })
  const [code, signal] = (await within(once(child, 'close'), `lapine ${arguments_[0]} to end`)) as [number, null]
  return { code, signal, output }
}

function launch(arguments_: readonly string[], environment: Readonly<Record<string, string>> = {}): ChildProcess {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(RABBITMQ_|LAPINE_|NODE_)/.test(name))
  return spawn(process.execPath, [program, ...arguments_], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...Object.fromEntries(inherited), ...environment },
  })
}
