import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const binary = fileURLToPath(new URL('../../bin/lapine.js', import.meta.url))
const logBytesMax = 65_536
const bootMillisecondsMax = 30_000

export interface BrokerStart {
  readonly dataDirectory: string
  readonly port: number
  /** Where it speaks MQTT, for whoever wants to; else anywhere. */
  readonly mqttPort?: number
  readonly configuration?: string
  readonly environment?: Readonly<Record<string, string>>
  /** A command and its arguments to run the broker under; it must become the broker, as `exec` does. */
  readonly under?: readonly string[]
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** Milliseconds since 1970. */
  readonly at: number
}

/** A broker that ended, or said nothing for long, before it accepted clients. */
export class BootFailure extends Error {
  readonly ended: Ended | undefined
  readonly log: string

  constructor(message: string, ended: Ended | undefined, log: string) {
    super(message)
    this.ended = ended
    this.log = log
  }
}

const alive = new Map<ChildProcess, Promise<Ended>>()

/** Kills every broker that still runs, and waits for their ends. */
export async function killAll(): Promise<void> {
  for (const child of alive.keys()) child.kill('SIGKILL')
  await Promise.all(alive.values())
}

/** The shipped broker in a process of its own. */
export class BrokerProcess {
  readonly port: number
  readonly ended: Promise<Ended>
  /** How long it took to accept clients, once `ready`. */
  bootMilliseconds = 0
  readonly #child: ChildProcess
  readonly #startedAt = performance.now()
  readonly #ready = Promise.withResolvers<void>()
  #isReady = false
  #log = ''

  constructor({ dataDirectory, port, mqttPort = 0, configuration, environment, under = [] }: BrokerStart) {
    this.port = port
    const config = configuration === undefined ? [] : ['--config', configuration]
    const alone = [
      '--host',
      '127.0.0.1',
      '--port',
      `${port}`,
      '--set',
      'management.tcp.port=0',
      '--set',
      'prometheus.tcp.port=0',
      '--set',
      `mqtt.listeners.tcp.default=127.0.0.1:${mqttPort}`,
      '--set',
      'stomp.listeners.tcp.default=127.0.0.1:0',
      '--set',
      'web_mqtt.tcp.port=0',
      '--set',
      'web_stomp.tcp.port=0',
    ]
    const own = [binary, 'start', ...alone, '--data-dir', dataDirectory, ...config]
    const [command, ...args] = [...under, process.execPath, ...own]
    this.#child = spawn(command!, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    })
    this.#child.stdout!.on('data', (chunk: Buffer) => this.#onOutput(chunk))
    this.#child.stderr!.on('data', (chunk: Buffer) => this.#onOutput(chunk))
    this.ended = new Promise((resolve) => {
      this.#child.on('error', (error) => this.#onOutput(Buffer.from(`${error.message}\n`)))
      // A command that cannot be run has no exit, only a close.
      this.#child.on('exit', (code, signal) => resolve({ code, signal, at: Date.now() }))
      this.#child.on('close', (code, signal) => resolve({ code, signal, at: Date.now() }))
    })
    alive.set(this.#child, this.ended)
    void this.ended.then(() => alive.delete(this.#child))
  }

  /** Starts one and waits until it accepts clients. */
  static async start(start: BrokerStart): Promise<BrokerProcess> {
    const broker = new BrokerProcess(start)
    await broker.ready()
    return broker
  }

  get url(): string {
    return `amqp://guest:guest@127.0.0.1:${this.port}`
  }

  get pid(): number {
    return this.#child.pid!
  }

  /** The end of what it wrote. */
  get log(): string {
    return this.#log
  }

  /** The last lines it wrote that are worth a reader's time. */
  get excerpt(): string {
    return excerptOf(this.#log)
  }

  /** Resolves when it accepts clients; a `BootFailure` when it ends before. */
  async ready(): Promise<void> {
    let late: NodeJS.Timeout | undefined
    const tooLate = new Promise<undefined>((resolve) => {
      late = setTimeout(() => resolve(undefined), bootMillisecondsMax)
    })
    const ended = await Promise.race([this.#ready.promise, this.ended, tooLate])
    clearTimeout(late)
    if (this.#isReady) return
    this.signal('SIGKILL')
    const how =
      ended === undefined ? 'is not ready in time' : `ended with ${ended.code ?? ended.signal} before it was ready`
    throw new BootFailure(`the broker ${how}`, ended ?? undefined, this.#log)
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** SIGKILL: nothing gets a chance to be written. */
  kill(): Promise<Ended> {
    this.signal('SIGKILL')
    return this.ended
  }

  /** SIGTERM. */
  stop(): Promise<Ended> {
    this.signal('SIGTERM')
    return this.ended
  }

  #onOutput(chunk: Buffer): void {
    this.#log = (this.#log + chunk.toString()).slice(-logBytesMax)
    if (this.#isReady || !this.#log.includes('Server startup complete')) return
    this.#isReady = true
    this.bootMilliseconds = performance.now() - this.#startedAt
    this.#ready.resolve()
  }
}

/** The last lines of a log without those that every broker writes. */
export function excerptOf(log: string): string {
  const lines = log.trimEnd().split('\n')
  const worthy = lines.filter((line) => /recovered/.test(line) || (/\S/.test(line) && !/\[(info|debug)\]/.test(line)))
  // The banner has two ears, and three lines more.
  return worthy
    .filter((line) => !/^ {2,3}(\(|c\()|^ {12}logs/.test(line))
    .slice(-12)
    .join('\n')
}
