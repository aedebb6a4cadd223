import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { resolve as resolvePath } from 'node:path'
import { fileURLToPath } from 'node:url'

const binary = fileURLToPath(new URL('../bin/lapine.js', import.meta.url))
const startMilliseconds = 20_000

/** How a Lapine is started. */
export interface LapineStart {
  /** Nothing is kept on disk when absent. */
  readonly dataDirectory?: string
  /** Another checkout whose Lapine it is to be. */
  readonly checkout?: string
  /** A free port when absent. */
  readonly port?: number
  /** Where it speaks MQTT, for whoever wants to; else anywhere. */
  readonly mqttPort?: number
  /** Options for Node itself, such as `--cpu-prof`. */
  readonly nodeOptions?: readonly string[]
}

/** A Lapine in a process of its own, started from this checkout; stopped politely or killed. */
export class LapineChild {
  readonly port: number
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, port: number) {
    this.#child = child
    this.port = port
  }

  /** Starts one and waits until it accepts connections. */
  static async start(start: LapineStart): Promise<LapineChild> {
    const port = start.port ?? (await freePort())
    const where = start.dataDirectory === undefined ? ['--ephemeral'] : ['--data-dir', start.dataDirectory]
    const args = [
      ...(start.nodeOptions ?? []),
      start.checkout === undefined ? binary : resolvePath(start.checkout, 'bin/lapine.js'),
      'start',
      '--port',
      String(port),
      '--set',
      'management.tcp.port=0',
      '--set',
      `mqtt.listeners.tcp.default=127.0.0.1:${start.mqttPort ?? 0}`,
      '--set',
      'stomp.listeners.tcp.default=127.0.0.1:0',
      '--set',
      'web_mqtt.tcp.port=0',
      '--set',
      'web_stomp.tcp.port=0',
      '--set',
      'prometheus.tcp.port=0',
      ...where,
    ]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    await startedUp(child)
    return new LapineChild(child, port)
  }

  get pid(): number {
    return this.#child.pid!
  }

  get url(): string {
    return `amqp://guest:guest@127.0.0.1:${this.port}`
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** SIGTERM; answers the exit code. */
  async stop(): Promise<number | null> {
    await this.#end('SIGTERM')
    return this.#child.exitCode
  }

  /** SIGKILL: nothing gets a chance to be written. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (!this.running) return
    const gone = once(this.#child, 'exit')
    this.#child.kill(signal)
    await gone
  }
}

/** Resolves at the line every RabbitMQ prints too; fails with the output when the process ends first. */
function startedUp(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = ''
    const fail = (reason: string) => {
      clearTimeout(late)
      child.kill('SIGKILL')
      reject(new Error(`lapine ${reason}:\n${output}`))
    }
    const late = setTimeout(() => fail('did not start in time'), startMilliseconds)
    const listen = (chunk: Buffer) => {
      // Later output is read and dropped, lest the pipe fills and blocks the broker.
      if (output.length < 65_536) output += chunk.toString()
      if (!output.includes('Server startup complete')) return
      clearTimeout(late)
      resolve()
    }
    child.stdout!.on('data', listen)
    child.stderr!.on('data', listen)
    child.on('error', (error) => fail(`could not be run: ${error.message}`))
    child.on('exit', (code, signal) => fail(`ended with ${code ?? signal} before it was ready`))
  })
}

/** Below those that systems give to outgoing connections, one of which might take it meanwhile. */
const portsFrom = 12_000
const portsTo = 32_000

/** A port nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = portsFrom + Math.floor(Math.random() * (portsTo - portsFrom))
    const server = createServer().listen(port, '127.0.0.1')
    try {
      await once(server, 'listening')
    } catch {
      continue
    }
    server.close()
    await once(server, 'close')
    return port
  }
}
