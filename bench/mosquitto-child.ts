import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './lapine-child.ts'

/** Where packages put it. */
const places = ['/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto', '/opt/homebrew/sbin/mosquitto']
const TRIES = 100

/** Where mosquitto is on this machine; undefined when it is not. */
export function mosquittoBinary(): string | undefined {
  return places.find((place) => existsSync(place))
}

/** A mosquitto in a process of its own, as it is configured by default but for its port. */
export class MosquittoChild {
  readonly port: number
  readonly #child: ChildProcess
  readonly #folder: string

  private constructor(child: ChildProcess, port: number, folder: string) {
    this.#child = child
    this.port = port
    this.#folder = folder
  }

  static async start(binary: string): Promise<MosquittoChild> {
    const folder = mkdtempSync(join(tmpdir(), 'lapine-bench-mosquitto-'))
    const port = await freePort()
    const file = join(folder, 'mosquitto.conf')
    // Without `user` it would become one who may not read this folder.
    writeFileSync(file, `user ${process.env.USER ?? 'root'}\nlistener ${port} 127.0.0.1\nallow_anonymous true\n`)
    const child = spawn(binary, ['-c', file], { stdio: 'ignore' })
    const mosquitto = new MosquittoChild(child, port, folder)
    for (let tries = 0; !(await accepts(port)); tries++) {
      if (child.exitCode !== null || tries === TRIES) throw new Error('mosquitto did not start')
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    return mosquitto
  }

  get pid(): number {
    return this.#child.pid!
  }

  async stop(): Promise<void> {
    const gone = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    await gone
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}
