import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const binary = fileURLToPath(new URL('../../bin/lapine.js', import.meta.url))

/** How a process ended. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A broker in a process of its own, as a user would start it. */
export class LapineProcess {
  readonly #child: ChildProcess
  readonly #ended: Promise<Ended>
  /** All it has written so far. */
  output = ''

  constructor(args: readonly string[], environment: Record<string, string> = {}) {
    this.#child = spawn(process.execPath, [binary, 'start', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text
      })
    }
    this.#ended = once(this.#child, 'close').then(([code, signal]) => ({ code, signal }))
  }

  /** Resolves with the match once its output has one; rejects when the process ends without. */
  async sees(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.output)
      if (match !== null) return match
      const more = once(this.#child.stdout!, 'data')
      const ended = await Promise.race([more, this.#ended])
      if (!Array.isArray(ended) && pattern.exec(this.output) === null) {
        throw new Error(`the process ended (${JSON.stringify(ended)}) without ${pattern}:\n${this.output}`)
      }
    }
  }

  /** The port it listens on, once it accepts clients. */
  async port(): Promise<number> {
    await this.sees(/Server startup complete/)
    return Number((await this.sees(/started TCP listener on \S+:(\d+)/))[1])
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  ended(): Promise<Ended> {
    return this.#ended
  }

  /** Ends it as its user would, and answers how it ended. */
  stop(): Promise<Ended> {
    this.kill('SIGTERM')
    return this.#ended
  }
}
