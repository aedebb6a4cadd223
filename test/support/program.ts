import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { within } from './waiting.ts'

/** A program as it is run from a terminal: what it prints, line by line, and how it ends. */
export class Program {
  readonly #child: ChildProcess
  readonly #name: string
  #output = ''
  #ended: number | string | undefined
  #wake: (() => void) | undefined

  constructor(command: readonly string[], options: { directory?: string; environment?: Record<string, string> } = {}) {
    const [file = '', ...arguments_] = command
    this.#name = command.join(' ')
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('NODE_'))
    this.#child = spawn(file, arguments_, {
      cwd: options.directory,
      env: { ...Object.fromEntries(inherited), ...options.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const hear = (bytes: Buffer) => {
      this.#output += bytes.toString()
      this.#wake?.()
    }
    this.#child.stdout?.on('data', hear)
    this.#child.stderr?.on('data', hear)
    this.#child.on('error', (error) => this.#end(error.message))
    this.#child.on('close', (code, signal) => this.#end(code ?? signal ?? 'unknown'))
  }

  get output(): string {
    return this.#output
  }

  /** Waits until it printed `text`; fails when it ends without. */
  async prints(text: string): Promise<void> {
    await within(
      this.#until(() => this.#output.includes(text)),
      `${this.#name} to print "${text}"; it printed:\n${this.#output}`,
    )
  }

  /** Waits for its end, which must be a good one; answers all it printed. */
  async finishes(): Promise<string> {
    await within(
      this.#until(() => this.#ended !== undefined),
      `${this.#name} to end; it printed:\n${this.#output}`,
    )
    if (this.#ended !== 0) throw new Error(`${this.#name} ended with ${this.#ended}:\n${this.#output}`)
    return this.#output
  }

  /** Presses Ctrl-C, which must end it well; answers all it printed. */
  async interrupt(): Promise<string> {
    if (this.#ended === undefined) this.#child.kill('SIGINT')
    return this.finishes()
  }

  /** Ends it whatever it does. */
  async kill(): Promise<void> {
    if (this.#ended !== undefined) return
    const closed = once(this.#child, 'close')
    this.#child.kill('SIGKILL')
    await closed
  }

  #end(how: number | string): void {
    this.#ended ??= how
    this.#wake?.()
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.#ended !== undefined) throw new Error(`${this.#name} ended with ${this.#ended}:\n${this.#output}`)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}
